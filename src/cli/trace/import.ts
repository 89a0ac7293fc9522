import { Problems } from '../../files/problems.js';
import { readAccessLog, readCounts, readTimestamps } from '../../files/trace/trace-import.js';
import type { TimeNotation } from '../../files/trace/trace-import-time.js';
import { parseDuration, parsePercent, parseRate } from '../../model/notation/quantity.js';
import { usFromMs } from '../../units.js';
import { countsOfArrivals } from '../../workload/interval-counts.js';
import { type ShapedTrace, type Shaping, shapeArrivals, shapeCounts, splitTrace } from '../../workload/shape.js';
import { parseWhole } from '../inputs/flag-values.js';
import { type CliIo, pathFrom } from '../io/io.js';
import type { ImportFlags } from './flags.js';
import { writeTraces } from './output.js';

const LOG_INTERVAL = '1s';
const TRACE_SUFFIX = /\.csv$/i;

interface ImportOptions extends Shaping {
  readonly intervalMs: number | undefined;
  readonly seed: number;
  readonly split: number | undefined;
}

/** Reads a recording, shapes it and writes it as one trace, or as a planning and a serving part. */
export async function importTrace(file: string, flags: ImportFlags, io: CliIo): Promise<void> {
  const options = optionsOf(flags);
  const shaped = shapedTrace(pathFrom(io, file), flags, options);
  const parts =
    options.split === undefined ? [{ suffix: '', trace: shaped }] : halves(splitTrace(shaped, options.split));
  await writeTraces(
    parts.map(({ suffix, trace }) => ({ path: suffixed(flags.output, suffix), source: trace.open() })),
    { io, json: flags.json === true },
  );
}

function optionsOf(flags: ImportFlags): ImportOptions {
  const problems = new Problems();
  const duration = (text: string | undefined, flag: string) =>
    text === undefined ? undefined : problems.attempt(() => parseDuration(text, flag));
  const intervalMs = duration(flags.interval ?? (flags.log || flags.spread ? LOG_INTERVAL : undefined), '--interval');
  const fromMs = duration(flags.from, '--from');
  const toMs = duration(flags.to, '--to');
  const windowMs = duration(flags.peakWindow, '--peak-window');
  const { peak, split } = flags;
  const rateQps = peak === undefined ? undefined : problems.attempt(() => parseRate(peak, '--peak'));
  const share = split === undefined ? undefined : problems.attempt(() => parsePercent(split, '--split'));
  const seed = problems.attempt(() => parseWhole(flags.seed, '--seed', 0));

  if (flags.log && flags.counts) problems.add('--log and --counts name two kinds of file, must be one of them');
  if (flags.counts && !flags.interval) problems.add('--interval is missing, must say how long each row of --counts is');
  if (flags.interval && !flags.counts && !flags.log && !flags.spread) {
    problems.add('--interval says where to place arrivals anew, must come with --counts, --log or --spread');
  }
  if (flags.counts && flags.column) problems.add('--column names instants, must not be given with --counts');
  if (intervalMs !== undefined && usFromMs(intervalMs) < 1)
    problems.add(`--interval = ${flags.interval}, must be longer`);
  if (windowMs !== undefined && usFromMs(windowMs) < 1)
    problems.add(`--peak-window = ${flags.peakWindow}, must be longer`);
  if (rateQps === 0) problems.add(`--peak = ${peak}, must be above 0`);
  if (toMs !== undefined && toMs <= (fromMs ?? 0)) problems.add(`--to = ${flags.to}, must be after --from`);
  if (share === 0 || share === 1) problems.add(`--split = ${split}, must be between 0% and 100%`);
  problems.throwIfAny('FLAG');
  const shaping = { fromMs, toMs, peak: rateQps === undefined ? undefined : { rateQps, windowMs: windowMs! } };
  return { ...shaping, intervalMs, split: share, seed: seed! };
}

function shapedTrace(path: string, flags: ImportFlags, options: ImportOptions): ShapedTrace {
  const intervalUs = options.intervalMs === undefined ? undefined : usFromMs(options.intervalMs);
  const spread = flags.spread ?? 'even';
  if (flags.counts !== undefined) {
    const counts = readCounts(path, { column: flags.counts, hasHeader: flags.header });
    return shapeCounts({ counts, intervalUs: intervalUs! }, { ...options, spread });
  }
  const sort = flags.sort === true;
  const trace = flags.log
    ? readAccessLog(path, { sort })
    : readTimestamps(path, {
        column: flags.column,
        hasHeader: flags.header,
        notation: flags.time === 'auto' ? undefined : (flags.time as TimeNotation),
        sort,
      });
  if (intervalUs === undefined) return shapeArrivals(trace, options);
  return shapeCounts(countsOfArrivals(trace.arrivalsUs, intervalUs), { ...options, spread });
}

function halves({ planning, serving }: { planning: ShapedTrace; serving: ShapedTrace }) {
  return [
    { suffix: '-planning', trace: planning },
    { suffix: '-serving', trace: serving },
  ];
}

function suffixed(path: string, suffix: string): string {
  return suffix === '' ? path : `${path.replace(TRACE_SUFFIX, '')}${suffix}.csv`;
}
