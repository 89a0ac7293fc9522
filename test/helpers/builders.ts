/** Small inputs with defaults, so that a test shows only what matters to it. */
import type { Configuration, StageConfiguration } from '../../src/model/configuration.js';
import type { Hardware } from '../../src/model/hardware.js';
import { ENTRY, type ParentEdge, type Pipeline, type Stage } from '../../src/model/pipeline.js';
import type { Profile, ServiceModel } from '../../src/model/profile.js';
import type { ArrivalTrace } from '../../src/model/trace.js';
import { streamKey } from '../../src/random.js';
import type { StageSetup } from '../../src/simulation/pipeline-run.js';
import { serviceTimes } from '../../src/simulation/service-times.js';
import { msFromUs, usFromMs } from '../../src/units.js';

export const HARDWARE = 'cpu';

/** A parent's name, or an edge of which only `from` must be given: always taken, one item. */
export type EdgeGiven = string | (Partial<ParentEdge> & { readonly from: string });

export interface StageGiven extends Partial<Omit<Stage, 'name' | 'parents'>> {
  /** Left out: the stage before it in the list, or the entry for the first one. */
  readonly parents?: readonly EdgeGiven[];
}

export function edgeOf(given: EdgeGiven): ParentEdge {
  return { probability: 1, fanOut: 1, ...(typeof given === 'string' ? { from: given } : given) };
}

/** A pipeline from its stages by name: `pipelineOf({ a: {}, b: {} })` is the chain of a and b. Models are named as their stages. */
export function pipelineOf(stages: Readonly<Record<string, StageGiven>>, name = 'pipeline'): Pipeline {
  const names = Object.keys(stages);
  return {
    name,
    stages: names.map((stage, index) => {
      const { parents = [names[index - 1] ?? ENTRY], ...given } = stages[stage]!;
      return { name: stage, kind: 'model', model: stage, ...given, parents: parents.map(edgeOf) };
    }),
  };
}

/** Mean service times by batch size, in milliseconds: `profileOf('a', { 1: 10, 4: 16 })`. */
export function profileOf(model: string, meanMs: Readonly<Record<number, number>>, hardware = HARDWARE): Profile {
  const rows = Object.entries(meanMs).map(([size, ms]) => {
    return { batchSize: Number(size), meanMs: ms, runtime: 'test', source: 'test' };
  });
  return { model, hardware, rows };
}

/** Measured samples by batch size, in milliseconds and ascending; the mean is theirs. */
export function sampledProfileOf(model: string, samplesMs: Readonly<Record<number, readonly number[]>>): Profile {
  const means = Object.entries(samplesMs).map(([size, list]) => [size, list.reduce((a, b) => a + b, 0) / list.length]);
  const profile = profileOf(model, Object.fromEntries(means));
  return { ...profile, rows: profile.rows.map((row) => ({ ...row, samplesMs: samplesMs[row.batchSize]! })) };
}

export function hardwareOf(given: Partial<Hardware> = {}): Hardware {
  return { name: HARDWARE, kind: 'cpu', costUsdPerHour: 1, activationDelayMs: 0, ...given };
}

/** One choice per named stage: one replica, one item at a time, on `HARDWARE`, unless given. */
export function configurationOf(stages: Readonly<Record<string, Partial<StageConfiguration>>>): Configuration {
  return Object.entries(stages).map(([stage, given]) => {
    return { stage, hardware: HARDWARE, maxBatchSize: 1, replicas: 1, ...given };
  });
}

/** Arrivals in milliseconds. */
export function traceOf(arrivalsMs: readonly number[]): ArrivalTrace {
  return { arrivalsUs: Float64Array.from(arrivalsMs, usFromMs) };
}

/** What serves a stage: `serviceUs[b − 1]` microseconds for b items, batches as large as the list is long, one replica. */
export function setupOf(serviceUs: readonly number[], given: Partial<Omit<StageSetup, 'service'>> = {}): StageSetup {
  const meanMs = Object.fromEntries(serviceUs.map((us, index) => [index + 1, msFromUs(us)]));
  return setupFrom(profileOf('model', meanMs), { serviceModel: 'mean', ...given });
}

/** What serves a stage from a profile, by default in batches as large as any it covers. */
export function setupFrom(
  profile: Profile,
  given: Partial<Omit<StageSetup, 'service'>> & { readonly serviceModel: ServiceModel; readonly stream?: string },
): StageSetup {
  const { maxBatchSize = profile.rows.at(-1)!.batchSize, replicas = 1, serviceModel, stream = 'service' } = given;
  const service = serviceTimes({ profile, maxBatchSize, serviceModel, streamKey: streamKey(1, stream) });
  return { service, maxBatchSize, replicas };
}
