/**
 * Service time of a batch (docs/invariants.md, R7): the profile at the batch's size, linear between measured sizes,
 * then rounded half up to whole microseconds.
 *
 * Worked number: 10 ms at size 1 and 16 ms at size 4 give 12 ms at size 2 and 14 ms at size 3.
 */
import { InputError } from '../errors.js';
import type { Profile, ProfileRow, ServiceModel } from '../model/profile.js';
import { keyedUniform } from '../random.js';
import { usFromMs } from '../units.js';

export interface ServiceTimes {
  /** Largest batch the table covers. */
  readonly maxBatchSize: number;
  /** `tableUs[b]` is the service time of b items, 1 ≤ b ≤ maxBatchSize; under the empirical model, the mean draw. */
  readonly tableUs: Float64Array;
  /** `fastestUs[b]` is the shortest service time that b items can draw. */
  readonly fastestUs: Float64Array;
  /** Under the empirical model, the service time of batch number `batch` of b items; null for the other models. */
  readonly drawUs: ((b: number, batch: number) => number) | null;
}

/**
 * Service times of one profile up to a max batch size.
 * @param streamKey key of the empirical model's draws; one key per stage
 * @throws InputError when the size lies above the largest measured one, or the model's column is not in the profile
 */
export function serviceTimes(options: {
  readonly profile: Profile;
  readonly maxBatchSize: number;
  readonly serviceModel: ServiceModel;
  readonly streamKey: number;
}): ServiceTimes {
  const { profile, maxBatchSize, serviceModel, streamKey } = options;
  const largest = profile.rows[profile.rows.length - 1]?.batchSize ?? 0;
  if (!Number.isInteger(maxBatchSize) || maxBatchSize < 1 || maxBatchSize > largest) {
    throw new InputError(
      'BATCH_SIZE_NOT_PROFILED',
      `${profile.model} on ${profile.hardware}: max batch size = ${maxBatchSize}, must be an integer from 1 to ` +
        `${largest}, the largest profiled size`,
    );
  }
  if (serviceModel === 'empirical') return empirical(profile, maxBatchSize, streamKey);

  const tableUs = new Float64Array(maxBatchSize + 1);
  for (let b = 1; b <= maxBatchSize; b++) {
    const { lower, upper, ...place } = bracket(profile, b);
    tableUs[b] = usBetween(rowMs(profile, lower, serviceModel), rowMs(profile, upper, serviceModel), place);
  }
  return { maxBatchSize, tableUs, fastestUs: tableUs, drawUs: null };
}

/** The shortest service time that a batch of any size can draw. */
export function shortestUs({ fastestUs }: ServiceTimes): number {
  return fastestUs.subarray(1).reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
}

/** Where a size lies between two rows: `step` sizes above the lower row, of `gap` up to the upper one. */
interface Place {
  readonly step: number;
  readonly gap: number;
}

/** The rows around size b; below the first row, the first row. */
function bracket(profile: Profile, b: number): { lower: ProfileRow; upper: ProfileRow } & Place {
  const { rows } = profile;
  let i = 0;
  while (rows[i]!.batchSize < b) i++;
  const upper = rows[i]!;
  const lower = upper.batchSize === b || i === 0 ? upper : rows[i - 1]!;
  if (lower === upper) return { lower, upper, step: 0, gap: 1 };
  return { lower, upper, step: b - lower.batchSize, gap: upper.batchSize - lower.batchSize };
}

/** Binary fractions make an exact half come out a few units in the last place too small; this factor restores it. */
const HALF_REACH = 1 + 2 ** -49;

function usBetween(lowMs: number, highMs: number, { step, gap }: Place): number {
  return usFromMs(((lowMs * (gap - step) + highMs * step) / gap) * HALF_REACH);
}

function rowMs(profile: Profile, row: ProfileRow, serviceModel: Exclude<ServiceModel, 'empirical'>): number {
  const ms = { mean: row.meanMs, p50: row.p50Ms, p95: row.p95Ms, p99: row.p99Ms }[serviceModel];
  if (ms === undefined) {
    throw new InputError(
      'PROFILE_COLUMN_MISSING',
      `${profile.model} on ${profile.hardware}: ${serviceModel}_ms at batch size ${row.batchSize} is blank, but ` +
        `--service-time ${serviceModel} needs it`,
    );
  }
  return ms;
}

/** Draws by inverse transform: one uniform picks the same rank in the samples of both neighbouring sizes. */
function empirical(profile: Profile, maxBatchSize: number, streamKey: number): ServiceTimes {
  const tableUs = new Float64Array(maxBatchSize + 1);
  const fastestUs = new Float64Array(maxBatchSize + 1);
  const brackets: { low: readonly number[]; high: readonly number[]; place: Place }[] = [];
  for (let b = 1; b <= maxBatchSize; b++) {
    const { lower, upper, ...place } = bracket(profile, b);
    brackets[b] = { low: rowSamples(profile, lower), high: rowSamples(profile, upper), place };
  }
  const at = (b: number, u: number): number => {
    const { low, high, place } = brackets[b]!;
    return usBetween(low[Math.floor(u * low.length)]!, high[Math.floor(u * high.length)]!, place);
  };
  for (let b = 1; b <= maxBatchSize; b++) {
    const { low, high, place } = brackets[b]!;
    tableUs[b] = usBetween(meanOf(low), meanOf(high), place);
    fastestUs[b] = at(b, 0);
  }
  return { maxBatchSize, tableUs, fastestUs, drawUs: (b, batch) => at(b, keyedUniform(streamKey, batch)) };
}

function meanOf(samplesMs: readonly number[]): number {
  return samplesMs.reduce((sum, ms) => sum + ms, 0) / samplesMs.length;
}

function rowSamples(profile: Profile, row: ProfileRow): readonly number[] {
  if (row.samplesMs === undefined || row.samplesMs.length === 0) {
    throw new InputError(
      'PROFILE_SAMPLES_MISSING',
      `${profile.model} on ${profile.hardware}: no samples at batch size ${row.batchSize}, but --service-time ` +
        'empirical needs some',
    );
  }
  return row.samplesMs;
}
