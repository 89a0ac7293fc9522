/** What `compare` prints: the scoreboard, curves over swept targets, timelines, and the ticks of one policy. */
import type { Compared, ComparedRow, PolicyCurve } from '../../compare/compared.js';
import type { ExplainedSpan } from '../../compare/explained.js';
import { formatDuration } from '../../model/notation/quantity.js';
import { formatAttainment, formatCount, formatExactMs, formatMs, formatNumber, formatUsd } from '../figures.js';
import { formatJson } from '../json.js';
import { type Column, emphasisOf, formatLines, formatTable, type ReportStyle } from '../table.js';
import { formatTimelines } from './timelines.js';

const COMPARED_VERSION = 1;
const MOST_SPANS = 60;
const LEFT = { align: 'left' } as const;
const RIGHT = { align: 'right' } as const;

const SCORE_COLUMNS: readonly Column[] = [
  { heading: 'policy', ...LEFT },
  { heading: 'SLO', ...LEFT },
  { heading: 'attain-\nment', ...RIGHT },
  { heading: 'late', ...RIGHT },
  { heading: '× least', ...RIGHT },
  { heading: 'p99\n(ms)', ...RIGHT },
  { heading: 'cost\n($)', ...RIGHT },
  { heading: 'mean\n$/h', ...RIGHT },
  { heading: '÷ clair-\nvoyant', ...RIGHT },
];

const MOVE_COLUMNS: readonly Column[] = [
  { heading: 'policy', ...LEFT },
  { heading: 'changes', ...RIGHT },
  { heading: 'replicas\nmoved', ...RIGHT },
  { heading: 'flips', ...RIGHT },
  { heading: 'short\n(replica·s)', ...RIGHT },
  { heading: 'over\n($)', ...RIGHT },
  { heading: 'slowest\nrecovery', ...RIGHT },
];

const CURVE_COLUMNS: readonly Column[] = [
  { heading: 'policy', ...LEFT },
  { heading: 'target', ...RIGHT },
  { heading: 'cost\n($)', ...RIGHT },
  { heading: 'late', ...RIGHT },
  { heading: 'attain-\nment', ...RIGHT },
];

const SPAN_COLUMNS: readonly Column[] = [
  { heading: 'at', ...RIGHT },
  { heading: 'until', ...RIGHT },
  { heading: 'ticks', ...RIGHT },
  { heading: 'stage', ...LEFT },
  { heading: 'metric', ...LEFT },
  { heading: 'value', ...RIGHT },
  { heading: 'proposal', ...RIGHT },
  { heading: 'limit', ...LEFT },
  { heading: 'replicas', ...LEFT },
];

/** The report a person reads. `title` names the pipeline and the trace. */
export function formatCompared(title: string, compared: Compared, style: ReportStyle): string {
  const { queries, spanMs, slo, rows, curves, explained, targets } = compared;
  const heading = [
    emphasisOf(style).strong(title),
    `${formatCount(queries)} queries in ${formatDuration(spanMs)}, ` +
      `SLO p${slo.percentile} <= ${formatExactMs(slo.latencyMs)}, targets ${targets}`,
  ];
  const name = namer(rows);
  return [
    formatLines(heading, style),
    formatTable({ columns: SCORE_COLUMNS, rows: rows.map((row) => scoreRow(row, name(row), style)) }, style),
    formatTable({ columns: MOVE_COLUMNS, rows: rows.map((row) => moveRow(row, name(row))) }, style),
    ...(curves === undefined ? [] : [`Cost against late queries over targets\n${formatCurves(curves, name, style)}`]),
    ...rows
      .filter(({ outcome }) => outcome.changes > 0)
      .map((row) => `Replicas, ${name(row)}\n${formatTimelines(row.outcome.timelines, spanMs, style)}`),
    ...(explained === undefined
      ? []
      : [`Ticks of ${explained.policy}\n${formatSpans(explained.spans, explained.policy, style)}`]),
  ].join('\n');
}

/** The same as JSON, every bin, timeline and tick included. */
export function comparedJson(compared: Compared, provenance: object): string {
  return formatJson({ version: COMPARED_VERSION, ...compared, provenance });
}

/** Policies by name; with the plan's where there are several. */
function namer(rows: readonly ComparedRow[]): (row: { policy: string; plan: string; factor?: number }) => string {
  const hasPlans = new Set(rows.map(({ plan }) => plan)).size > 1;
  return ({ policy, plan, factor }) => {
    const own = factor === undefined || factor === 1 ? policy : `${policy} at ${factor}x`;
    return hasPlans ? `${plan}: ${own}` : own;
  };
}

function scoreRow({ outcome, lateRatio, costRatio }: ComparedRow, name: string, style: ReportStyle): string[] {
  const { misses, allowedMisses, sloAttainment, latency, costUsd, meanUsdPerHour } = outcome;
  const { good, bad } = emphasisOf(style);
  return [
    name,
    misses <= allowedMisses ? good('met') : bad('not met'),
    formatAttainment(sloAttainment),
    formatCount(misses),
    formatNumber(lateRatio ?? null),
    formatMs(latency.p99Ms),
    formatUsd(costUsd),
    formatUsd(meanUsdPerHour),
    formatNumber(costRatio),
  ];
}

function moveRow(row: ComparedRow, name: string): string[] {
  const { outcome, replicasMoved, flips, shortReplicaS, overUsd, slowestRecoveryMs } = row;
  return [
    name,
    formatCount(outcome.changes),
    formatCount(replicasMoved),
    formatCount(flips),
    formatNumber(shortReplicaS),
    formatUsd(overUsd),
    formatDuration(slowestRecoveryMs),
  ];
}

function formatCurves(curves: readonly PolicyCurve[], name: ReturnType<typeof namer>, style: ReportStyle): string {
  const rows = curves.flatMap(({ plan, policy, points }) =>
    points.map(({ factor, costUsd, misses, sloAttainment }, i) => [
      i === 0 ? name({ plan, policy }) : '',
      `${factor}x`,
      formatUsd(costUsd),
      formatCount(misses),
      formatAttainment(sloAttainment),
    ]),
  );
  return formatTable({ columns: CURVE_COLUMNS, rows }, style);
}

function formatSpans(spans: readonly ExplainedSpan[], policy: string, style: ReportStyle): string {
  if (spans.length === 0) return formatLines([`none: ${policy} told no reasons`], style);
  const rows = spans
    .slice(0, MOST_SPANS)
    .map(({ fromMs, toMs, ticks, stage, metric, least, most, proposal, limitedBy = '', before, after }) => [
      formatDuration(fromMs),
      toMs === fromMs ? '' : formatDuration(toMs),
      formatCount(ticks),
      stage,
      metric,
      least === most ? formatNumber(least) : `${formatNumber(least)} to ${formatNumber(most)}`,
      proposal === null ? '' : formatCount(proposal),
      limitedBy,
      before === after ? formatCount(after) : `${before} -> ${after}`,
    ]);
  const hidden = spans.length - rows.length;
  const more = hidden > 0 ? formatLines([`… and ${formatCount(hidden)} more; --json has all of them`], style) : '';
  return `${formatTable({ columns: SPAN_COLUMNS, rows }, style)}${more}`;
}
