/** The reports of `trace info`, `trace generate` and `trace import`. */
import type { TraceStatistics, WindowStatistics } from '../envelope/trace-statistics.js';
import { formatDuration } from '../model/notation/quantity.js';
import type { EnvelopePoint } from '../model/plan/plan.js';
import { meanRate, msFromUs, qpsOver, usFromMs } from '../units.js';
import { formatCount, formatNumber } from './figures.js';
import { formatJson } from './json.js';
import { chartWidth, columnsOf, drawColumns } from './sparkline.js';
import { formatSteadiness } from './steadiness-report.js';
import { type Column, emphasisOf, formatLines, formatTable, type ReportStyle } from './table.js';

const TRACE_VERSION = 1;
const PICTURE_ROWS = 6;

const WINDOW_COLUMNS: readonly Column[] = [
  { heading: 'window', align: 'right' },
  { heading: 'busiest\nwindow', align: 'right' },
  { heading: 'its rate\n(queries/s)', align: 'right' },
  { heading: 'busiest\naligned', align: 'right' },
  { heading: 'index of\ndispersion', align: 'right' },
];

const ENVELOPE_COLUMNS: readonly Column[] = [
  { heading: 'window', align: 'right' },
  { heading: 'most\nqueries', align: 'right' },
  { heading: 'rate\n(queries/s)', align: 'right' },
];

/** A trace that was written: its path, its number of arrivals and its last arrival. */
export interface WrittenTraceSummary {
  readonly path: string;
  readonly arrivals: number;
  readonly firstArrivalMs: number;
  readonly lastArrivalMs: number;
}

/** The report as text: totals, windows, the envelope, and a chart of the rate. */
export function formatTraceInfo(path: string, statistics: TraceStatistics, style: ReportStyle): string {
  const { arrivals, spanMs, meanRateQps, gapCv, windows, envelope, steadiness } = statistics;
  const cv = gapCv === undefined ? '-' : formatNumber(gapCv);
  return [
    formatLines(
      [
        emphasisOf(style).strong(path),
        `${formatCount(arrivals)} queries in ${formatDuration(spanMs)}, ${formatMeanRate(meanRateQps)}`,
        `CV of gaps ${cv} (standard deviation / mean; Poisson 1)`,
        formatSteadiness(steadiness),
      ],
      style,
    ),
    formatTable({ columns: WINDOW_COLUMNS, rows: windows.map(windowRow) }, style),
    formatLines(
      [
        'Aligned windows start at multiples of their width, as in a log of counts; ' +
          'the index of dispersion is variance / mean of their counts (Poisson 1).',
      ],
      style,
    ),
    `Traffic envelope\n${formatTable({ columns: ENVELOPE_COLUMNS, rows: envelope.map(envelopeRow) }, style)}`,
    `Rate over time (queries/s)\n${drawRate(statistics, chartWidth(style))}`,
  ].join('\n');
}

/** The report as JSON. */
export function traceInfoJson(path: string, statistics: TraceStatistics): string {
  const { gapCv, windows, meanRateQps, steadiness, ...rest } = statistics;
  return formatJson({
    version: TRACE_VERSION,
    path,
    ...rest,
    meanRateQps: meanRateQps || null,
    gapCv: gapCv ?? null,
    steadiness: steadiness ?? null,
    windows: windows.map(({ indexOfDispersion, ...window }) => ({
      ...window,
      indexOfDispersion: indexOfDispersion ?? null,
    })),
  });
}

/** One line per file that was written. */
export function formatWrittenTraces(traces: readonly WrittenTraceSummary[], style: ReportStyle): string {
  const lines = traces.map((trace) => {
    const { path, arrivals, lastArrivalMs } = trace;
    const length = `${formatCount(arrivals)} queries in ${formatDuration(lastArrivalMs)}`;
    return `Wrote ${path}: ${length}, ${formatMeanRate(writtenRate(trace))}`;
  });
  return formatLines(lines, style);
}

/** The same as JSON. */
export function writtenTracesJson(traces: readonly WrittenTraceSummary[]): string {
  const rows = traces.map((trace) => ({ ...trace, meanRateQps: writtenRate(trace) || null }));
  return formatJson({ version: TRACE_VERSION, traces: rows });
}

function writtenRate({ arrivals, firstArrivalMs, lastArrivalMs }: WrittenTraceSummary): number {
  return meanRate(arrivals, usFromMs(lastArrivalMs) - usFromMs(firstArrivalMs));
}

/** A rate of 0 is unknown, since all arrive at one instant. */
function formatMeanRate(rateQps: number): string {
  return rateQps === 0 ? 'mean rate unknown' : `${formatRate(rateQps)} queries/s on average`;
}

function windowRow({ windowMs, peakQueries, peakRateQps, peakAlignedQueries, indexOfDispersion }: WindowStatistics) {
  return [
    formatDuration(windowMs),
    formatCount(peakQueries),
    formatRate(peakRateQps),
    formatCount(peakAlignedQueries),
    indexOfDispersion === undefined ? '-' : formatNumber(indexOfDispersion),
  ];
}

function envelopeRow({ windowMs, queries, rateQps }: EnvelopePoint) {
  return [formatDuration(windowMs), formatCount(queries), formatRate(rateQps)];
}

function drawRate({ rateOverTime, lastArrivalMs }: TraceStatistics, width: number): string {
  const binUs = usFromMs(rateOverTime.binMs);
  const columns = columnsOf(rateOverTime.queries, width);
  const rates = columns.map(({ sum, bins }, column) => {
    // The last bin ends with the trace, before the next bin would start.
    const unused =
      column === columns.length - 1 ? binUs * rateOverTime.queries.length - usFromMs(lastArrivalMs) - 1 : 0;
    return qpsOver(sum, bins * binUs - unused);
  });
  return drawColumns(rates, PICTURE_ROWS, {
    start: '0s',
    end: formatDuration(msFromUs(usFromMs(lastArrivalMs))),
    formatValue: formatRate,
  });
}

/** Two decimals, or three significant digits where two decimals would show less. */
function formatRate(rateQps: number): string {
  return rateQps === 0 ? '0' : rateQps < 1 ? Number(rateQps.toPrecision(3)).toString() : formatNumber(rateQps);
}
