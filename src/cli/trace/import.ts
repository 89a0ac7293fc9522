import type { Problems } from '../../files/problems.js';
import { readAccessLog, readCounts, readTimestamps } from '../../files/trace/trace-import.js';
import { msFromS, usFromMs } from '../../units.js';
import { countsOfArrivals } from '../../workload/interval-counts.js';
import { type ShapedTrace, type Shaping, shapeArrivals, shapeCounts, splitTrace } from '../../workload/shape.js';
import { type CliIo, pathFrom } from '../io/io.js';
import type { ImportFlags } from './flags.js';
import { writeTraces } from './output.js';

const LOG_INTERVAL_MS = msFromS(1);
const TRACE_SUFFIX = /\.csv$/i;

interface ImportOptions extends Shaping {
  readonly intervalMs: number | undefined;
  readonly seed: number;
  readonly split: number | undefined;
}

/** Reads a recording, shapes it and writes it as one trace, or as a planning and a serving part. */
export async function importTrace(file: string, flags: ImportFlags, io: CliIo, problems: Problems): Promise<void> {
  const options = optionsOf(flags, problems);
  const shaped = shapedTrace(pathFrom(io, file), flags, options);
  const parts =
    options.split === undefined ? [{ suffix: '', trace: shaped }] : halves(splitTrace(shaped, options.split));
  await writeTraces(
    parts.map(({ suffix, trace }) => ({ path: suffixed(flags.output, suffix), source: trace.open() })),
    { io, json: flags.json },
  );
}

function optionsOf(flags: ImportFlags, problems: Problems): ImportOptions {
  const { fromMs, toMs, peakQps, peakWindowMs, split, seed, log, spread } = flags;
  if (toMs !== undefined && toMs <= (fromMs ?? 0)) problems.add('--to must be after --from');
  problems.throwIfAny('FLAG');
  const isSpread = log || spread !== undefined;
  const intervalMs = flags.intervalMs ?? (isSpread ? LOG_INTERVAL_MS : undefined);
  const peak = peakQps === undefined ? undefined : { rateQps: peakQps, windowMs: peakWindowMs };
  return { fromMs, toMs, peak, intervalMs, split, seed };
}

function shapedTrace(path: string, flags: ImportFlags, options: ImportOptions): ShapedTrace {
  const intervalUs = options.intervalMs === undefined ? undefined : usFromMs(options.intervalMs);
  const spread = flags.spread ?? 'even';
  if (flags.counts !== undefined) {
    const counts = readCounts(path, { column: flags.counts, hasHeader: flags.header });
    return shapeCounts({ counts, intervalUs: intervalUs! }, { ...options, spread });
  }
  const { sort } = flags;
  const trace = flags.log
    ? readAccessLog(path, { sort })
    : readTimestamps(path, {
        column: flags.column,
        hasHeader: flags.header,
        notation: flags.time === 'auto' ? undefined : flags.time,
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
