/** Instants recorded elsewhere: a column of a CSV file, or a field of JSON lines. */
import { InputError } from '../../errors.js';
import { formatOffered } from '../../model/notation/offered-value.js';
import type { ArrivalTrace } from '../../model/trace.js';
import { BadRows } from './bad-rows.js';
import { arrivalsOf, collected, type Instants, type RecordedArrivals } from './instant-source.js';
import { openRecording } from './open-recording.js';
import type { Recording, RecordingOptions } from './recording.js';
import {
  guessNotation,
  hasLengthOf,
  isFromStart,
  isSkippedTime,
  parseDurationUs,
  parseInstantUs,
  TIME_NOTATIONS,
  type TimeNotation,
  unitInName,
} from './time/instant-notation.js';
import { skippedIn, type TimeZone } from './time/time-zone.js';

const NUMBER = /^[+-]?[\d.]+(?:[eE][+-]?\d+)?$/;
const DECIMAL_COMMA = /^\d+,\d+$/;
const LONGEST_SHOWN = 60;

export interface TimestampOptions extends RecordingOptions {
  /** Column of the instants; the first unless said. */
  readonly column?: string | undefined;
  /** Undefined: the first cell decides. */
  readonly notation?: TimeNotation | undefined;
  /** Of instants without one; UTC unless said. */
  readonly timeZone?: TimeZone | undefined;
  /** A column that is subtracted: the instants are ends. Its unit is in its name unless said. */
  readonly duration?: { readonly column: string; readonly unit?: 's' | 'ms' | 'us' | undefined } | undefined;
  /** Puts an unsorted recording in order instead of refusing it. */
  readonly sort: boolean;
  /** Leaves rows out that cannot be read. */
  readonly skipBad?: boolean;
}

/** Arrivals, and what a user should know about how the recording was read. */
export interface ImportedInstants {
  readonly arrivals: RecordedArrivals;
  readonly notes: readonly string[];
}

/**
 * Opens a column of instants. Instants on a calendar are counted from the first; those that count from the trace's
 * start are kept. Throws InputError `TRACE_IMPORT`, here or in reading, or `FILE`.
 */
export function openTimestamps(path: string, options: TimestampOptions): ImportedInstants {
  const recording = openRecording(path, options);
  try {
    const instants = instantsOf(recording, options);
    const bad = new BadRows(options.skipBad === true);
    return { arrivals: arrivalsOf(instants, { bad, sort: options.sort }), notes: recording.notes };
  } catch (error) {
    recording.close();
    throw error;
  }
}

/** The same, read to its end. */
export function readTimestamps(path: string, options: TimestampOptions): ArrivalTrace {
  const { arrivals } = openTimestamps(path, options);
  try {
    return { arrivalsUs: collected(arrivals) };
  } finally {
    arrivals.close();
  }
}

function instantsOf(recording: Recording, options: TimestampOptions): Instants {
  const { shown } = recording;
  const { timeZone, duration } = options;
  const index = recording.find(
    options.column,
    options.isField || options.column === undefined ? '--field' : '--column',
  );
  const column = recording.columns[index]!;
  refuseInstantAsHeader(recording, column, options);
  const durationIndex = duration === undefined ? undefined : recording.find(duration.column, '--duration-column');
  const durationName = durationIndex === undefined ? '' : recording.columns[durationIndex]!;
  const unit = duration?.unit ?? unitInName(durationName);
  if (duration !== undefined && unit === undefined) {
    throw new InputError(
      'TRACE_IMPORT',
      `${shown}: the unit of ${durationName} is unknown`,
      'Name it with --duration-unit s, ms or us.',
    );
  }
  const rows = recording.rows(durationIndex === undefined ? [index] : [index, durationIndex]);
  let { notation } = options;
  let instantUs: number | undefined;
  let problem: string | undefined;

  const place = () => `${rows.where}: ${column} = ${shownCell(rows.cells[0] ?? '')}`;

  /** End less duration; undefined, with a problem, where there is none. */
  const start = (endUs: number): number | undefined => {
    const cell = rows.cells[1] ?? '';
    const durationUs = parseDurationUs(cell, unit!);
    const startUs = durationUs === undefined ? undefined : endUs - durationUs;
    if (startUs !== undefined && (startUs >= 0 || !isFromStart(notation!))) return startUs;
    const allowed = durationUs === undefined ? `a duration (${unit})` : 'at most the time since the start';
    problem = `${durationName} = ${shownCell(cell)}, must be ${allowed}`;
    return undefined;
  };

  return {
    next() {
      if (!rows.next()) return false;
      problem = rows.fault;
      instantUs = undefined;
      if (problem !== undefined) return true;
      const cell = rows.cells[0] ?? '';
      notation ??= guessNotation(cell, column);
      if (notation === undefined && !options.skipBad) throw unknownNotation(place(), recording.advice);
      const isOdd = notation !== options.notation && notation !== undefined && !hasLengthOf(cell, notation);
      instantUs = notation === undefined || isOdd ? undefined : parseInstantUs(cell, notation, timeZone);
      if (instantUs !== undefined && durationIndex !== undefined) instantUs = start(instantUs);
      return true;
    },
    get instantUs() {
      return instantUs;
    },
    get isFromStart() {
      return notation !== undefined && isFromStart(notation);
    },
    place,
    problem() {
      if (problem !== undefined) return `${rows.where}: ${problem}`;
      if (isSkippedTime(rows.cells[0] ?? '', notation, timeZone)) return `${place()}, ${skippedIn(timeZone!)}`;
      const kind = notation === undefined ? '' : ` (${notation})`;
      return `${place()}, must be an instant${kind}${DECIMAL_COMMA.test(rows.cells[0] ?? '') ? ' with a decimal point' : ''}`;
    },
    shown,
    ...(options.where !== undefined && { rowsName: 'rows that --where chooses' }),
    close: () => recording.close(),
  };
}

/** Throws InputError where the name of the column is an instant itself: the first row is then lost as a header. */
function refuseInstantAsHeader(
  { shown, hasHeaderRow }: Recording,
  column: string,
  { notation, timeZone }: TimestampOptions,
): void {
  const own = notation ?? guessNotation(column, '');
  if (!hasHeaderRow || own === undefined || parseInstantUs(column, own, timeZone) === undefined) return;
  throw new InputError(
    'TRACE_IMPORT',
    `${shown}:1: header = ${shownCell(column)}, must be the name of a column, but is an instant`,
    'Add --no-header where the first row is an arrival.',
  );
}

/** A cell as a problem line shows it: a number as it stands, since nobody takes it for text. */
export function shownCell(cell: string): string {
  return NUMBER.test(cell) ? cell.slice(0, LONGEST_SHOWN) : formatOffered(cell);
}

function unknownNotation(offered: string, advice: string | undefined): InputError {
  return new InputError(
    'TRACE_IMPORT',
    `${offered}, must be an instant whose notation can be told`,
    advice ?? `Name it with --time (${TIME_NOTATIONS.join(', ')}), and the column with --column.`,
  );
}
