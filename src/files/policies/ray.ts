/** Ray Serve's `autoscaling_config`, as in a Serve configuration. */
import type { RayOwn } from '../../policies/ray.js';
import { RAY_AGGREGATIONS } from '../../policies/systems/ray-aggregate.js';
import { type Entry, fields, integerWithin, numberWithin, oneOf } from '../entry.js';

const MOST_REPLICAS = 1_000_000;
const LONGEST_S = 86_400;
const SECONDS = [
  ['upscale_delay_s', 'upscaleDelayS'],
  ['downscale_delay_s', 'downscaleDelayS'],
  ['downscale_to_zero_delay_s', 'downscaleToZeroDelayS'],
  ['look_back_period_s', 'lookBackS'],
  ['metrics_interval_s', 'metricsIntervalS'],
] as const;
const POSITIVE = [
  ['target_ongoing_requests', 'targetOngoing'],
  ['upscaling_factor', 'upscalingFactor'],
  ['downscaling_factor', 'downscalingFactor'],
] as const;
/** Old names of the factors, the last for both. A new name goes before. */
const DEPRECATED = ['upscale_smoothing_factor', 'downscale_smoothing_factor', 'smoothing_factor'] as const;
const COUNTS = [
  ['min_replicas', 'minReplicas'],
  ['max_replicas', 'maxReplicas'],
] as const;

/** The mapping itself, or one with the key `autoscaling_config`. `initial_replicas` is read: the plan says where to start. */
export function readRay(entry: Entry): RayOwn {
  const { value } = entry;
  const isWrapped = typeof value === 'object' && value !== null && Object.hasOwn(value, 'autoscaling_config');
  const config = isWrapped ? fields(entry, ['autoscaling_config']).autoscaling_config : entry;
  const keys = [...SECONDS, ...POSITIVE, ...COUNTS].map(([key]) => key);
  const field = fields(config, [], [...keys, ...DEPRECATED, 'initial_replicas', 'aggregation_function']);
  const read: Record<string, number | string> = {};
  for (const [key, name] of SECONDS) {
    const given = field[key];
    const isTime = (s: number) => s >= 0 && s <= LONGEST_S;
    if (given) read[name] = numberWithin(given, isTime, `seconds from 0 to ${LONGEST_S}`);
  }
  const positive = (given: Entry) => numberWithin(given, (factor) => factor > 0, 'more than 0');
  const [up, down, both] = DEPRECATED.map((key) => field[key] && positive(field[key]));
  if (up ?? both) read.upscalingFactor = (up ?? both)!;
  if (down ?? both) read.downscalingFactor = (down ?? both)!;
  for (const [key, name] of POSITIVE) {
    const given = field[key];
    if (given) read[name] = positive(given);
  }
  for (const [key, name] of COUNTS) {
    const given = field[key];
    if (given) read[name] = integerWithin(given, key === 'min_replicas' ? 0 : 1, MOST_REPLICAS);
  }
  if (field.initial_replicas) integerWithin(field.initial_replicas, 0, MOST_REPLICAS);
  if (field.aggregation_function) read.aggregation = oneOf(field.aggregation_function, RAY_AGGREGATIONS);
  return read as RayOwn;
}
