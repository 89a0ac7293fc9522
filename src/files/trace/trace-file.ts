/**
 * The trace file: a CSV with one column, `arrival_ms`, and one arrival per row. Arrivals do not decrease. They are
 * milliseconds from the trace's start, rounded half up to whole microseconds. A column of digits needs no CSV parser:
 * the rows are read exactly, straight from the bytes.
 */
import { InputError } from '../../errors.js';
import type { ArrivalSource, ArrivalTrace } from '../../model/trace.js';
import { Problems } from '../problems.js';
import { shownPath } from '../system/read-text.js';
import { openBytes } from './trace-bytes.js';
import { offeredBytes, parseRow, ROW_FAULTS } from './trace-row.js';

export const TRACE_HEADER = 'arrival_ms';

const BUFFER_BYTES = 1 << 18;
const BLOCK_ARRIVALS = 1 << 16;
/** Half a gibibyte. */
const MOST_HELD = 2 ** 26;
const NEWLINE = 10;
const RETURN = 13;
const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf];

/** Reads a trace into memory. Throws InputError `TRACE_FILE` with every broken row or for too many, or `FILE`. */
export function readTraceFile(path: string): ArrivalTrace {
  const source = openTraceFile(path);
  try {
    let arrivalsUs = new Float64Array(BLOCK_ARRIVALS);
    let length = 0;
    for (;;) {
      const count = source.read(arrivalsUs.subarray(length));
      if (count === 0) return { arrivalsUs: arrivalsUs.slice(0, length) };
      length += count;
      if (length > MOST_HELD) {
        const most = MOST_HELD.toLocaleString('en-US');
        throw new InputError(
          'TRACE_FILE',
          `${shownPath(path)}: has more than ${most} arrivals, must have at most that many to be held in memory`,
        );
      }
      if (length === arrivalsUs.length) {
        const larger = new Float64Array(2 * length);
        larger.set(arrivalsUs);
        arrivalsUs = larger;
      }
    }
  } finally {
    source.close();
  }
}

/**
 * Opens a trace to read it block by block, in flat memory. The header is checked here, a row when it is read. At the
 * first broken row the rest of the file is checked too, and one InputError names all broken rows.
 */
export function openTraceFile(path: string): ArrivalSource & { close(): void } {
  const shown = shownPath(path);
  const bytes = openBytes(path);
  const buffer = new Uint8Array(BUFFER_BYTES);
  const problems = new Problems();
  let start = 0;
  let end = 0;
  let line = 0;
  let lastUs = 0;
  let arrivals = 0;
  let hasEnded = false;

  /** Keeps unused bytes and reads more behind them; false at the end of the file. */
  const refill = (): boolean => {
    buffer.copyWithin(0, start, end);
    end -= start;
    start = 0;
    const count = end < buffer.length ? bytes.read(buffer, end) : 0;
    end += count;
    return count > 0;
  };

  /** End of the next line; -1 after the last. Refills the buffer as needed. */
  const findLine = (): number => {
    for (let from = start; ; ) {
      const found = buffer.indexOf(NEWLINE, from);
      if (found !== -1 && found < end) return found;
      from = end - start;
      if (!refill()) return end > start ? end : -1;
    }
  };

  const readHeader = () => {
    const lineEnd = findLine();
    if (lineEnd === -1) throw headerProblem(`${shown}: is empty, must begin with the header ${TRACE_HEADER}`);
    if (BYTE_ORDER_MARK.every((byte, i) => buffer[start + i] === byte)) start += BYTE_ORDER_MARK.length;
    const textEnd = withoutReturn(lineEnd);
    const header = Buffer.from(buffer.subarray(start, textEnd)).toString('latin1').trim();
    if (header !== TRACE_HEADER) {
      const offered = offeredBytes(buffer, start, textEnd);
      throw headerProblem(`${shown}:1: header = ${offered}, must be ${TRACE_HEADER}`);
    }
    start = Math.min(end, lineEnd + 1);
    line = 1;
  };

  const withoutReturn = (lineEnd: number) =>
    lineEnd > start && buffer[lineEnd - 1] === RETURN ? lineEnd - 1 : lineEnd;

  /** The arrival on the line up to `lineEnd`, in microseconds. A broken line gives -1 and a problem. */
  const takeRow = (lineEnd: number): number => {
    const textEnd = withoutReturn(lineEnd);
    const arrivalUs = parseRow(buffer, start, textEnd);
    if (arrivalUs >= lastUs) {
      lastUs = arrivalUs;
      return arrivalUs;
    }
    const offered = offeredBytes(buffer, start, textEnd);
    if (arrivalUs < 0) {
      problems.add(`${shown}:${line}: ${TRACE_HEADER} = ${offered}, ${ROW_FAULTS}`);
    } else {
      problems.add(`${shown}:${line}: ${TRACE_HEADER} = ${offered}, must not be before the row above`);
      lastUs = arrivalUs; // one descent is one problem, whatever the rows after it
    }
    return -1;
  };

  const read = (block: Float64Array): number => {
    let filled = 0;
    while (!hasEnded && (filled < block.length || problems.count > 0)) {
      const lineEnd = findLine();
      if (lineEnd === -1) {
        hasEnded = true;
        break;
      }
      line++;
      if (problems.isFull) break;
      const isLast = lineEnd === end;
      const arrivalUs = takeRow(lineEnd);
      if (arrivalUs >= 0 && problems.count === 0) block[filled++] = arrivalUs;
      start = isLast ? end : lineEnd + 1;
    }
    problems.throwIfAny('TRACE_FILE', problems.count > 0 ? IMPORT_HINT : undefined);
    arrivals += filled;
    if (hasEnded && arrivals === 0) {
      throw new InputError('TRACE_FILE', `${shown}: has no rows, must have at least one arrival`);
    }
    return filled;
  };

  try {
    readHeader();
  } catch (error) {
    bytes.close();
    throw error;
  }
  return { read, close: () => bytes.close() };
}

const IMPORT_HINT = 'Convert other notations with: infer-plan trace import FILE -o TRACE';

function headerProblem(problem: string): InputError {
  return new InputError('TRACE_FILE', problem, IMPORT_HINT);
}
