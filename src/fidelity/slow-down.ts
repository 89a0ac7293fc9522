/**
 * How much longer a stage with a module takes when it serves than when it was profiled. What else runs on the machine while it serves, the load generator first
 * of all, and how long the stage rests between two batches move the times of a model by some per cent, which queueing multiplies.
 *
 * It is the median over batches of time served ÷ the profile's median at that size, over the second half of what was served: the first half warms up, and a
 * moment in which the machine stood still says nothing of the others.
 *
 * Worked number: three batches for which the profile says 10, 10 and 14 ms, and that took 12, 11 and 21, are 1.2, 1.1 and 1.5 times as long: 1.2.
 */
import type { Configuration } from '../model/configuration.js';
import type { LoggedBatch } from '../model/logged-batch.js';
import type { Pipeline } from '../model/pipeline.js';
import type { Profile, ProfileRow } from '../model/profile.js';
import { stageSetups } from '../simulation/stage-setups.js';
import { msFromUs } from '../units.js';

/** Of fewer batches the median says too little. */
const FEWEST_BATCHES = 20;

export interface SlowDown {
  readonly stage: string;
  /** Time served ÷ time profiled. */
  readonly times: number;
}

/** The slow-down of every stage with a module that ran often enough. */
export function slowDowns(
  batches: readonly LoggedBatch[],
  { profiles, ...input }: Parameters<typeof stageSetups>[0],
): readonly SlowDown[] {
  const medians = profiles.map((profile) => ({ ...profile, rows: profile.rows.map(asMedian) }));
  const setups = stageSetups({ ...input, profiles: medians, serviceModel: 'mean' });
  const firstMs = batches.reduce((least, { startMs }) => Math.min(least, startMs), Number.POSITIVE_INFINITY);
  const lastMs = batches.reduce((most, { startMs }) => Math.max(most, startMs), 0);
  return input.pipeline.stages.flatMap(({ name, module }, s) => {
    const times = batches
      .filter(({ stage, startMs }) => stage === name && startMs >= (firstMs + lastMs) / 2)
      .map(({ startMs, endMs, queries }) => (endMs - startMs) / msFromUs(setups[s]!.service.tableUs[queries.length]!))
      .sort((a, b) => a - b);
    if (module === undefined || times.length < FEWEST_BATCHES) return [];
    return [{ stage: name, times: times[times.length >> 1]! }];
  });
}

function asMedian(row: ProfileRow): ProfileRow {
  return { ...row, meanMs: row.p50Ms ?? row.meanMs };
}

/** The profiles with every time of a slowed stage as long as it takes when it serves. Stages that share a profile share the mean of their slow-downs. */
export function slowedProfiles(
  profiles: readonly Profile[],
  given: {
    readonly pipeline: Pipeline;
    readonly configuration: Configuration;
    readonly slowDowns: readonly SlowDown[];
  },
): readonly Profile[] {
  return profiles.map((profile) => {
    const times = given.slowDowns.filter(({ stage }) => isProfileOf(stage, profile, given)).map((one) => one.times);
    if (times.length === 0) return profile;
    const mean = times.reduce((sum, one) => sum + one, 0) / times.length;
    return { ...profile, rows: profile.rows.map((row) => slowedRow(row, mean)) };
  });
}

function isProfileOf(
  stage: string,
  { model, hardware }: Profile,
  { pipeline, configuration }: { readonly pipeline: Pipeline; readonly configuration: Configuration },
): boolean {
  return (
    pipeline.stages.some((one) => one.name === stage && one.model === model) &&
    configuration.some((chosen) => chosen.stage === stage && chosen.hardware === hardware)
  );
}

function slowedRow(row: ProfileRow, times: number): ProfileRow {
  const { meanMs, p50Ms, p95Ms, p99Ms, samplesMs } = row;
  return {
    ...row,
    meanMs: meanMs * times,
    ...(p50Ms !== undefined && { p50Ms: p50Ms * times }),
    ...(p95Ms !== undefined && { p95Ms: p95Ms * times }),
    ...(p99Ms !== undefined && { p99Ms: p99Ms * times }),
    ...(samplesMs && { samplesMs: samplesMs.map((ms) => ms * times) }),
  };
}
