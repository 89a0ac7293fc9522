/** The options of `validate`. */
import { type Flags, toggle, value } from '../flags/flag.js';
import { duration, latency, whole } from '../flags/kinds.js';
import { CHOICE_FLAGS, inputFlags } from '../inputs/options.js';
import { REPORT_FLAG } from '../inputs/report-flag.js';

export const VALIDATE_FLAGS = {
  ...CHOICE_FLAGS,
  ...inputFlags('plan'),
  runs: value(whole(1), { help: 'undisturbed real runs to make', default: '3' }),
  attempts: value(whole(1), { help: 'real runs to make at most, disturbed ones too', otherwise: 'twice --runs' }),
  durationMs: value(latency, { help: 'replay only so much of the trace' }),
  calibrationMs: value(duration, {
    help: 'first replay so much of it, three times to warm up and once to measure the costs outside the stages',
    default: '10s',
  }),
  reprofile: toggle(
    'profile the stages again within every run, 5 s between pieces of 10 s, and also predict from that: for machines whose speed wanders',
  ),
  report: REPORT_FLAG,
} as const;

export type ValidateFlags = Flags<typeof VALIDATE_FLAGS>;
