/**
 * The hand-over of an emulated replica: how long after the end of a batch the engine knows of it. A sleeping thread
 * wakes some tenths of a millisecond late, later on a busy processor, and the replica is occupied until then. For a
 * stage with a module the profile includes it, because profiling takes the same path.
 *
 * Worked number: a batch of 10 ms that the engine counts as running from 20 to 30.3 has a hand-over of 0.3 ms.
 */
import type { Configuration } from '../model/configuration.js';
import type { LoggedBatch } from '../model/measured/logged-batch.js';
import type { Profile, ProfileRow, ServiceModel } from '../model/profile.js';
import type { Scenario } from '../model/scenario.js';
import { keyedUniform, streamKey } from '../random.js';
import type { ServiceTimes } from '../simulation/service-times.js';
import { stageSetups } from '../simulation/stage-setups.js';
import { msFromUs } from '../units.js';

/** How many values stand for the measured hand-overs where a profile has one number. */
const MOST_VALUES = 200;

/** The service times of each emulated stage, as the engine takes them. Stages with a module are not included. */
export function emulatedServices(input: Parameters<typeof stageSetups>[0]): ReadonlyMap<string, ServiceTimes> {
  const setups = stageSetups(input);
  return new Map(
    input.pipeline.stages.flatMap(({ name, module }, s) =>
      module === undefined ? [[name, setups[s]!.service] as const] : [],
    ),
  );
}

/** Ascending, in ms, of the batches of stages that are in `services`: the service times that emulate them. */
export function handOverCosts(
  batches: readonly LoggedBatch[],
  services: ReadonlyMap<string, ServiceTimes>,
): readonly number[] {
  return batches
    .flatMap(({ stage, number, startMs, endMs, queries }) => {
      const service = services.get(stage);
      if (service === undefined) return [];
      const size = queries.length;
      const serviceUs = service.drawUs === null ? service.tableUs[size]! : service.drawUs(size, number);
      return [Math.max(0, endMs - startMs - msFromUs(serviceUs))];
    })
    .sort((a, b) => a - b);
}

/**
 * The profiles with the hand-over added to the rows of emulated stages. Each row becomes samples. Simulated with the
 * empirical service model, they are the given model's times plus the hand-over.
 */
export function withHandOver(
  profiles: readonly Profile[],
  {
    pipeline,
    configuration,
    serviceModel,
    handOverMs,
    seed,
  }: Pick<Scenario, 'pipeline' | 'serviceModel' | 'seed'> & {
    readonly configuration: Configuration;
    readonly handOverMs: readonly number[];
  },
): readonly Profile[] {
  const key = streamKey(seed, 'hand-over');
  const isEmulated = ({ model, hardware }: Profile) =>
    pipeline.stages.some(
      (stage) =>
        stage.module === undefined &&
        stage.model === model &&
        configuration.some((chosen) => chosen.stage === stage.name && chosen.hardware === hardware),
    );
  return profiles.map((profile) => {
    const laterMs = isEmulated(profile) ? handOverMs : [];
    return {
      ...profile,
      rows: profile.rows.map((row) => ({ ...row, samplesMs: later(samplesOf(row, serviceModel), laterMs, key) })),
    };
  });
}

/** What the service model draws from: the row's samples, or the one number it takes. */
function samplesOf(row: ProfileRow, serviceModel: ServiceModel): readonly number[] {
  if (serviceModel === 'empirical') return row.samplesMs ?? [];
  const ms = { mean: row.meanMs, p50: row.p50Ms, p95: row.p95Ms, p99: row.p99Ms }[serviceModel];
  return ms === undefined ? [] : [ms];
}

/** One value is spread over the costs; of many, each gets a cost by its number. */
function later(samplesMs: readonly number[], costsMs: readonly number[], key: number): readonly number[] {
  const [only] = samplesMs;
  if (costsMs.length === 0 || only === undefined) return samplesMs;
  const costAt = (share: number) => costsMs[Math.floor(share * costsMs.length)]!;
  if (samplesMs.length > 1) {
    return samplesMs.map((ms, index) => ms + costAt(keyedUniform(key, index))).sort((a, b) => a - b);
  }
  const count = Math.min(MOST_VALUES, costsMs.length);
  return Array.from({ length: count }, (_, n) => only + costAt((n + 0.5) / count));
}
