/** The options of `simulate`. */
import { type Flags, moved, toggle, value } from '../flags/flag.js';
import { output } from '../flags/kinds.js';
import { CHOICE_FLAGS, inputFlags, scaleFlag } from '../inputs/options.js';

export const SIMULATE_FLAGS = {
  ...CHOICE_FLAGS,
  ...inputFlags('plan'),
  scale: scaleFlag("that of the plan on the plan's trace, or 1x"),
  records: value(output, { help: 'write one CSV row per query' }),
  check: toggle('exit 3 when the SLO is not met'),
  tuner: moved('part of tune now: infer-plan tune --replay trace.csv'),
} as const;

export type SimulateFlags = Flags<typeof SIMULATE_FLAGS>;
