/** What `profile` prints: measured, omitted and replaced rows, and the routing of the sample queries. */
import type { ProfilingDescription } from '../backends/contracts/profiling-target.js';
import type { MeasuredRow } from '../model/measured/measured-row.js';
import { formatDuration } from '../model/notation/quantity.js';
import { type FanOut, meanFanOut } from '../model/pipeline.js';
import type { MeasuredRouting } from '../profiler/measured-routing.js';
import type { LeftOutRow, RunProgress } from '../profiler/profile-run.js';
import { qpsOver, usFromMs } from '../units.js';
import { formatCount, formatMs, formatNumber, formatShare } from './figures.js';
import { formatJson } from './json.js';
import { type Column, formatLines, formatTable, type ReportStyle } from './table.js';

const PROFILING_VERSION = 1;

/** Everything that one run did. */
export interface ProfilingResult {
  readonly pipeline: string;
  readonly hardware: string;
  readonly measuredAt: Pick<ProfilingDescription, 'kind' | 'place' | 'clock'>;
  /** The file that the rows were put into. */
  readonly output: string;
  readonly rows: readonly MeasuredRow[];
  readonly replaced: readonly ReplacedRow[];
  readonly leftOut: readonly LeftOutRow[];
  readonly routing?: MeasuredRouting;
  /** Whether Ctrl-C ended it before everything was measured. */
  readonly isComplete: boolean;
}

/** A row that stood in the file before, and what it said. */
export interface ReplacedRow {
  readonly model: string;
  readonly curve: string;
  readonly batchSize: number;
  readonly meanMs: number;
  readonly source: string;
}

const ROW_COLUMNS: readonly Column[] = [
  { heading: 'model', align: 'left' },
  { heading: 'curve', align: 'left' },
  { heading: 'batch\nsize', align: 'right' },
  { heading: 'mean\n(ms)', align: 'right' },
  { heading: 'p50\n(ms)', align: 'right' },
  { heading: 'p99\n(ms)', align: 'right' },
  { heading: 'items/s', align: 'right' },
  { heading: 'samples', align: 'right' },
  { heading: 'ended by', align: 'left' },
  { heading: 'remark', align: 'left' },
];

export function formatProfiling(result: ProfilingResult, style: ReportStyle): string {
  const { measuredAt, hardware, output, rows, leftOut, replaced, routing, isComplete } = result;
  const clock = measuredAt.clock === 'service' ? 'service times' : 'round trips, an upper bound of service times';
  const summary = `${formatCount(rows.length)} rows of ${hardware} at ${measuredAt.place} (${clock}) into ${output}`;
  const parts = [formatLines([summary], style)];
  if (rows.length > 0) parts.push(formatTable({ columns: ROW_COLUMNS, rows: rows.map(rowCells) }, style));
  const told = [
    ...replaced.map((row) => `replaced ${rowName(row)}: was ${formatMs(row.meanMs)} ms on average (${row.source})`),
    ...leftOut.map((row) => `left out ${row.stage} ${row.curve} batch ${row.batchSize}: ${row.reason}`),
    ...(isComplete ? [] : ['stopped: --resume measures what is missing']),
  ];
  if (told.length > 0) parts.push(formatLines(told, style));
  if (routing !== undefined) parts.push(formatRouting(routing, style));
  return parts.join('\n');
}

/** The same as JSON. What no sample query shows is null. */
export function profilingJson(result: ProfilingResult, provenance?: object): string {
  const rows = result.rows.map(({ samplesMs: _, remarks, ...row }) => ({ ...row, remark: remarks.join('; ') }));
  const routing = result.routing && routingFigures(result.routing);
  return formatJson({ version: PROFILING_VERSION, ...result, rows, ...(routing && { routing }), provenance });
}

function routingFigures({ queries, stages, ...rest }: MeasuredRouting) {
  const figures = stages.map(({ scaleFactor, edges, ...stage }) => ({
    ...stage,
    scaleFactor: queries === 0 ? null : scaleFactor,
    edges: edges.map((edge) => (edge.visits === 0 ? { ...edge, probability: null, fanOut: null } : edge)),
  }));
  return { queries, stages: figures, ...rest };
}

