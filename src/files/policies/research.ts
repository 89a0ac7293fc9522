/** Parameters of policies of papers. */
import type { AutoscaleOwn } from '../../policies/autoscale.js';
import type { Ds2Own } from '../../policies/ds2.js';
import { durationMs, type Entry, fields, integerWithin, numberWithin } from '../entry.js';

const MOST_INTERVALS = 1000;

const time = (entry: Entry) => durationMs(entry, (ms) => ms >= 100, 'at least 100ms');

/** `load` (a fraction), `t_wait`, `interval` and `window` (durations). */
export function readAutoscale(entry: Entry): AutoscaleOwn {
  const field = fields(entry, [], ['load', 't_wait', 'interval', 'window']);
  return {
    ...(field.load && { load: numberWithin(field.load, (share) => share > 0 && share <= 1, 'a fraction up to 1') }),
    ...(field.t_wait && { waitMs: time(field.t_wait) }),
    ...(field.interval && { intervalMs: time(field.interval) }),
    ...(field.window && { windowMs: time(field.window) }),
  };
}

/** `policy_interval` (a duration), `warm_up_time` and `activation_time` (intervals), `scaling_factor`. */
export function readDs2(entry: Entry): Ds2Own {
  const field = fields(entry, [], ['policy_interval', 'warm_up_time', 'activation_time', 'scaling_factor']);
  const isFactor = (factor: number) => factor >= 0 && factor <= 10;
  return {
    ...(field.policy_interval && { policyIntervalMs: time(field.policy_interval) }),
    ...(field.warm_up_time && { warmUpTime: integerWithin(field.warm_up_time, 0, MOST_INTERVALS) }),
    ...(field.activation_time && { activationTime: integerWithin(field.activation_time, 1, MOST_INTERVALS) }),
    ...(field.scaling_factor && {
      scalingFactor: numberWithin(field.scaling_factor, isFactor, 'a number from 0 to 10'),
    }),
  };
}
