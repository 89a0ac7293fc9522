/**
 * Tables of measurements: Model Analyzer's metrics-model-inference.csv, and the CSV that perf_analyzer writes with `-f`.
 * Only rows of one request in flight are taken. With more, a request waits behind others, and the server may put
 * several into one batch, so neither its latency nor its compute time is that of the row's batch size.
 */
import { parse } from 'csv-parse/sync';
import { InputError } from '../../errors.js';
import { formatNames, formatOffered } from '../../model/notation/offered-value.js';
import type { ProfileRow } from '../../model/profile.js';
import { LARGEST_BATCH, LONGEST_MS, SHORTEST_MS } from '../limits.js';
import { chainOf, type Intake, type IntakeRow } from './intake.js';

const US_PER_MS = 1000;

/** What a table does not say of itself. */
export interface MeasuredOn {
  readonly hardware: string;
  /** perf_analyzer's table names neither. */
  readonly model: string;
  readonly batchSize: number;
}

/** Headings of both tools, and the names of Model Analyzer's output fields. Times of perf_analyzer are in µs. */
const COLUMNS = {
  model: /^model(_name)?$/i,
  batch: /^(batch|batch size|batch_size)$/i,
  concurrency: /^concurrency$/i,
  queue: /^(server queue|perf_server_queue|server queue time)\b/i,
  input: /^(server compute input|perf_server_compute_input)\b/i,
  infer: /^(server compute infer|perf_server_compute_infer)\b/i,
  output: /^(server compute output|perf_server_compute_output)\b/i,
  mean: /^(avg latency|perf_latency_avg|avg\. latency)\b/i,
  p50: /^(p50 latency|perf_latency_p50)\b/i,
  p95: /^(p95 latency|perf_latency_p95)\b/i,
  p99: /^(p99 latency|perf_latency_p99)\b/i,
} as const;

/** What to do about a table without times. Model Analyzer's own default has the p99 alone. */
const REMEDY = {
  'Model Analyzer':
    ': add perf_latency_avg, perf_server_compute_input, perf_server_compute_infer and perf_server_compute_output to its inference_output_fields',
  perf_analyzer: '',
} as const;

type Tool = keyof typeof REMEDY;
type Column = keyof typeof COLUMNS;
interface Row {
  readonly line: number;
  readonly cells: Partial<Record<Column, string>>;
}

/** @throws InputError for another table, by file and line */
export function modelAnalyzerIntake(shown: string, text: string, on: MeasuredOn): Intake {
  return measured(shown, rowsOf(shown, text, ['model', 'batch', 'concurrency']), {
    on,
    tool: 'Model Analyzer',
    perMs: 1,
  });
}

/** @throws InputError for another table, by file and line */
export function perfAnalyzerIntake(shown: string, text: string, on: MeasuredOn): Intake {
  return measured(shown, rowsOf(shown, text, ['concurrency']), { on, tool: 'perf_analyzer', perMs: US_PER_MS });
}

function measured(
  shown: string,
  rows: readonly Row[],
  { on, tool, perMs }: { on: MeasuredOn; tool: Tool; perMs: number },
): Intake {
  const alone = rows.filter((row) => numberOf(shown, row, 'concurrency') === 1);
  if (alone.length === 0) {
    throw new InputError(
      'INTAKE',
      `${shown}: no row with one request in flight (concurrency 1); with more, times hold waiting and mixed batches`,
    );
  }
  const taken = new Map<string, IntakeRow>();
  let twice = 0;
  for (const row of alone) {
    const model = row.cells.model ?? on.model;
    const batchSize = row.cells.batch === undefined ? on.batchSize : numberOf(shown, row, 'batch');
    if (!Number.isInteger(batchSize) || batchSize < 1 || batchSize > LARGEST_BATCH) {
      throw new InputError('INTAKE', `${shown}:${row.line}: batch = ${batchSize}, must be from 1 to ${LARGEST_BATCH}`);
    }
    const key = JSON.stringify([model, batchSize]);
    if (taken.has(key)) twice++;
    else taken.set(key, { model, hardware: on.hardware, row: profileRow(shown, row, { batchSize, tool, perMs }) });
  }
  const profiles = [...taken.values()].sort((a, b) => compare(a.model, b.model) || a.row.batchSize - b.row.batchSize);
  const models = [...new Set([...taken.values()].map(({ model }) => model))];
  const left = rows.length - alone.length;
  return {
    ...chainOf(models),
    profiles,
    kinds: [{ name: on.hardware, kind: 'gpu' }],
    notes: [
      ...(left === 0
        ? []
        : [
            `rows with more than one request in flight were left out (${left}): their times hold waiting and mixed batches`,
          ]),
      ...(twice === 0
        ? []
        : [
            `rows of a model and batch size that came before were left out (${twice}): other instance counts or settings`,
          ]),
      ...(models.length > 1
        ? [`edges: ${formatNames(models)} stand in a chain in the order of the file; draw the edges`]
        : []),
      'traffic: the trace is drawn; `infer-plan trace import` reads recorded arrivals',
    ],
  };
}

