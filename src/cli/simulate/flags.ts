/** The options of `simulate`. */
import { type Flags, moved, toggle, value } from '../flags/flag.js';
import { output } from '../flags/kinds.js';
import { CHOICE_FLAGS, inputFlags } from '../inputs/options.js';

export const SIMULATE_FLAGS = {
  ...CHOICE_FLAGS,
  ...inputFlags('plan'),
  records: value(output, { help: 'write one CSV row per query' }),
  check: toggle('exit 3 when the SLO is not met'),
  tuner: moved('part of tune now: infer-plan tune --replay trace.csv'),
} as const;

export type SimulateFlags = Flags<typeof SIMULATE_FLAGS>;
