/** Every figure a plan carries, computed anew from the inputs and compared with what the plan says. */
import type { Configuration } from '../model/configuration.js';
import { configurationCostMicroUsd, hardwareNamed } from '../model/cost.js';
import type { Hardware } from '../model/hardware.js';
import type { Plan, PlannedStage } from '../model/plan/plan.js';
import { allowedMisses, requiredOnTime } from '../model/slo.js';
import {
  meanRate,
  msFromS,
  msFromUs,
  perSecondFromPerUs,
  qpsOver,
  queriesPerHour,
  usdFromMicro,
  usFromMs,
} from '../units.js';
import { enteringItems, type ReplayChoice, replayStage, type StageReplay, type Traffic } from './stage-replay.js';

/** Plan files keep six decimals. */
const TOLERANCE = 1.000001e-6;
const WIDEST_WINDOW_S = 60;

export interface Mismatch {
  readonly place: string;
  readonly stated: number;
  readonly found: number;
}

export interface Evidence {
  readonly misses: number;
  readonly allowedMisses: number;
  readonly cost: readonly Mismatch[];
  readonly latencies: readonly Mismatch[];
  readonly stages: readonly Mismatch[];
  readonly envelope: readonly Mismatch[];
}

export function checkEvidence(given: {
  readonly plan: Plan;
  /** In the order of the pipeline's stages, as `choices` and the routes are. */
  readonly configuration: Configuration;
  readonly choices: readonly ReplayChoice[];
  readonly hardware: readonly Hardware[];
  readonly traffic: Traffic;
}): Evidence {
  const { plan, configuration, choices, hardware, traffic } = given;
  const replays: StageReplay[] = [];
  choices.forEach((choice, s) => {
    const items = enteringItems(
      traffic,
      s,
      replays.map(({ leftUs }) => leftUs),
    );
    replays.push(replayStage(traffic, s, { items, choice }));
  });
  const { arrivalsUs } = traffic;
  const endsUs = arrivalsUs.map((arrivalUs, q) => Math.max(arrivalUs, ...replays.map(({ leftUs }) => leftUs[q]!)));
  const latenciesUs = endsUs.map((endUs, q) => endUs - arrivalsUs[q]!);
  const sloUs = usFromMs(plan.slo.latencyMs);
  const misses = latenciesUs.filter((us) => us > sloUs).length;
  const meanRateQps = meanRate(arrivalsUs.length, arrivalsUs.at(-1)! - arrivalsUs[0]!);
  return {
    misses,
    allowedMisses: allowedMisses(arrivalsUs.length, plan.slo.percentile),
    cost: costMismatches({ plan, configuration, hardware, meanRateQps }),
    latencies: latencyMismatches(plan, { latenciesUs, misses, meanRateQps }),
    stages: stageMismatches(plan, { configuration, choices, replays, traffic, endsUs, latenciesUs, meanRateQps }),
    envelope: envelopeMismatches(plan, { configuration, choices, traffic }),
  };
}

function costMismatches(given: {
  plan: Plan;
  configuration: Configuration;
  hardware: readonly Hardware[];
  meanRateQps: number;
}): Mismatch[] {
  const { plan, configuration, hardware, meanRateQps } = given;
  const costUsd = usdFromMicro(configurationCostMicroUsd(configuration, hardware));
  const perMillionUsd = meanRateQps === 0 ? 0 : (costUsd / queriesPerHour(meanRateQps)) * 1e6;
  return differing([
    ['cost_usd_per_hour', plan.costUsdPerHour, costUsd],
    ['cost_usd_per_million_queries', plan.costUsdPerMillionQueries, perMillionUsd],
    ...configuration.map((c): Figure => {
      const { costUsdPerHour } = stageNamed(plan, c.stage);
      const priceMicroUsd = hardwareNamed(hardware, c.hardware).costUsdPerHour;
      return [`${c.stage}: cost_usd_per_hour`, costUsdPerHour, c.replicas * priceMicroUsd];
    }),
  ]);
}

function latencyMismatches(
  { predicted }: Plan,
  { latenciesUs, misses, meanRateQps }: { latenciesUs: Float64Array; misses: number; meanRateQps: number },
): Mismatch[] {
  const ascending = latenciesUs.toSorted();
  const at = (percentile: number) => rankMs(ascending, percentile);
  const queries = ascending.length;
  return differing([
    ['queries', predicted.queries, queries],
    ['mean_rate_qps', predicted.meanRateQps, meanRateQps],
    ['slo_attainment', predicted.sloAttainment, 1 - misses / queries],
    ['mean_ms', predicted.meanMs, msFromUs(sum(ascending) / queries)],
    ['p50_ms', predicted.p50Ms, at(50)],
    ['p90_ms', predicted.p90Ms, at(90)],
    ['p95_ms', predicted.p95Ms, at(95)],
    ['p99_ms', predicted.p99Ms, at(99)],
    ['p999_ms', predicted.p999Ms, at(99.9)],
    ['max_ms', predicted.maxMs, at(100)],
  ]);
}

