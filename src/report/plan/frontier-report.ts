/** The report of the frontier: the least cost for each objective, as a table and a chart. */
import type { StageConfiguration } from '../../model/configuration.js';
import type { Frontier, FrontierPoint, FrontierState } from '../../planner/frontier/frontier-result.js';
import { sFromMs } from '../../units.js';
import { formatCount, formatExactMs, formatNumber, formatShare, formatUsd, formatUsdPerMonth } from '../figures.js';
import { formatJson } from '../json.js';
import { chartWidth, drawColumns } from '../sparkline.js';
import { type Column, emphasisOf, formatLines, formatTable, type ReportStyle } from '../table.js';

const FRONTIER_VERSION = 1;
const PICTURE_HEIGHT = 8;

const COLUMNS: readonly Column[] = [
  { heading: 'SLO', align: 'right' },
  { heading: '$/h', align: 'right' },
  { heading: '$/month\n(730 h)', align: 'right' },
  { heading: '', align: 'left' },
  { heading: 'stages (hardware:max batch:replicas)', align: 'left' },
];

/** The report as text: cost of each objective. */
export function formatFrontier({ points, simulations }: Frontier, pipeline: string, style: ReportStyle): string {
  const { strong, bad } = emphasisOf(style);
  const proved = points.filter(({ isProved }) => isProved).length;
  const percentile = points[0]!.slo.percentile;
  const title = strong(`Cost against SLO of ${pipeline}, p${percentile}`);
  const count = `${formatCount(proved)} of ${formatCount(points.length)} proved, ${formatCount(simulations)} simulations`;
  const rows = points.map((point) => [
    formatExactMs(point.slo.latencyMs),
    point.costUsdPerHour === undefined ? '-' : formatUsd(point.costUsdPerHour),
    point.costUsdPerHour === undefined ? '-' : formatUsdPerMonth(point.costUsdPerHour),
    point.isProved ? 'proved' : bad(certified(point)),
    point.stages?.map(choice).join('  ') ?? point.reason ?? '',
  ]);
  const table = formatTable({ columns: COLUMNS, rows }, style);
  return `${formatLines([title, count], style)}\n${table}${picture(points, chartWidth(style))}`;
}

/** The report as JSON. */
export function frontierJson(frontier: Frontier, pipeline: string): string {
  return formatJson({ version: FRONTIER_VERSION, pipeline, ...frontier });
}

/** One line of progress. */
export function formatFrontierState(
  { settled, points, latencyMs, gapRatio }: FrontierState,
  elapsedMs: number,
): string {
  const gap = gapRatio === undefined ? 'no plan yet' : `gap ${formatShare(gapRatio)}`;
  return `searching for ${formatNumber(sFromMs(elapsedMs))} s: ${settled} of ${points} done, ${formatExactMs(latencyMs)}: ${gap}`;
}

function certified({ lowerBoundUsdPerHour, gapRatio }: FrontierPoint): string {
  const bound = `at least ${formatUsd(lowerBoundUsdPerHour!)}`;
  return gapRatio === undefined ? bound : `${bound}, gap ${formatShare(gapRatio)}`;
}

/** A step chart: a plan's cost counts up to the next objective, since it meets looser ones too. '' without costs. */
function picture(points: readonly FrontierPoint[], width: number): string {
  if (points.length < 2 || points.every(({ feasible }) => !feasible)) return '';
  const [from, to] = [points[0]!.slo.latencyMs, points.at(-1)!.slo.latencyMs];
  const values = Array.from({ length: width }, (_, column) => {
    const latencyMs = from + ((to - from) * column) / (width - 1);
    return points.findLast(({ slo }) => slo.latencyMs <= latencyMs + 1e-9)?.costUsdPerHour ?? 0;
  });
  const labels = { start: formatExactMs(from), end: formatExactMs(to), formatValue: formatNumber };
  return `\nLeast cost found ($/h)\n${drawColumns(values, PICTURE_HEIGHT, labels)}`;
}

/** A choice in the format of `simulate --stage`, without the stage's name. */
function choice({ hardware, maxBatchSize, replicas }: StageConfiguration): string {
  return `${hardware}:${maxBatchSize}:${replicas}`;
}