/** Computing on the server where the row has it, else what the client saw, which holds the network too. */
function profileRow(
  shown: string,
  row: Row,
  { batchSize, tool, perMs }: { batchSize: number; tool: Tool; perMs: number },
): ProfileRow {
  const ms = (column: Column) => {
    return row.cells[column] === undefined ? undefined : numberOf(shown, row, column) / perMs;
  };
  const infer = ms('infer');
  const isComputed = infer !== undefined && infer > 0;
  const meanMs = isComputed ? infer + (ms('input') ?? 0) + (ms('output') ?? 0) : (ms('mean') ?? ms('p50'));
  if (meanMs === undefined || !(meanMs >= SHORTEST_MS && meanMs <= LONGEST_MS)) {
    throw new InputError(
      'INTAKE',
      `${shown}:${row.line}: no time of computing and no average latency to take${row.cells.mean === undefined ? REMEDY[tool] : ''}`,
    );
  }
  const [p50Ms, p95Ms, p99Ms] = isComputed ? [] : [ms('p50'), ms('p95'), ms('p99')];
  return {
    batchSize,
    meanMs,
    ...(p50Ms === undefined ? {} : { p50Ms }),
    ...(p95Ms === undefined ? {} : { p95Ms }),
    ...(p99Ms === undefined ? {} : { p99Ms }),
    runtime: 'triton',
    source: `${tool} (${shown}), concurrency 1, ${isComputed ? 'server compute time' : 'client latency, network included'}`,
  };
}

function rowsOf(shown: string, text: string, required: readonly Column[]): readonly Row[] {
  let records: string[][];
  try {
    records = parse(text, { relaxColumnCount: true, skipEmptyLines: true, trim: true, bom: true });
  } catch (error) {
    throw new InputError('INTAKE', `${shown}: not CSV: ${(error as Error).message}`);
  }
  const [header = [], ...rows] = records;
  const columns = Object.entries(COLUMNS).flatMap(([name, pattern]) => {
    const index = header.findIndex((heading) => pattern.test(heading));
    return index < 0 ? [] : [[name as Column, index] as const];
  });
  const missing = required.filter((name) => !columns.some(([column]) => column === name));
  if (missing.length > 0) {
    throw new InputError('INTAKE', `${shown}:1: no column for ${formatNames(missing)} among ${formatNames(header)}`);
  }
  return rows.map((cells, index) => ({
    line: index + 2,
    cells: Object.fromEntries(columns.flatMap(([name, at]) => ((cells[at] ?? '') === '' ? [] : [[name, cells[at]!]]))),
  }));
}

function numberOf(shown: string, { line, cells }: Row, column: Column): number {
  const cell = cells[column] ?? '';
  const value = Number(cell);
  if (cell !== '' && Number.isFinite(value) && value >= 0) return value;
  throw new InputError(
    'INTAKE',
    `${shown}:${line}: ${column} = ${formatOffered(cell)}, must be a number of at least 0`,
  );
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
