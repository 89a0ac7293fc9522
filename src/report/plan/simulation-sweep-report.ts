/** The report of `simulate --sweep`: one configuration at each multiple of the traffic. */
import type { SimulationResult } from '../../simulation/simulation-result.js';
import { formatAttainment, formatCount, formatMs, formatNumber } from '../figures.js';
import { formatJson } from '../json.js';
import { formatCost, simulationJson } from '../simulation-report.js';
import { type Column, emphasisOf, formatTable, type ReportStyle } from '../table.js';

const SIMULATION_SWEEP_VERSION = 1;

/** What a configuration does at one multiple of the traffic. */
export interface SweptSimulation {
  readonly scale: number;
  readonly result: SimulationResult;
}

const COLUMNS: readonly Column[] = [
  { heading: 'traffic', align: 'right' },
  { heading: 'queries/s', align: 'right' },
  { heading: 'p50\n(ms)', align: 'right' },
  { heading: 'p99\n(ms)', align: 'right' },
  { heading: 'busiest stage,\noffered load', align: 'left' },
];

const SLO_COLUMNS: readonly Column[] = [
  { heading: 'attainment', align: 'right' },
  { heading: 'late', align: 'right' },
  { heading: 'SLO', align: 'left' },
];

/** The report as text. */
export function formatSimulationSweep(points: readonly SweptSimulation[], style: ReportStyle): string {
  const first = points[0]!.result;
  const columns = first.slo === undefined ? COLUMNS : [...COLUMNS, ...SLO_COLUMNS];
  const rows = points.map(({ scale, result }) => [`${scale}x`, ...cellsOf(result, style)]);
  const cost = formatCost(first.costUsdPerHour, 0);
  return `${emphasisOf(style).strong('The configuration at multiples of the traffic')}\n${cost}\n\n${formatTable({ columns, rows }, style)}`;
}

/** The report as JSON: the whole result of each simulation. */
export function simulationSweepJson(points: readonly SweptSimulation[], provenance: object): string {
  const results = points.map(({ scale, result }) => {
    const { version: _, ...figures } = JSON.parse(simulationJson(result));
    return { scale, ...figures };
  });
  return formatJson({ version: SIMULATION_SWEEP_VERSION, points: results, provenance });
}

function cellsOf({ meanRateQps, latency, stages, slo }: SimulationResult, style: ReportStyle): string[] {
  const { good, bad } = emphasisOf(style);
  const busiest = stages.reduce((most, stage) => (stage.offeredLoadRatio > most.offeredLoadRatio ? stage : most));
  const load = `${busiest.stage} ${formatNumber(busiest.offeredLoadRatio)}`;
  const verdict =
    slo === undefined
      ? []
      : [formatAttainment(slo.sloAttainment), formatCount(slo.misses), slo.holds ? good('met') : bad('not met')];
  return [formatNumber(meanRateQps), formatMs(latency.p50Ms), formatMs(latency.p99Ms), load, ...verdict];
}
