/** Arrivals from the instants of a recording, block by block, in flat memory unless they must be sorted. */
import { InputError } from '../../errors.js';
import type { ArrivalSource } from '../../model/trace.js';
import { msFromS, usFromMs } from '../../units.js';
import type { BadRows, SkippedRows } from './bad-rows.js';

/** The instants of a recording, one after the other. */
export interface Instants {
  /** Moves on to the next; false after the last. */
  next(): boolean;
  /** In microseconds; undefined where the row does not say. */
  readonly instantUs: number | undefined;
  /** Whether instants count from the trace's start; otherwise from the first of them. Known after the first instant. */
  readonly isFromStart: boolean;
  /** The present row as the beginning of a problem line: `trace.csv:3: time = 5`. */
  place(): string;
  /** The problem line of a row without an instant. */
  problem(): string;
  readonly shown: string;
  /** How to read the recording, where its rows show that it is of another kind. */
  readonly hint?: string | undefined;
  /** What the rows are called, where some may not count. */
  readonly rowsName?: string;
  close(): void;
}

export interface RecordedArrivals extends ArrivalSource {
  /** Reads and sorts what must be sorted, which takes long; reading does it otherwise. */
  load(): void;
  readonly skipped: SkippedRows;
  /** What the instants read so far show of the clock that made them. */
  readonly clock: RecordedClock;
  close(): void;
}

export interface RecordedClock {
  /** Every instant is a whole second. */
  readonly isWholeSeconds: boolean;
  /** Arrivals at the same instant as the one before. */
  readonly shared: number;
}

const FIRST_SIZE = 4096;
/** A recording may have no end. This is a day at 1157 queries per second. */
export const MOST_ARRIVALS = 100_000_000;
/** Half a gibibyte. */
const MOST_HELD = 2 ** 26;
/** Where none of so many rows can be read, none will. */
const MOST_SKIPPED_FIRST = 1_000_000;
const SECOND_US = usFromMs(msFromS(1));

/**
 * Arrivals in whole microseconds. Reading throws InputError `TRACE_IMPORT` with every bad row, and with every row that
 * is before the one above, unless `sort`. Sorting needs 16 bytes an arrival.
 */
export function arrivalsOf(instants: Instants, { bad, sort }: { bad: BadRows; sort: boolean }): RecordedArrivals {
  let firstUs: number | undefined;
  let previousUs = Number.NEGATIVE_INFINITY;
  let isUnsorted = false;
  let isWholeSeconds = true;
  let shared = 0;
  let arrivals = 0;
  let sorted: { readonly arrivalsUs: Float64Array; next: number } | undefined;

  /** Fills the front of a block with instants; returns how many. */
  const fill = (block: Float64Array): number => {
    let filled = 0;
    while (filled < block.length && instants.next()) {
      const { instantUs } = instants;
      if (instantUs === undefined) {
        bad.add(instants.problem());
        if (previousUs === Number.NEGATIVE_INFINITY && bad.skipped.count >= MOST_SKIPPED_FIRST)
          throw emptyRecording(instants, bad.skipped);
        continue;
      }
      if (instantUs < previousUs && !sort) {
        isUnsorted = true;
        bad.refuse(`${instants.place()}, must not be before the row above`);
      }
      if (instantUs === previousUs) shared++;
      if (instantUs % SECOND_US !== 0) isWholeSeconds = false;
      previousUs = instantUs;
      if (++arrivals > MOST_ARRIVALS) throw tooManyArrivals(instants.shown, MOST_ARRIVALS);
      // From the first bad row on, the rest is read for its problems alone.
      if (!bad.isHopeless) block[filled++] = instantUs;
    }
    if (filled < block.length) {
      bad.throwIfAny(isUnsorted ? 'Sort them with --sort.' : instants.hint);
      if (previousUs === Number.NEGATIVE_INFINITY) throw emptyRecording(instants, bad.skipped);
    }
    return filled;
  };

  const countFrom = (block: Float64Array, count: number, fromUs: number) => {
    for (let i = 0; i < count; i++) block[i]! -= fromUs;
    return count;
  };

  const sortAll = () => {
    const blocks = growing(instants.shown);
    for (const block = new Float64Array(FIRST_SIZE); ; ) {
      const count = fill(block);
      blocks.add(block.subarray(0, count));
      if (count < block.length) break;
    }
    const arrivalsUs = blocks.values().sort();
    return { arrivalsUs, next: 0 };
  };

  const load = () => {
    if (sort) sorted ??= sortAll();
  };

  return {
    load,
    read(block) {
      load();
      if (sorted !== undefined) {
        const count = Math.min(block.length, sorted.arrivalsUs.length - sorted.next);
        block.set(sorted.arrivalsUs.subarray(sorted.next, sorted.next + count));
        sorted.next += count;
        return countFrom(block, count, instants.isFromStart ? 0 : sorted.arrivalsUs[0]!);
      }
      const count = fill(block);
      if (count === 0) return 0;
      firstUs ??= instants.isFromStart ? 0 : block[0]!;
      return countFrom(block, count, firstUs);
    },
    get skipped() {
      return bad.skipped;
    },
    get clock() {
      return { isWholeSeconds, shared };
    },
    close: () => instants.close(),
  };
}

/** All arrivals of a source. */
export function collected(source: ArrivalSource): Float64Array {
  const blocks = growing('the recording');
  const block = new Float64Array(FIRST_SIZE);
  for (let count = source.read(block); count > 0; count = source.read(block)) blocks.add(block.subarray(0, count));
  return blocks.values();
}

function emptyRecording({ shown, rowsName = 'rows' }: Instants, { count, first }: SkippedRows): InputError {
  if (count > 0) {
    return new InputError('TRACE_IMPORT', [
      `${shown}: every row was skipped, must have at least one arrival`,
      ...first,
    ]);
  }
  return new InputError('TRACE_IMPORT', `${shown}: has no ${rowsName}, must have at least one arrival`);
}

/** The refusal of a recording that has more arrivals than `most`. */
export function tooManyArrivals(shown: string, most: number, why = ''): InputError {
  const allowed = most.toLocaleString('en-US');
  return new InputError(
    'TRACE_IMPORT',
    `${shown}: has more than ${allowed} arrivals, must have at most that many${why}`,
    'Import it in parts, or --to leaves the rest out.',
  );
}

/** Numbers in a typed array that doubles. */
function growing(shown: string) {
  let numbers = new Float64Array(FIRST_SIZE);
  let length = 0;
  return {
    add(block: Float64Array) {
      while (length + block.length > numbers.length) {
        const larger = new Float64Array(2 * numbers.length);
        larger.set(numbers);
        numbers = larger;
      }
      numbers.set(block, length);
      length += block.length;
      if (length > MOST_HELD)
        throw tooManyArrivals(shown, MOST_HELD, ' where all are held in memory (--sort, --peak, --split)');
    },
    values: () => numbers.slice(0, length),
  };
}
