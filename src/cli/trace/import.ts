import type { Problems } from '../../files/problems.js';
import { openAccessLog } from '../../files/recording/access-log.js';
import type { SkippedRows } from '../../files/recording/bad-rows.js';
import { readCounts } from '../../files/recording/count-columns.js';
import { collected, type RecordedArrivals } from '../../files/recording/instant-source.js';
import { readPrometheus } from '../../files/recording/prometheus.js';
import { openTimestamps } from '../../files/recording/timestamps.js';
import { STANDARD_STREAM } from '../../files/system/standard-input.js';
import type { ArrivalSource } from '../../model/trace.js';
import { formatDoubledTimes, formatResolution, formatSkippedRows } from '../../report/import-report.js';
import { msFromS, usFromMs } from '../../units.js';
import { hiddenBursts } from '../../workload/count-dispersion.js';
import { countsOfArrivals, type IntervalCounts } from '../../workload/interval-counts.js';
import { cutSource } from '../../workload/reshape.js';
import { type ShapedTrace, type Shaping, shapeArrivals, shapeCounts, splitTrace } from '../../workload/shape.js';
import { type CliIo, pathFrom } from '../io/io.js';
import type { ImportFlags } from './flags.js';
import { writeTraces } from './output.js';

const SECOND_MS = msFromS(1);
const TRACE_SUFFIX = /\.csv$/i;

/** A recording, ready to be written: as a whole, or read while it is written. */
interface Imported {
  readonly trace: ShapedTrace | ArrivalSource;
  /** Known once the trace has been read to its end. */
  remarks(): readonly string[];
  close(): void;
}

/** Reads a recording, shapes it and writes it as one trace, or as a planning and a serving part. */
export async function importTrace(file: string, flags: ImportFlags, io: CliIo, problems: Problems): Promise<void> {
  const shaping = shapingOf(flags, problems);
  const path = file === STANDARD_STREAM ? file : pathFrom(io, file);
  const imported = hasCounts(flags) ? counts(path, flags, shaping) : instants(path, flags, shaping);
  try {
    await writeTraces(partsOf(imported.trace, flags), { io, json: flags.json });
    for (const remark of [...imported.remarks(), ...zoneRemarks(flags)]) io.stderr(`warning: ${remark}\n`);
  } finally {
    imported.close();
  }
}

function shapingOf(flags: ImportFlags, problems: Problems): Shaping {
  const { fromMs, toMs, peakQps, peakWindowMs, split, output, spread } = flags;
  if (toMs !== undefined && toMs <= (fromMs ?? 0)) problems.add('--to must be after --from');
  if (split !== undefined && output === STANDARD_STREAM) problems.add('--split writes two files: -o must name a file');
  if (hasCounts(flags) && spread === 'none')
    problems.add('--spread none cannot be combined with --counts, --rates or --prometheus: choose poisson or even');
  if (spread === 'none' && flags.intervalMs !== undefined)
    problems.add('--interval cannot be combined with --spread none');
  problems.throwIfAny('FLAG');
  const peak = peakQps === undefined ? undefined : { rateQps: peakQps, windowMs: peakWindowMs };
  return { fromMs, toMs, peak };
}

function hasCounts({ counts, rates, prometheus }: ImportFlags): boolean {
  return counts !== undefined || rates !== undefined || prometheus !== undefined;
}

function rowOptions({ header, separator, where, timeZone, skipBad, time, field }: ImportFlags) {
  const notation = time === 'auto' ? undefined : time;
  return { hasHeader: header, separator, where, timeZone, skipBad, notation, isField: field !== undefined };
}

function counts(path: string, flags: ImportFlags, shaping: Shaping): Imported {
  const { seed } = flags;
  const read = readIntervals(path, flags);
  const recorded = { counts: read.counts, intervalUs: read.intervalUs };
  const spread = flags.spread === 'even' ? 'even' : 'poisson';
  return {
    trace: shapeCounts(recorded, { ...shaping, spread, seed }),
    remarks: () => [...skippedRemarks(read.skipped), ...read.notes, ...hiddenRemarks(recorded, flags)],
    close() {},
  };
}

function readIntervals(path: string, flags: ImportFlags) {
  const { counts: column, rates, prometheus: kind, intervalMs, fillGaps, maxRateQps, where, skipBad } = flags;
  const intervalUs = intervalMs === undefined ? undefined : usFromMs(intervalMs);
  if (kind !== undefined) return readPrometheus(path, { kind, intervalUs, where, fillGaps, maxRateQps, skipBad });
  const read = readCounts(path, {
    ...rowOptions(flags),
    column: (column ?? rates)!,
    isRate: rates !== undefined,
    intervalUs: intervalUs!,
    timeColumn: flags.field ?? flags.column,
    sort: flags.sort,
    fillGaps,
    maxRateQps,
  });
  return { ...read, intervalUs: intervalUs! };
}

