/** The options of `simulate`. */
import { type Flags, moved, toggle, value } from '../flags/flag.js';
import { output } from '../flags/kinds.js';
import { sweep } from '../flags/sweep.js';
import { CHOICE_FLAGS, inputFlags, scaleFlag } from '../inputs/options.js';
import { REPORT_FLAG } from '../inputs/report-flag.js';

export const SIMULATE_FLAGS = {
  ...CHOICE_FLAGS,
  ...inputFlags('plan'),
  sweep: value(sweep, {
    help: 'simulate multiples of the traffic, rate=0.5x..4x, or rate=1x..2x/0.25x with a step',
    excludes: ['scale', 'records', 'report'],
  }),
  scale: scaleFlag("that of the plan on the plan's trace, or 1x"),
  records: value(output, { help: 'write one CSV row per query' }),
  check: toggle('exit 3 when the SLO is not met'),
  tuner: moved('part of tune now: infer-plan tune --replay trace.csv'),
  report: REPORT_FLAG,
} as const;

export type SimulateFlags = Flags<typeof SIMULATE_FLAGS>;
