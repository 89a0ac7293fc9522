/** One real run, from what the engine logged and the load generator saw. */
import type { Configuration } from '../model/configuration.js';
import type { LoggedBatch } from '../model/measured/logged-batch.js';
import { requiredOnTime, type Slo } from '../model/slo.js';
import type { KnownRoutes } from '../simulation/routing.js';
import { msFromUs } from '../units.js';
import { type LatencyFigures, latencyFigures, type StageFigures } from './latency-figures.js';
import { type PathCosts, pathCosts } from './path-costs.js';

/** What one run left behind. */
export interface RunLog {
  /** In the order of their scheduled instants, on the generator's clock; a failed query ends at infinity. */
  readonly scheduledUs: Float64Array;
  readonly endedUs: Float64Array;
  /** On the engine's clock, in the order in which the queries arrived there, refused ones among them. */
  readonly arrivedMs: readonly number[];
  /** Number that the engine gave to the first of them. */
  readonly firstQuery: number;
  readonly batches: readonly LoggedBatch[];
}

export interface MeasuredRun {
  readonly queries: number;
  readonly failed: number;
  readonly latency: LatencyFigures;
  readonly stages: readonly StageFigures[];
  readonly costs: PathCosts;
  /** Routes of the queries, in order of arrival at the engine; absent unless all were served. */
  readonly routes?: KnownRoutes;
}

/** The run's figures. */
export function measuredRun(log: RunLog, configuration: Configuration, slo: Slo | undefined): MeasuredRun {
  const { scheduledUs, endedUs, batches } = log;
  const latencyUs = endedUs.map((us, query) => us - scheduledUs[query]!);
  const failed = latencyUs.filter((us) => us === Number.POSITIVE_INFINITY).length;
  const routes = failed === 0 ? routesOf(log, configuration) : undefined;
  return {
    queries: latencyUs.length,
    failed,
    latency: latencyFigures(latencyUs, slo),
    stages: stageFigures(batches, configuration),
    costs: costsOf(log),
    ...(routes && { routes }),
  };
}

function routesOf({ scheduledUs, firstQuery, batches }: RunLog, configuration: Configuration): KnownRoutes | undefined {
  const routes = configuration.map(({ stage }) => {
    const items = new Uint16Array(scheduledUs.length);
    for (const batch of batches) {
      if (batch.stage !== stage) continue;
      for (const query of batch.queries) items[query - firstQuery]!++;
    }
    return items;
  });
  const isWhole = scheduledUs.every((_, query) => routes.some((items) => items[query]! > 0));
  return isWhole ? routes : undefined;
}

function stageFigures(batches: readonly LoggedBatch[], configuration: Configuration): readonly StageFigures[] {
  const firstMs = batches.reduce((least, { enteredMs }) => Math.min(least, ...enteredMs), Number.POSITIVE_INFINITY);
  const lastMs = batches.reduce((most, { endMs }) => Math.max(most, endMs), Number.NEGATIVE_INFINITY);
  return configuration.map(({ stage, hardware, maxBatchSize, replicas }) => {
    const own = batches.filter((batch) => batch.stage === stage);
    const busyMs = own.reduce((sum, { startMs, endMs }) => sum + endMs - startMs, 0);
    const delaysMs = own.flatMap(({ startMs, enteredMs }) => enteredMs.map((ms) => startMs - ms)).sort((a, b) => a - b);
    const items = delaysMs.length;
    const delayMs = (percentile: number) => (items === 0 ? null : delaysMs[requiredOnTime(items, percentile) - 1]!);
    return {
      stage,
      hardware,
      maxBatchSize,
      replicas,
      items,
      meanBatchSize: own.length === 0 ? null : items / own.length,
      utilisation: own.length === 0 ? 0 : busyMs / (replicas * (lastMs - firstMs)),
      meanServiceMs: own.length === 0 ? null : busyMs / own.length,
      queueingDelayP50Ms: delayMs(50),
      queueingDelayP99Ms: delayMs(99),
    };
  });
}

/** Omits failed queries that the engine did not finish either. */
function costsOf({ scheduledUs, endedUs, arrivedMs, firstQuery, batches }: RunLog): PathCosts {
  const lastEndMs = new Map<number, number>();
  for (const { endMs, queries } of batches) {
    for (const query of queries) lastEndMs.set(query, Math.max(endMs, lastEndMs.get(query) ?? endMs));
  }
  return pathCosts({
    scheduledMs: Array.from(scheduledUs, msFromUs),
    enteredMs: arrivedMs,
    answeredMs: Array.from(endedUs.filter(Number.isFinite), msFromUs),
    lastEndMs: [...lastEndMs].flatMap(([query, ms]) => (query >= firstQuery ? [ms] : [])),
  });
}