function stageMismatches(
  plan: Plan,
  given: {
    configuration: Configuration;
    choices: readonly ReplayChoice[];
    replays: readonly StageReplay[];
    traffic: Traffic;
    endsUs: Float64Array;
    latenciesUs: Float64Array;
    meanRateQps: number;
  },
): Mismatch[] {
  const { configuration, choices, replays, traffic, endsUs, latenciesUs, meanRateQps } = given;
  const queries = traffic.arrivalsUs.length;
  const spanUs = endsUs.reduce((a, b) => Math.max(a, b), 0) - traffic.arrivalsUs[0]!;
  const shares = shareOfTail(traffic, { replays, endsUs, latenciesUs, percentile: plan.slo.percentile });
  const figures = configuration.flatMap(({ stage, replicas }, s): Figure[] => {
    const planned = stageNamed(plan, stage);
    const { delaysUs, batches, busyUs } = replays[s]!;
    const { service, maxBatchSize } = choices[s]!;
    const scaleFactor = delaysUs.length / queries;
    const throughputQps = perSecondFromPerUs(maxBatchSize / service.tableUs[maxBatchSize]!);
    const stated = (key: string, value: number, found: number): Figure => [`${stage}: ${key}`, value, found];
    return [
      stated('scale_factor', planned.scaleFactor, scaleFactor),
      stated('throughput_qps', planned.throughputQps, throughputQps),
      stated('provisioning_ratio', planned.provisioningRatio, (meanRateQps * scaleFactor) / (replicas * throughputQps)),
      stated('utilisation', planned.utilisation, spanUs === 0 ? 0 : busyUs / (replicas * spanUs)),
      stated('mean_batch_size', planned.meanBatchSize, batches === 0 ? 0 : delaysUs.length / batches),
      stated('queueing_delay_p99_ms', planned.queueingDelayP99Ms, rankMs(delaysUs.toSorted(), 99)),
      stated('tail_share', planned.tailShare, shares[s]!),
    ];
  });
  return differing(figures);
}

/** Of the latency of the queries at or above the percentile, the share on each stage of the way that made them late. */
function shareOfTail(
  { arrivalsUs, routing }: Traffic,
  given: {
    replays: readonly StageReplay[];
    endsUs: Float64Array;
    latenciesUs: Float64Array;
    percentile: number;
  },
): number[] {
  const { replays, endsUs, latenciesUs, percentile } = given;
  const thresholdUs = usFromMs(rankMs(latenciesUs.toSorted(), percentile));
  const shareUs = replays.map(() => 0);
  for (let q = 0; q < arrivalsUs.length; q++) {
    if (latenciesUs[q]! < thresholdUs) continue;
    const leftAt = (s: number) => replays[s]!.leftUs[q]!;
    let untilUs = endsUs[q]!;
    let stage = replays.findIndex(({ leftUs }) => leftUs[q] === untilUs);
    while (stage >= 0) {
      let before = -1;
      for (const p of routing.parents[stage]!) {
        if (p >= 0 && leftAt(p) >= 0 && (before < 0 || leftAt(p) > leftAt(before))) before = p;
      }
      const sinceUs = before < 0 ? arrivalsUs[q]! : leftAt(before);
      shareUs[stage]! += untilUs - sinceUs;
      untilUs = sinceUs;
      stage = before;
    }
  }
  const totalUs = sum(shareUs);
  return shareUs.map((us) => (totalUs === 0 ? 0 : us / totalUs));
}

function envelopeMismatches(
  { envelope }: Plan,
  given: { configuration: Configuration; choices: readonly ReplayChoice[]; traffic: Traffic },
): Mismatch[] {
  const { choices, traffic } = given;
  const finishUs: number[] = [];
  choices.forEach(({ service, maxBatchSize }, s) => {
    const before = traffic.routing.parents[s]!.map((p) => (p < 0 ? 0 : finishUs[p]!));
    finishUs[s] = Math.max(...before) + service.tableUs[maxBatchSize]!;
  });
  const widestUs = usFromMs(msFromS(WIDEST_WINDOW_S));
  const widths: number[] = [];
  for (let widthUs = Math.max(1, ...finishUs); widthUs < widestUs; widthUs *= 2) widths.push(widthUs);
  widths.push(Math.max(widestUs, ...finishUs));
  const figures = widths.flatMap((widthUs, w): Figure[] => {
    const { windowMs = Number.NaN, queries = Number.NaN, rateQps = Number.NaN } = envelope[w] ?? {};
    const most = mostWithin(traffic.arrivalsUs, widthUs);
    return [
      [`envelope[${w}]: window_ms`, windowMs, msFromUs(widthUs)],
      [`envelope[${w}]: queries`, queries, most],
      [`envelope[${w}]: rate_qps`, rateQps, qpsOver(most, widthUs)],
    ];
  });
  return differing([...figures, ['envelope: windows', envelope.length, widths.length]]);
}

/** Most arrivals in any window [t, t + width). */
function mostWithin(arrivalsUs: Float64Array, widthUs: number): number {
  let most = 0;
  for (let first = 0, end = 0; first < arrivalsUs.length; first++) {
    while (end < arrivalsUs.length && arrivalsUs[end]! < arrivalsUs[first]! + widthUs) end++;
    most = Math.max(most, end - first);
  }
  return most;
}

type Figure = readonly [place: string, stated: number, found: number];

function differing(figures: readonly Figure[]): Mismatch[] {
  return figures
    .filter(([, stated, found]) => !(stated === found || Math.abs(stated - found) <= TOLERANCE))
    .map(([place, stated, found]) => ({ place, stated, found }));
}

function stageNamed({ stages }: Plan, name: string): PlannedStage {
  return stages.find(({ stage }) => stage === name)!;
}

/** Nearest rank; 0 of nothing. */
function rankMs(ascendingUs: Float64Array, percentile: number): number {
  return ascendingUs.length === 0 ? 0 : msFromUs(ascendingUs[requiredOnTime(ascendingUs.length, percentile) - 1]!);
}

function sum(values: Iterable<number>): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}
