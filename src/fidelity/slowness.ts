/**
 * How fast the machine was. On a shared machine the same model takes some per cent more or less from one minute to the
 * next, and queueing multiplies that. A prediction with the run's own service times shows how much of an error comes
 * from the profile's age, and how much from the estimator.
 *
 * Worked number: batches of 1, 1 and 2 items took 44 ms together. The profile has 10 ms for one item and 20 for two:
 * slowness 44 ÷ 40 = 1.1.
 */
import type { LoggedBatch } from '../model/measured/logged-batch.js';
import type { Profile, ProfileRow } from '../model/profile.js';
import { stageSetups } from '../simulation/stage-setups.js';
import { msFromUs } from '../units.js';

/**
 * Per profile: the time that its stages' batches took ÷ the mean time it gives for batches of their sizes, or 1 without
 * a batch. Emulated stages do not count, because they take the profile's time by definition.
 */
export function slownessIn(
  batches: readonly LoggedBatch[],
  input: Parameters<typeof stageSetups>[0],
): readonly number[] {
  const setups = stageSetups(input);
  const { pipeline, profiles } = input;
  const taken = profiles.map(() => ({ measuredMs: 0, statedMs: 0 }));
  pipeline.stages.forEach(({ name, model, module }, s) => {
    if (module === undefined) return;
    const { hardware, service } = setups[s]!;
    const sum = taken[profiles.findIndex((profile) => profile.model === model && profile.hardware === hardware)]!;
    for (const { stage, startMs, endMs, queries } of batches) {
      if (stage !== name) continue;
      sum.measuredMs += endMs - startMs;
      sum.statedMs += msFromUs(service.tableUs[queries.length]!);
    }
  });
  return taken.map(({ measuredMs, statedMs }) => (statedMs === 0 ? 1 : measuredMs / statedMs));
}

/** The profiles on a machine whose service times are scaled by a factor per profile. */
export function slowed(profiles: readonly Profile[], slowness: readonly number[]): readonly Profile[] {
  return profiles.map((profile, p) => ({ ...profile, rows: profile.rows.map((row) => slowedRow(row, slowness[p]!)) }));
}

/** One row on such a machine. */
export function slowedRow(row: ProfileRow, times: number): ProfileRow {
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
