/**
 * What the estimator predicts for a served pipeline: a simulation of the same arrivals, with a drawn ingress cost
 * before the first queue and a drawn egress cost after the last batch. Latency counts from the scheduled instant, as
 * for the load generator.
 *
 * A query takes the route that real outputs decided, where known, else a drawn one. Service times are drawn too, so the
 * mean over several seeds is taken.
 */
import type { Slo } from '../model/slo.js';
import { type ArrivalTrace, sourceOf } from '../model/trace.js';
import { keyedUniform, streamKey } from '../random.js';
import { type SimulationInput, simulate } from '../simulation/simulate.js';
import type { StageSummary } from '../simulation/simulation-result.js';
import { msFromUs, usFromMs } from '../units.js';
import { withHandOver } from './hand-over.js';
import { type LatencyFigures, latencyFigures, meanLatency, meanStages, type StageFigures } from './latency-figures.js';
import type { PathCosts } from './path-costs.js';

/** Measured costs of serving, ascending in ms; none where they are empty. */
export interface ServingCosts extends PathCosts {
  /** Of emulated replicas (hand-over.ts). */
  readonly handOverMs: readonly number[];
}

export const NO_COSTS: ServingCosts = { ingressMs: [], egressMs: [], handOverMs: [] };

export interface PredictionRequest extends Omit<SimulationInput, 'arrivals' | 'onEnd' | 'onProgress' | 'slo' | 'seed'> {
  readonly trace: ArrivalTrace;
  readonly costs: ServingCosts;
  /** How much of the trace's span is pauses, which count in no utilisation (pieces.ts). */
  readonly pausedUs?: number;
  /** At least one; figures are the means over them. */
  readonly seeds: readonly number[];
  readonly slo?: Slo;
}

export interface Prediction {
  readonly latency: LatencyFigures;
  readonly stages: readonly StageFigures[];
}

/** @throws InputError as `simulate` does */
export function predict({ seeds, ...request }: PredictionRequest): Prediction {
  return meanPrediction(seeds.map((seed) => predictOnce({ ...request, ...serviceOf(request, seed), seed })));
}

/** The mean of each figure; at least one prediction, all of the same stages. */
export function meanPrediction(predictions: readonly Prediction[]): Prediction {
  return {
    latency: meanLatency(predictions.map(({ latency }) => latency)),
    stages: meanStages(predictions.map(({ stages }) => stages)),
  };
}

/** Where emulated replicas are handed over late, profiles and service model that say so. */
function serviceOf({ costs: { handOverMs }, profiles, ...request }: Omit<PredictionRequest, 'seeds'>, seed: number) {
  if (handOverMs.length === 0) return { profiles };
  return { profiles: withHandOver(profiles, { ...request, handOverMs, seed }), serviceModel: 'empirical' as const };
}

function stageFigures(summary: StageSummary, { spanMs, pausedMs }: { spanMs: number; pausedMs: number }): StageFigures {
  const { stage, hardware, maxBatchSize, replicas, items, batches, meanBatchSize, utilisation } = summary;
  const busyMs = utilisation * replicas * spanMs;
  return {
    stage,
    hardware,
    maxBatchSize,
    replicas,
    items,
    meanBatchSize: batches === 0 ? null : meanBatchSize,
    utilisation: spanMs === pausedMs ? 0 : busyMs / (replicas * (spanMs - pausedMs)),
    meanServiceMs: batches === 0 ? null : busyMs / batches,
    queueingDelayP50Ms: batches === 0 ? null : summary.queueingDelay.p50Ms,
    queueingDelayP99Ms: batches === 0 ? null : summary.queueingDelay.p99Ms,
  };
}

function predictOnce({
  trace,
  costs,
  seed,
  slo,
  routes,
  pausedUs = 0,
  ...input
}: Omit<PredictionRequest, 'seeds'> & { readonly seed: number }): Prediction {
  const { arrivalsUs } = trace;
  const queries = arrivalsUs.length;
  const ingress = costDraw(costs.ingressMs, streamKey(seed, 'ingress'));
  const egress = costDraw(costs.egressMs, streamKey(seed, 'egress'));
  const enteredUs = arrivalsUs.map((us, query) => us + ingress(query));
  // A query that is let in late may be overtaken: the estimator takes them in the order in which they enter.
  const order = Uint32Array.from({ length: queries }, (_, query) => query).sort(
    (a, b) => enteredUs[a]! - enteredUs[b]! || a - b,
  );
  const inOrder = { arrivalsUs: Float64Array.from(order, (query) => enteredUs[query]!) };
  const latencyUs = new Float64Array(queries);
  const result = simulate({
    ...input,
    seed,
    arrivals: sourceOf(inOrder),
    ...(routes && { routes: routes.map((items) => Uint16Array.from(order, (query) => items[query]!)) }),
    onEnd: ({ from, to, mask, endUs }) => {
      for (let place = from; place < to; place++) {
        const query = order[place]!;
        latencyUs[query] = endUs[place & mask]! + egress(query) - arrivalsUs[query]!;
      }
    },
  });
  const { stages, spanMs } = result;
  return {
    latency: latencyFigures(latencyUs, slo),
    stages: stages.map((stage) => stageFigures(stage, { spanMs, pausedMs: msFromUs(pausedUs) })),
  };
}

/** Draws of a measured cost in whole microseconds, keyed by query; 0 where none was measured. */
function costDraw(ascendingMs: readonly number[], key: number): (query: number) => number {
  if (ascendingMs.length === 0) return () => 0;
  return (query) => usFromMs(ascendingMs[Math.floor(keyedUniform(key, query) * ascendingMs.length)]!);
}
