/** Writes a trace file block by block, as the arrivals come. */
import { closeSync, fsyncSync, realpathSync, renameSync, rmSync, statSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { InputError } from '../../errors.js';
import type { ArrivalSource } from '../../model/trace.js';
import { openFresh } from '../system/fresh-file.js';
import { shownPath } from '../system/read-text.js';
import { systemCode, systemProblem } from '../system/system-problem.js';
import { TRACE_HEADER } from './trace-file.js';

const BLOCK_ARRIVALS = 16_384;
const ZERO = 48;
const POINT = 46;
const NEWLINE = 10;
const US_DIGITS = 3;
/** Digits of the largest exact integer, the point and the end of the line. */
const LONGEST_ROW = 18;
const STOP_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** What was written. */
export interface WrittenTrace {
  readonly arrivals: number;
  readonly firstArrivalUs: number;
  readonly lastArrivalUs: number;
}

/**
 * Writes a source to its end under a temporary name in the same folder and renames it, so that no reader meets half a
 * trace; on failure, or when the process is stopped, the temporary file is removed. `onBlock` hears how many arrivals
 * are written.
 * Throws InputError `FILE` when the file cannot be written, `TRACE_EMPTY` when the source has no arrivals.
 */
export async function writeTraceFile(
  path: string,
  source: ArrivalSource,
  onBlock?: (arrivals: number) => void,
): Promise<WrittenTrace> {
  const shown = shownPath(path);
  const target = targetOf(path, shown);
  let temporary: string | undefined;
  let file: number | undefined;
  const discard = () => {
    if (file !== undefined) closeSync(file);
    file = undefined;
    if (temporary !== undefined) rmSync(temporary, { force: true });
  };
  const stop = (signal: NodeJS.Signals) => {
    discard();
    forgetSignals();
    process.kill(process.pid, signal); // now with its usual effect
  };
  const forgetSignals = () => {
    for (const signal of STOP_SIGNALS) process.removeListener(signal, stop);
  };
  for (const signal of STOP_SIGNALS) process.on(signal, stop);
  try {
    const fresh = openFresh(target);
    file = fresh.file;
    temporary = fresh.path;
    const written = await writeRows(source, {
      write: (bytes) => {
        if (file !== undefined) writeFully(file, bytes);
      },
      onBlock,
    });
    if (written.arrivals === 0) throw new InputError('TRACE_EMPTY', `${shown}: the trace would have no arrivals`);
    fsyncSync(file);
    closeSync(file);
    file = undefined;
    renameSync(fresh.path, target);
    return written;
  } catch (error) {
    discard();
    throw systemCode(error) === 'ENOENT' ? missingFolder(path, shown) : systemProblem(error, shown);
  } finally {
    forgetSignals();
  }
}

/** Writes header and rows; gives way to signals and timers between blocks. */
export async function writeRows(
  source: ArrivalSource,
  { write, onBlock }: { write: (bytes: Uint8Array) => void; onBlock?: ((arrivals: number) => void) | undefined },
): Promise<WrittenTrace> {
  const block = new Float64Array(BLOCK_ARRIVALS);
  const bytes = Buffer.allocUnsafe(BLOCK_ARRIVALS * LONGEST_ROW);
  let arrivals = 0;
  let firstArrivalUs = 0;
  let lastArrivalUs = 0;
  write(Buffer.from(`${TRACE_HEADER}\n`));
  for (let count = source.read(block); count > 0; count = source.read(block)) {
    write(bytes.subarray(0, formatRows(block, count, bytes)));
    if (arrivals === 0) firstArrivalUs = block[0]!;
    arrivals += count;
    lastArrivalUs = block[count - 1]!;
    onBlock?.(arrivals);
    await new Promise((resume) => setImmediate(resume));
  }
  return { arrivals, firstArrivalUs, lastArrivalUs };
}

/** Whole microseconds as milliseconds with as few decimals as say the same; returns how many bytes were used. */
function formatRows(block: Float64Array, count: number, bytes: Uint8Array): number {
  let at = 0;
  for (let i = 0; i < count; i++) {
    let rest = block[i]!;
    const first = at;
    // Digits from the right, turned round at the end; zeros at the end of the fraction are left out.
    let isSignificant = false;
    for (let digits = 0; digits <= US_DIGITS || rest > 0; digits++) {
      if (digits === US_DIGITS && isSignificant) bytes[at++] = POINT;
      if (digits >= US_DIGITS) isSignificant = true;
      const higher = Math.floor(rest / 10);
      const digit = rest - higher * 10;
      rest = higher;
      if (digit !== 0) isSignificant = true;
      if (isSignificant) bytes[at++] = ZERO + digit;
    }
    bytes.subarray(first, at).reverse();
    bytes[at++] = NEWLINE;
  }
  return at;
}

function writeFully(file: number, bytes: Uint8Array): void {
  for (let done = 0; done < bytes.length; ) done += writeSync(file, bytes, done, bytes.length - done);
}

/** Where a symbolic link leads, so that the link stays. A folder, a pipe or a device is refused. */
function targetOf(path: string, shown: string): string {
  try {
    const target = realpathSync(path);
    const present = statSync(target);
    if (present.isDirectory()) throw new InputError('FILE', `${shown}: is a folder, must be a file`);
    if (!present.isFile()) throw new InputError('FILE', `${shown}: is not a plain file, must be one`);
    return target;
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return path;
    throw systemProblem(error, shown);
  }
}

function missingFolder(path: string, shown: string): InputError {
  return new InputError(
    'FILE',
    `${shown}: its folder does not exist`,
    `Create it: mkdir -p ${shownPath(dirname(path))}`,
  );
}
