/** What `load` prints: a line a second while it runs, and the outcome. */
import type { LoadFailure, LoadResult, LoadSecond } from '../load/load-result.js';
import { formatAttainment, formatCount, formatExactMs, formatMs, formatTraffic } from './figures.js';
import { formatJson } from './json.js';
import { type Column, emphasisOf, formatLines, formatTable, type ReportStyle } from './table.js';

const LOAD_VERSION = 1;
/** A scheduler's slice or two: what a machine with all cores busy costs at p99. */
const LATE_MS = 5;

const GAP = '  ';

const FAILURE_WORDS: Readonly<Record<LoadFailure, string>> = {
  refused: 'refused with 503',
  errorAnswers: 'answered with an error',
  timeouts: 'timed out',
  connectionErrors: 'lost their connection',
  notSent: 'not sent',
  unfinished: 'unfinished',
};

/** Heading, width, and its place among those that a narrow line keeps: the first ones stay longest. */
const SECOND_COLUMNS = [
  ['second', 6, 1],
  ['sent', 7, 2],
  ['answered', 8, 6],
  ['failed', 6, 3],
  ['p50 ms', 9, 9],
  ['p99 ms', 9, 4],
  ['on time', 9, 5],
  ['in flight', 9, 7],
  ['lag p99 ms', 10, 8],
] as const;

/** Heading of the lines of `formatLoadSecond`, at most `width` characters. */
export function loadSecondHeading(width: number): string {
  return line(
    SECOND_COLUMNS.map(([heading]) => heading),
    width,
  );
}

/** One second of a run as one line of at most `width` characters. */
export function formatLoadSecond(second: LoadSecond, width: number): string {
  const { answered, sloAttainment } = second;
  const cells = [
    String(second.second),
    formatCount(second.sent),
    formatCount(answered),
    formatCount(second.failed),
    formatMs(second.p50Ms),
    formatMs(second.p99Ms),
    sloAttainment === undefined ? '-' : formatAttainment(sloAttainment),
    formatCount(second.inFlight),
    formatMs(second.sendLagP99Ms),
  ];
  return line(cells, width);
}

/**
 * The report for a person: what became of the queries, the objective, the latencies, and the generator's own lateness.
 */
export function formatLoad(result: LoadResult, style: ReportStyle): string {
  const { queries, meanRateQps, interrupted, slo } = result;
  const stopped = interrupted ? ', stopped early' : '';
  const summary = [
    `${formatTraffic(queries, meanRateQps)}${stopped}`,
    formatEnds(result, style),
    ...(slo === undefined ? [] : [formatOutcome(slo, style)]),
  ];
  return [formatLines(summary, style), formatTimes(result, style)].join('\n');
}

/** The same as JSON; `provenance` says which tool, endpoint and inputs the numbers come from. */
export function loadJson(result: LoadResult, provenance?: object): string {
  const meanRateQps = result.meanRateQps > 0 ? result.meanRateQps : null;
  return formatJson({ version: LOAD_VERSION, ...result, meanRateQps, provenance });
}

/** For standard error, when queries were not sent. */
export function notSentWarning({ failures }: LoadResult, limitInFlight: number): string {
  return (
    `warning: ${formatCount(failures.notSent)} queries were not sent and count as failed, because ` +
    `${formatCount(limitInFlight)} were in flight; raise --limit-in-flight to send more\n`
  );
}

/** For standard error, when the generator itself was late enough to be seen in the latencies; else ''. */
export function lateWarning({ sendLag }: LoadResult): string {
  if (sendLag.p99Ms === null || sendLag.p99Ms <= LATE_MS) return '';
  return (
    `warning: one query in a hundred was sent more than ${formatMs(sendLag.p99Ms)} ms late, which its latency ` +
    'includes: this machine is too busy for this rate\n'
  );
}

function formatEnds({ answered, failed, failures }: LoadResult, style: ReportStyle): string {
  const { bad } = emphasisOf(style);
  if (failed === 0) return `${formatCount(answered)} answered, none failed`;
  const kinds = Object.entries(failures).filter(([, count]) => count > 0);
  const words = kinds.map(([kind, count]) => `${formatCount(count)} ${FAILURE_WORDS[kind as LoadFailure]}`);
  return `${formatCount(answered)} answered, ${bad(`${formatCount(failed)} failed`)} (${words.join(', ')})`;
}

function formatOutcome(slo: NonNullable<LoadResult['slo']>, style: ReportStyle): string {
  const { good, bad, strong } = emphasisOf(style);
  const { percentileLatencyMs } = slo;
  const reached = percentileLatencyMs === null ? ', too many failed' : ` at ${formatExactMs(percentileLatencyMs)}`;
  const objective = strong(`p${slo.percentile} <= ${formatExactMs(slo.latencyMs)}`);
  const attainment = `attainment ${formatAttainment(slo.sloAttainment)}`;
  const counts = `${formatCount(slo.misses)} late or failed, ${formatCount(slo.allowedMisses)} allowed`;
  return `SLO ${objective}: ${slo.holds ? good('met') : bad('not met')}${reached}, ${attainment} (${counts})`;
}

function formatTimes({ latency, sendLag }: LoadResult, style: ReportStyle): string {
  const headings = ['', 'mean', 'p50', 'p90', 'p95', 'p99', 'p99.9', 'max'];
  const cells = (times: LoadResult['latency']) =>
    [times.meanMs, times.p50Ms, times.p90Ms, times.p95Ms, times.p99Ms, times.p999Ms, times.maxMs].map(formatMs);
  const rows = [
    ['latency of the answered (ms)', ...cells(latency)],
    ['sent after its instant (ms)', ...cells(sendLag)],
  ];
  const columns = headings.map((heading, i): Column => ({ heading, align: i === 0 ? 'left' : 'right' }));
  return formatTable({ columns, rows }, style);
}

function line(cells: readonly string[], width: number): string {
  const kept = columnsWithin(width);
  const padded = cells.map((cell, i) => cell.padStart(SECOND_COLUMNS[i]![1]));
  return `${padded.filter((_, i) => kept.has(i)).join(GAP)}\n`;
}

/** Indices of the columns that a line has room for. */
function columnsWithin(width: number): ReadonlySet<number> {
  const byRank = SECOND_COLUMNS.map((_, i) => i).sort((a, b) => SECOND_COLUMNS[a]![2] - SECOND_COLUMNS[b]![2]);
  const kept = new Set<number>();
  let taken = -GAP.length;
  for (const i of byRank) {
    taken += GAP.length + SECOND_COLUMNS[i]![1];
    if (taken > width) break;
    kept.add(i);
  }
  return kept;
}
