/** Queues of the textbooks, run by the estimator: Poisson arrivals, exponential and constant service times, in chains. */
import type { Profile } from '../../src/model/profile.js';
import { randomStream, streamKey } from '../../src/random.js';
import { PipelineRun, type StageSetup } from '../../src/simulation/pipeline-run.js';
import { serviceTimes } from '../../src/simulation/service-times.js';
import { Tally } from '../../src/simulation/tally.js';
import { msFromUs, usFromMs } from '../../src/units.js';
import { pipelineOf, profileOf, sampledProfileOf } from '../helpers/builders.js';

const QUERIES = 60_000;
/** The first sixth of each replication finds queues that began empty and is left out; all queues drain after the last. */
const WARM_UP = 10_000;
const CELLS = 8192;

export interface Server {
  readonly profile: Profile;
  readonly maxBatchSize?: number;
  readonly replicas?: number;
}

/** Waits at each stage, and the latency through all, of the queries after the warm-up. */
export interface Measured {
  /** Per stage, in milliseconds. */
  readonly meanWaitMs: readonly number[];
  /** Per stage, the share of queries that do not wait. */
  readonly noWaitRatio: readonly number[];
  readonly meanLatencyMs: number;
  readonly latencyMs: (percentile: number) => number;
}

/** Runs a chain of stages on Poisson arrivals. */
export function measureChain(seed: number, meanGapMs: number, servers: readonly Server[]): Measured {
  const arrivalsUs = poissonArrivalsUs(seed, meanGapMs);
  const names = servers.map((_, s) => `s${s}`);
  const waitsUs = servers.map(() => new Float64Array(QUERIES));
  const endUs = new Float64Array(QUERIES);
  const run = new PipelineRun({
    pipeline: pipelineOf(Object.fromEntries(names.map((name) => [name, {}]))),
    stages: servers.map((server, s) => setupOf(server, seed, names[s]!)),
    seed,
    onDispatch: (stage, queue) => {
      for (let row = 0; row < queue.dispatched; row++) {
        waitsUs[stage]![queue.query[row]!] = queue.startUs[row]! - queue.enteredUs[row]!;
      }
    },
    onEnd: (ended) => {
      for (let q = ended.from; q < ended.to; q++) endUs[q] = ended.endUs[q & ended.mask]!;
    },
  });
  run.admit(arrivalsUs);
  run.advance(Number.POSITIVE_INFINITY);

  const kept = waitsUs.map((waits) => waits.subarray(WARM_UP));
  const latencies = new Tally();
  latencies.addDifferences({ laterUs: endUs, earlierUs: arrivalsUs, from: WARM_UP, to: QUERIES, mask: -1 });
  return {
    meanWaitMs: kept.map((waits) => msFromUs(waits.reduce((sum, wait) => sum + wait, 0) / waits.length)),
    noWaitRatio: kept.map((waits) => waits.reduce((n, wait) => n + (wait === 0 ? 1 : 0), 0) / waits.length),
    meanLatencyMs: latencies.summary().meanMs,
    latencyMs: (percentile) => msFromUs(latencies.percentileUs(percentile)),
  };
}

/** The same service time for batches up to a size. */
export function constant(ms: number, maxBatchSize = 1): Server {
  return { profile: profileOf('constant', { 1: ms, [maxBatchSize]: ms }), maxBatchSize };
}

/** Exponential service times for batches up to a size, whatever the batch: the mean of each of 8192 equally likely parts. */
export function exponential(meanMs: number, maxBatchSize = 1): Server {
  // ∫ −ln(1 − u) du from 0 to u
  const integral = (u: number) => (u === 1 ? 1 : (1 - u) * Math.log(1 - u) + u);
  const samplesMs = Array.from({ length: CELLS }, (_, cell) => {
    return meanMs * CELLS * (integral((cell + 1) / CELLS) - integral(cell / CELLS));
  });
  return { profile: sampledProfileOf('exponential', { 1: samplesMs, [maxBatchSize]: samplesMs }), maxBatchSize };
}

function setupOf({ profile, maxBatchSize = 1, replicas = 1 }: Server, seed: number, stage: string): StageSetup {
  const serviceModel = profile.rows[0]!.samplesMs === undefined ? 'mean' : 'empirical';
  const key = streamKey(seed, 'service', stage);
  return { service: serviceTimes({ profile, maxBatchSize, serviceModel, streamKey: key }), maxBatchSize, replicas };
}

function poissonArrivalsUs(seed: number, meanGapMs: number): Float64Array {
  const uniform = randomStream(seed, 'arrivals');
  let nowMs = 0;
  return Float64Array.from({ length: QUERIES }, () => {
    nowMs -= meanGapMs * Math.log(1 - uniform());
    return usFromMs(nowMs);
  });
}
