import { traceStatistics } from '../../envelope/trace-statistics.js';
import type { Problems } from '../../files/problems.js';
import { shownPath } from '../../files/system/read-text.js';
import { STANDARD_STREAM } from '../../files/system/standard-input.js';
import { openTraceFile } from '../../files/trace/trace-file.js';
import { formatTraceInfo, traceInfoJson } from '../../report/trace-report.js';
import { type CliIo, pathFrom, reportStyle } from '../io/io.js';
import type { InfoFlags } from './flags.js';
import { progressOf } from './output.js';

/** Reads a trace once and prints what it looks like. */
export function traceInfo(file: string, flags: InfoFlags, io: CliIo, problems: Problems): void {
  problems.throwIfAny('FLAG');
  const path = file === STANDARD_STREAM ? file : pathFrom(io, file);
  const source = openTraceFile(path);
  const progress = progressOf(io);
  try {
    const statistics = traceStatistics(source, { smallestWindowMs: flags.windowMs, onBlock: progress.tell });
    progress.end();
    const style = reportStyle(io);
    io.stdout(
      flags.json ? traceInfoJson(shownPath(path), statistics) : formatTraceInfo(shownPath(path), statistics, style),
    );
  } finally {
    source.close();
  }
}
