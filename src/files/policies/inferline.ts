/** Parameters of the tuner, named as the options of `tune`. */
import type { InferlineOwn } from '../../policies/inferline.js';
import { TUNER_RULES } from '../../tuner/tuner-plan.js';
import { durationMs, type Entry, fields, numberWithin, oneOf } from '../entry.js';

const SHORTEST_INTERVAL_MS = 10;
const LONGEST_INTERVAL_MS = 5000;
const SHORTEST_COOLDOWN_MS = 1000;

/** `rules`, `tolerance` (a fraction), `cooldown` and `interval` (durations). */
export function readInferline(entry: Entry): InferlineOwn {
  const field = fields(entry, [], ['rules', 'tolerance', 'cooldown', 'interval']);
  const isInterval = (ms: number) => ms >= SHORTEST_INTERVAL_MS && ms <= LONGEST_INTERVAL_MS;
  return {
    ...(field.rules && { rules: oneOf(field.rules, TUNER_RULES) }),
    ...(field.tolerance && {
      tolerance: numberWithin(field.tolerance, (share) => share >= 0 && share <= 1, 'a fraction from 0 to 1'),
    }),
    ...(field.cooldown && {
      settleMs: durationMs(field.cooldown, (ms) => ms >= SHORTEST_COOLDOWN_MS, 'at least 1s'),
    }),
    ...(field.interval && { intervalMs: durationMs(field.interval, isInterval, 'from 10ms to 5s') }),
  };
}
