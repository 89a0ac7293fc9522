/**
 * Reads a server's answer and trusts nothing. A missing piece, or one of another type, is a backend failure, never a
 * default.
 */
import { failure, quoted } from './failure.js';

/** A piece of an answer and how to name it in an error. */
export interface Piece {
  readonly value: unknown;
  /** Where the answer came from, then the keys to this piece. */
  readonly place: string;
}

export function piece(value: unknown, place: string): Piece {
  return { value, place };
}

/** The piece under a key. Throws BackendError `BACKEND_ANSWER` when `of` is no mapping or lacks the key. */
export function under(of: Piece, key: string): Piece {
  const record = mappingOf(of);
  if (!Object.hasOwn(record, key)) throw bad(of, `must have the key ${key}`);
  return { value: record[key], place: `${of.place}: ${key}` };
}

/** As `under`; undefined when the key is not there or null. */
export function maybeUnder(of: Piece, key: string): Piece | undefined {
  const record = mappingOf(of);
  const value = Object.hasOwn(record, key) ? record[key] : undefined;
  return value === undefined || value === null ? undefined : { value, place: `${of.place}: ${key}` };
}

export function mappingOf({ value, place }: Piece): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw bad({ value, place }, 'must be a mapping');
  return value as Record<string, unknown>;
}

export function listOf({ value, place }: Piece): readonly Piece[] {
  if (!Array.isArray(value)) throw bad({ value, place }, 'must be a list');
  return value.map((item: unknown, index) => ({ value: item, place: `${place}[${index}]` }));
}

export function textOf({ value, place }: Piece): string {
  if (typeof value !== 'string') throw bad({ value, place }, 'must be a text');
  return value;
}

/** A whole number from 0 up. */
export function countOf({ value, place }: Piece): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0)
    throw bad({ value, place }, 'must be a whole number ≥ 0');
  return value;
}

/** A finite number from 0 up. */
export function amountOf({ value, place }: Piece): number {
  if (typeof value !== 'number' || !Number.isFinite(value) || value < 0)
    throw bad({ value, place }, 'must be a number ≥ 0');
  return value;
}

function bad({ value, place }: Piece, what: string): Error {
  return failure('BACKEND_ANSWER', { place, what: `${what}, is ${quoted(shown(value))}` });
}

/** A parser takes lists nested more deeply than a writer can: only their kind is shown. */
function shown(value: unknown): string {
  try {
    return JSON.stringify(value) ?? 'undefined';
  } catch {
    return Array.isArray(value) ? 'a list' : 'a mapping';
  }
}