/** One line while it runs. */
export function formatProfilingProgress({
  stage,
  curve,
  batchSize,
  rowsDone,
  rowsInAll,
  longestLeftMs,
}: RunProgress): string {
  const at = batchSize === undefined ? '' : ` batch ${batchSize}`;
  const left = `up to ${formatDuration(Math.ceil(longestLeftMs))} left on a quiet machine`;
  return `${rowsDone} of ${rowsInAll} rows: ${stage} ${curve}${at}, ${left}`;
}

/** One line as a row is finished. */
export function formatProfilingRow(row: MeasuredRow): string {
  const { p50Ms, p99Ms, samples, stoppedBy } = row;
  const times = `p50 ${formatMs(p50Ms)} ms, p99 ${formatMs(p99Ms)} ms`;
  return `${rowName(row)}: ${times}, ${formatCount(samples)} samples, ended by ${stoppedBy}\n`;
}

function rowName({ model, curve, batchSize }: { model: string; curve: string; batchSize: number }): string {
  return `${model} ${curve} batch ${batchSize}`;
}

function rowCells({ model, curve, batchSize, meanMs, p50Ms, p99Ms, ...row }: MeasuredRow): string[] {
  const remark = row.remarks.join('; ');
  const perSecond = formatNumber(qpsOver(batchSize, usFromMs(meanMs)));
  const figures = [formatMs(meanMs), formatMs(p50Ms), formatMs(p99Ms), perSecond];
  return [model, curve, formatCount(batchSize), ...figures, formatCount(row.samples), row.stoppedBy, remark];
}

const ROUTING_COLUMNS: readonly Column[] = [
  { heading: 'stage', align: 'left' },
  { heading: 'scale\nfactor', align: 'right' },
  { heading: 'from', align: 'left' },
  { heading: 'probability', align: 'right' },
  { heading: 'fan-out', align: 'left' },
  { heading: 'group', align: 'left' },
];

/** The counts as a table, and as the YAML that says them. */
export function formatRouting({ queries, stages, brokenGroups }: MeasuredRouting, style: ReportStyle): string {
  const rows = stages.flatMap(({ stage, scaleFactor, edges }) => {
    const cells = edges.map(({ from, visits, probability, fanOut, group = '' }) =>
      visits === 0
        ? [from, '-', '-', group]
        : [
            from,
            formatShare(probability),
            `${fanOutText(fanOut)} (${formatNumber(meanFanOut(fanOut))} on average)`,
            group,
          ],
    );
    const first = cells[0] ?? ['query', '', '', ''];
    return [
      [stage, formatNumber(queries === 0 ? null : scaleFactor), ...first],
      ...cells.slice(1).map((more) => ['', '', ...more]),
    ];
  });
  return [
    `Routing of ${formatCount(queries)} sample queries\n`,
    formatTable({ columns: ROUTING_COLUMNS, rows }, style),
    ...brokenGroups.map((line) => formatLines([line], style)),
    `In the pipeline file:\n\n${routingYaml(stages)}`,
  ].join('\n');
}

/** `parents` of every stage with edges from other stages, as the pipeline file writes them. */
export function routingYaml(stages: MeasuredRouting['stages']): string {
  return stages
    .filter(({ edges }) => edges.some(({ visits }) => visits > 0))
    .map(({ stage, edges }) => {
      const lines = edges.map(({ from, visits, probability, fanOut, group, per }) => {
        const more = `${group === undefined ? '' : `, group: ${group}`}${per === undefined ? '' : `, per: ${per}`}`;
        if (visits === 0) return `      - { from: ${from}${more} } # visited by no sample query\n`;
        return `      - { from: ${from}, probability: ${probability}, fan_out: ${fanOutText(fanOut)}${more} }\n`;
      });
      return `  - name: ${stage}\n    parents:\n${lines.join('')}`;
    })
    .join('');
}

function fanOutText(fanOut: FanOut): string {
  if (typeof fanOut === 'number') return String(fanOut);
  return `{ ${fanOut.map(({ items, share }) => `${items}: ${share}`).join(', ')} }`;
}
