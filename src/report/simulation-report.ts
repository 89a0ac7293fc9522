/** The report of `simulate`: one configuration on one trace. */
import type { SimulationResult, StageSummary, TimeSummary } from '../simulation/simulation-result.js';
import {
  formatAttainment,
  formatCount,
  formatExactMs,
  formatMs,
  formatNumber,
  formatShare,
  formatTraffic,
  formatUsd,
  formatUsdOverTime,
} from './figures.js';
import { formatJson } from './json.js';
import { type Column, emphasisOf, formatLines, formatTable, type ReportStyle } from './table.js';

const SIMULATION_VERSION = 1;

const STAGE_COLUMNS: readonly Column[] = [
  { heading: 'stage', align: 'left' },
  { heading: 'hardware', align: 'left' },
  { heading: 'max\nbatch', align: 'right' },
  { heading: 'replicas', align: 'right' },
  { heading: '$/h', align: 'right' },
  { heading: 'items', align: 'right' },
  { heading: 'batches', align: 'right' },
  { heading: 'mean\nbatch', align: 'right' },
  { heading: 'utilisation', align: 'right' },
  { heading: 'queueing\ndelay p50\n(ms)', align: 'right' },
  { heading: 'queueing\ndelay p99\n(ms)', align: 'right' },
  { heading: 'longest\nqueue', align: 'right' },
];

/** The report as text: the objective, overloaded stages, the latencies, and one row per stage. */
export function formatSimulation(result: SimulationResult, style: ReportStyle, traceScale = 1): string {
  const { queries, meanRateQps, costUsdPerHour, costUsdPerMillionQueries } = result;
  const summary = [
    formatTraffic(queries, meanRateQps, traceScale),
    ...(result.slo === undefined ? [] : [formatSloOutcome(result.slo, style)]),
    formatCost(costUsdPerHour, costUsdPerMillionQueries),
    ...formatOverload(result.stages, style),
  ];
  const stages = { columns: STAGE_COLUMNS, rows: result.stages.map(stageRow) };
  return [formatLines(summary, style), formatLatency(result.latency, style), formatTable(stages, style)].join('\n');
}

/** The report as JSON; `provenance` names the tool, seed and inputs behind the numbers. */
export function simulationJson(result: SimulationResult, provenance?: object): string {
  const isRateKnown = result.meanRateQps > 0;
  return formatJson({
    version: SIMULATION_VERSION,
    ...result,
    meanRateQps: isRateKnown ? result.meanRateQps : null,
    costUsdPerMillionQueries: isRateKnown ? result.costUsdPerMillionQueries : null,
    provenance,
  });
}

/** One line: whether the objective holds, and by how much. */
export function formatSloOutcome(slo: NonNullable<SimulationResult['slo']>, style: ReportStyle): string {
  const { good, bad, strong } = emphasisOf(style);
  const verdict = `${slo.holds ? good('met') : bad('not met')} at ${formatExactMs(slo.percentileLatencyMs)}`;
  const counts = `${formatCount(slo.misses)} late, ${formatCount(slo.allowedMisses)} allowed`;
  return `SLO ${strong(`p${slo.percentile} <= ${formatExactMs(slo.latencyMs)}`)}: ${verdict}, attainment ${formatAttainment(slo.sloAttainment)} (${counts})`;
}

/** One line: what the configuration costs per hour and month; per query only where the trace has a mean rate. */
export function formatCost(costUsdPerHour: number, costUsdPerMillionQueries: number): string {
  const perMillion =
    costUsdPerMillionQueries === 0 ? '' : `, $${formatUsd(costUsdPerMillionQueries)} per million queries`;
  return `Cost ${formatUsdOverTime(costUsdPerHour)}${perMillion}`;
}

/** A table of one row: the latencies of all queries. */
export function formatLatency(latency: TimeSummary, style: ReportStyle): string {
  const { meanMs, p50Ms, p90Ms, p95Ms, p99Ms, p999Ms, maxMs } = latency;
  const headings = ['', 'mean', 'p50', 'p90', 'p95', 'p99', 'p99.9', 'max'];
  const cells = [meanMs, p50Ms, p90Ms, p95Ms, p99Ms, p999Ms, maxMs].map(formatMs);
  const columns = headings.map((heading, i): Column => ({ heading, align: i === 0 ? 'left' : 'right' }));
  return formatTable({ columns, rows: [['latency (ms)', ...cells]] }, style);
}

/** One line per overloaded stage, whose queue grows as long as the traffic lasts. */
export function formatOverload(stages: readonly StageSummary[], style: ReportStyle): string[] {
  const { bad } = emphasisOf(style);
  return stages
    .filter(({ offeredLoadRatio }) => offeredLoadRatio > 1)
    .map(({ stage, offeredLoadRatio }) =>
      bad(`stage ${stage} is overloaded: offered load is ${formatNumber(offeredLoadRatio)} x its capacity`),
    );
}

function stageRow(stage: StageSummary): string[] {
  const ofItems = (figure: string) => (stage.items === 0 ? '-' : figure);
  return [
    stage.stage,
    stage.hardware,
    formatCount(stage.maxBatchSize),
    formatCount(stage.replicas),
    formatUsd(stage.costUsdPerHour),
    formatCount(stage.items),
    formatCount(stage.batches),
    ofItems(formatNumber(stage.meanBatchSize)),
    formatShare(stage.utilisation),
    ofItems(formatMs(stage.queueingDelay.p50Ms)),
    ofItems(formatMs(stage.queueingDelay.p99Ms)),
    formatCount(stage.longestQueue),
  ];
}
