/** What `tune --replay` prints: what the tuner did, when and why, and what it is worth. */
import { formatDuration } from '../../model/notation/quantity.js';
import type { OutcomeName, ReplayOutcome, ReplayResult } from '../../replay/replay.js';
import type { StageChange } from '../../tuner/decision.js';
import { qpsOver, usFromMs } from '../../units.js';
import { formatAttainment, formatCount, formatExactMs, formatMs, formatNumber, formatUsd } from '../figures.js';
import { formatJson } from '../json.js';
import { chartWidth, columnsOf, drawColumns } from '../sparkline.js';
import { type Column, emphasisOf, formatLines, formatTable, type ReportStyle } from '../table.js';
import { formatLimits } from './limit-report.js';
import { formatTimelines } from './timelines.js';

const REPLAY_VERSION = 1;
const PICTURE_ROWS = 4;
const MOST_DECISIONS = 25;

/** What the outcomes of a replay are called. */
export const OUTCOME_WORDS: Readonly<Record<OutcomeName, string>> = {
  tuned: 'with the tuner',
  untuned: 'without',
  peak: 'fixed for the peak',
  clairvoyant: 'clairvoyant tuner',
};

const OUTCOME_COLUMNS: readonly Column[] = [
  { heading: '', align: 'left' },
  { heading: 'SLO', align: 'left' },
  { heading: 'attain-\nment', align: 'right' },
  { heading: 'late', align: 'right' },
  { heading: 'p99\n(ms)', align: 'right' },
  { heading: 'cost\n($)', align: 'right' },
  { heading: 'mean\n$/h', align: 'right' },
  { heading: 'changes', align: 'right' },
];

const DECISION_COLUMNS: readonly Column[] = [
  { heading: 'at', align: 'right' },
  { heading: '', align: 'left' },
  { heading: 'because', align: 'left' },
  { heading: 'window', align: 'right' },
  { heading: 'queries/s', align: 'right' },
  { heading: 'planned', align: 'right' },
  { heading: 'replicas', align: 'left' },
];

/** The report a person reads. `title` names the trace. */
export function formatReplay(title: string, result: ReplayResult, style: ReportStyle): string {
  const { queries, spanMs, slo, outcomes, limits, bound } = result;
  const limitTable = formatLimits(limits, bound, style);
  const tuned = outcomes[0]!;
  const width = chartWidth(style);
  const heading = formatLines(
    [
      emphasisOf(style).strong(title),
      `${formatCount(queries)} queries in ${formatDuration(spanMs)}, ` +
        `SLO p${slo.percentile} <= ${formatExactMs(slo.latencyMs)}`,
    ],
    style,
  );
  return [
    heading,
    formatTable({ columns: OUTCOME_COLUMNS, rows: outcomes.map((outcome) => outcomeRow(outcome, style)) }, style),
    `Decisions\n${formatDecisions(result, style)}`,
    ...(limitTable === '' ? [] : [`Limits\n${limitTable}`]),
    `Queries per second\n${drawOverTime(tuned, { spanMs, width }, ({ queries }) => queries)}`,
    ...outcomes
      .filter(({ name, misses }) => misses > 0 && (name === 'tuned' || name === 'untuned'))
      .map(
        (outcome) =>
          `Late queries per second, ${OUTCOME_WORDS[outcome.name]}\n${drawOverTime(outcome, { spanMs, width }, ({ misses }) => misses)}`,
      ),
    `Replicas, with the tuner\n${formatTimelines(tuned.timelines, spanMs, style)}`,
  ].join('\n');
}

/** The same as JSON, every decision and every bin included. */
export function replayJson(result: ReplayResult, provenance: object): string {
  return formatJson({ version: REPLAY_VERSION, ...result, provenance });
}

/** `detect 2 -> 3, classify 1 -> 4 (9 asked: inventory)`. */
export function formatChanges(changes: readonly StageChange[]): string {
  return changes
    .map(({ stage, from, to, asked, limitedBy }) => {
      const limit = limitedBy === undefined ? '' : ` (${asked} asked: ${limitedBy})`;
      return `${stage} ${from} -> ${to}${limit}`;
    })
    .join(', ');
}

function outcomeRow(outcome: ReplayOutcome, style: ReportStyle): string[] {
  const { name, misses, allowedMisses, sloAttainment, latency, costUsd, meanUsdPerHour, changes } = outcome;
  const { good, bad } = emphasisOf(style);
  return [
    OUTCOME_WORDS[name],
    misses <= allowedMisses ? good('met') : bad('not met'),
    formatAttainment(sloAttainment),
    formatCount(misses),
    formatMs(latency.p99Ms),
    formatUsd(costUsd),
    formatUsd(meanUsdPerHour),
    formatCount(changes),
  ];
}

function formatDecisions({ decisions, bound }: ReplayResult, style: ReportStyle): string {
  if (decisions.length === 0 && bound.some(({ limit }) => limit !== 'fewest replicas'))
    return formatLines(['none: the traffic asks for more, and a limit allows no change'], style);
  if (decisions.length === 0) return formatLines(['none: the traffic stays within what the plan was made for'], style);
  const rows = decisions
    .slice(0, MOST_DECISIONS)
    .map(({ kind, atMs, reason, window, changes }) => [
      formatDuration(atMs),
      kind,
      reason,
      formatDuration(window.windowMs),
      formatNumber(window.rateQps),
      window.plannedQps === undefined ? '' : formatNumber(window.plannedQps),
      formatChanges(changes),
    ]);
  const hidden = decisions.length - rows.length;
  const more = hidden > 0 ? formatLines([`… and ${formatCount(hidden)} more; --json has all of them`], style) : '';
  return `${formatTable({ columns: DECISION_COLUMNS, rows }, style)}${more}`;
}

function drawOverTime(
  { overTime }: ReplayOutcome,
  { spanMs, width }: { spanMs: number; width: number },
  countsOf: (overTime: ReplayOutcome['overTime']) => readonly number[],
): string {
  const columns = columnsOf(countsOf(overTime), width);
  const rates = columns.map(({ sum, bins }) => qpsOver(sum, bins * usFromMs(overTime.binMs)));
  return drawColumns(rates, PICTURE_ROWS, { start: '0s', end: formatDuration(spanMs), formatValue: formatNumber });
}
