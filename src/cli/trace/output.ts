import { InputError } from '../../errors.js';
import { shownPath } from '../../files/system/read-text.js';
import { writeRows, writeTraceFile } from '../../files/trace/trace-writer.js';
import type { ArrivalSource } from '../../model/trace.js';
import { formatWrittenTraces, writtenTracesJson } from '../../report/trace-report.js';
import { msFromUs } from '../../units.js';
import { type CliIo, pathFrom, reportStyle } from '../io/io.js';
import { isStandardOutput } from '../io/output-file.js';

/** About a fifth of a second of drawing and writing. */
const ARRIVALS_PER_TICK = 1 << 20;
const ERASE_LINE = '\r\u001b[K';

/** Writes traces one after another and prints what was written; on a terminal, long ones show how far they are. */
export async function writeTraces(
  traces: readonly { readonly path: string; readonly source: ArrivalSource }[],
  { io, json }: { io: CliIo; json: boolean },
): Promise<void> {
  const written = [];
  for (const { path, source } of traces) {
    if (isStandardOutput(path)) {
      await printTrace(source, io);
      continue;
    }
    const target = pathFrom(io, path);
    const progress = progressOf(io);
    const { arrivals, firstArrivalUs, lastArrivalUs } = await writeTraceFile(target, source, progress.tell).finally(
      progress.end,
    );
    written.push({
      path: shownPath(target),
      arrivals,
      firstArrivalMs: msFromUs(firstArrivalUs),
      lastArrivalMs: msFromUs(lastArrivalUs),
    });
  }
  if (written.length > 0) io.stdout(json ? writtenTracesJson(written) : formatWrittenTraces(written, reportStyle(io)));
}

/** Writes a trace to standard output. Throws InputError `TRACE_EMPTY` when there is no arrival. */
export async function printTrace(source: ArrivalSource, io: CliIo): Promise<void> {
  const decoder = new TextDecoder();
  const { arrivals } = await writeRows(source, { write: (bytes) => io.stdout(decoder.decode(bytes)) });
  if (arrivals === 0) throw new InputError('TRACE_EMPTY', 'the trace would have no arrivals');
}

/** One line on standard error that is written over as a long task goes on, and removed at its end. */
export function progressOf(io: CliIo) {
  let next = io.isTerminal ? 4 * ARRIVALS_PER_TICK : Number.POSITIVE_INFINITY;
  let isShown = false;
  return {
    tell(arrivals: number) {
      if (arrivals < next) return;
      next = arrivals + ARRIVALS_PER_TICK;
      isShown = true;
      io.stderr(`${ERASE_LINE}${arrivals.toLocaleString('en-US')} queries …`);
    },
    end() {
      if (isShown) io.stderr(ERASE_LINE);
    },
  };
}
