import { traceStatistics } from '../../envelope/trace-statistics.js';
import { InputError } from '../../errors.js';
import { shownPath } from '../../files/system/read-text.js';
import { openTraceFile } from '../../files/trace/trace-file.js';
import { parseDuration } from '../../model/notation/quantity.js';
import { formatTraceInfo, traceInfoJson } from '../../report/trace-report.js';
import { type CliIo, pathFrom } from '../io/io.js';
import type { InfoFlags } from './flags.js';
import { progressOf } from './output.js';

/** Reads a trace once and prints what it looks like. */
export function traceInfo(file: string, flags: InfoFlags, io: CliIo): void {
  const path = pathFrom(io, file);
  const smallestWindowMs = parseDuration(flags.window, '--window');
  if (smallestWindowMs === 0) throw new InputError('FLAG', '--window = 0s, must be longer');
  const source = openTraceFile(path);
  const progress = progressOf(io);
  try {
    const statistics = traceStatistics(source, { smallestWindowMs, onBlock: progress.tell });
    progress.end();
    const style = { terminal: io.isTerminal, color: io.color };
    io.stdout(
      flags.json ? traceInfoJson(shownPath(path), statistics) : formatTraceInfo(shownPath(path), statistics, style),
    );
  } finally {
    source.close();
  }
}