function instants(path: string, flags: ImportFlags, shaping: Shaping): Imported {
  const { log, sort, timeZone, skipBad, seed, path: paths, status: statuses } = flags;
  const opened = log ? openAccessLog(path, { sort, timeZone, skipBad, paths, statuses }) : undefined;
  const column = opened === undefined ? openColumn(path, flags) : undefined;
  const arrivals = (opened ?? column)!.arrivals;
  const spread = flags.spread ?? (opened?.hasWholeSeconds || flags.intervalMs !== undefined ? 'poisson' : 'none');
  const notes = column?.notes ?? [];
  const close = () => arrivals.close();
  // Before a file is written: from then on Ctrl-C and SIGTERM are heard only between blocks.
  arrivals.load();
  if (spread === 'none') {
    const remarks = () => [...skippedRemarks(arrivals.skipped), ...notes, ...sharedRemarks(arrivals)];
    return { trace: shaped(arrivals, shaping, flags), remarks, close };
  }
  const intervalUs = usFromMs(flags.intervalMs ?? SECOND_MS);
  const recorded = countsOfArrivals(arrivals, intervalUs);
  return {
    trace: shapeCounts(recorded, { ...shaping, spread, seed }),
    remarks: () => [...skippedRemarks(arrivals.skipped), ...notes, ...hiddenRemarks(recorded, flags)],
    close,
  };
}

function openColumn(path: string, flags: ImportFlags) {
  const { durationColumn, durationUnit, sort } = flags;
  const column = flags.field ?? flags.column;
  const duration = durationColumn === undefined ? undefined : { column: durationColumn, unit: durationUnit };
  return openTimestamps(path, { ...rowOptions(flags), column, duration, sort });
}

/** Read while it is written, unless its peak or its end must be known first. */
function shaped(arrivals: RecordedArrivals, shaping: Shaping, { split }: ImportFlags): ShapedTrace | ArrivalSource {
  const { fromMs = 0, toMs, peak } = shaping;
  if (peak !== undefined || split !== undefined) return shapeArrivals({ arrivalsUs: collected(arrivals) }, shaping);
  const toUs = toMs === undefined ? Number.POSITIVE_INFINITY : usFromMs(toMs);
  return fromMs === 0 && toMs === undefined ? arrivals : cutSource(arrivals, { fromUs: usFromMs(fromMs), toUs });
}

function partsOf(trace: ShapedTrace | ArrivalSource, { output, split }: ImportFlags) {
  if (!('open' in trace)) return [{ path: output, source: trace }];
  if (split === undefined) return [{ path: output, source: trace.open() }];
  const { planning, serving } = splitTrace(trace, split);
  const base = output.replace(TRACE_SUFFIX, '');
  return [
    { path: `${base}-planning.csv`, source: planning.open() },
    { path: `${base}-serving.csv`, source: serving.open() },
  ];
}

function skippedRemarks(skipped: SkippedRows): readonly string[] {
  return skipped.count === 0 ? [] : [formatSkippedRows(skipped)];
}

/** Local times that the zone has twice. */
function zoneRemarks({ timeZone }: ImportFlags): readonly string[] {
  return timeZone === undefined || timeZone.doubled === 0 ? [] : [formatDoubledTimes(timeZone)];
}

/** What the intervals hide, unless the objective is longer than they are. */
function hiddenRemarks(recorded: IntervalCounts, { sloMs, spread }: ImportFlags): readonly string[] {
  const { intervalUs } = recorded;
  const sloUs = sloMs === undefined ? undefined : usFromMs(sloMs);
  if (sloUs !== undefined && sloUs >= intervalUs) return [];
  const bursts = hiddenBursts(recorded, sloUs ?? intervalUs);
  return [formatResolution({ intervalUs, sloUs, spread: spread === 'even' ? 'even' : 'poisson', bursts })];
}

function sharedRemarks({ clock }: RecordedArrivals): readonly string[] {
  if (!clock.isWholeSeconds || clock.shared === 0) return [];
  return [
    `instants are whole seconds and ${clock.shared.toLocaleString('en-US')} arrivals share one with another: ` +
      'place them within their second with --spread poisson',
  ];
}
