/**
 * One value of a YAML file with its place, and readers that check and convert it. A reader that finds a fault adds a
 * line to the file's problems and returns a placeholder (empty text, NaN, no items). Reading then goes on and finds the
 * other faults; `problems.throwIfAny` at the end keeps a placeholder out of every computation.
 */
import { InputError } from '../errors.js';
import { didYouMean } from '../model/notation/nearest-name.js';
import { formatNames, formatOffered } from '../model/notation/offered-value.js';
import { parseDuration } from '../model/notation/quantity.js';
import type { Problems } from './problems.js';

/** Keys and list indices from the root of the file. */
export type Path = readonly (string | number)[];

export interface EntryFile {
  readonly shownPath: string;
  readonly problems: Problems;
  lineOf(path: Path): number | undefined;
}

export interface Entry {
  readonly file: EntryFile;
  readonly path: Path;
  readonly value: unknown;
}

/** Value of a required key that is missing; the missing key is already a problem. */
const MISSING = Symbol('missing');

const MAX_TEXT_LENGTH = 300;
// biome-ignore lint/suspicious/noControlCharactersInRegex: the pattern finds control characters
const UNPRINTABLE = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/;
/** Keys at the root of a file for what its author shares by anchors: `x-defaults: &defaults`. */
const EXTENSION_KEY = /^x-/;
const BARE_KEY = /^[\w-]{1,60}$/;

export function entryAt(file: EntryFile, path: Path, value: unknown): Entry {
  return { file, path, value };
}

/** Adds a problem about a place in the file: `pipeline.yaml:12: stages[2].kind <rest>`. */
export function addProblem(file: EntryFile, path: Path, rest: string | (() => string)): void {
  file.problems.add(() => problemLine(file, path, typeof rest === 'string' ? rest : rest()));
}

/** The line of a problem, or of a warning, about a place in the file. */
export function problemLine(file: EntryFile, path: Path, rest: string): string {
  const line = file.lineOf(path);
  const where = line === undefined ? file.shownPath : `${file.shownPath}:${line}`;
  const place = path.length === 0 ? 'the file' : formatPath(path);
  return `${where}: ${place} ${rest}`;
}

/** Adds the problem `place = offered, must be allowed`. */
export function refuse({ file, path, value }: Entry, allowed: string): void {
  if (value !== MISSING) addProblem(file, path, `= ${formatOffered(value)}, must be ${allowed}`);
}

/**
 * The values of a mapping by key. Missing and unknown keys are problems; an optional key that is missing is undefined.
 */
export function fields<R extends string, O extends string = never>(
  entry: Entry,
  required: readonly R[],
  optional: readonly O[] = [],
): Record<R, Entry> & Record<O, Entry | undefined> {
  const { file, path, value } = entry;
  const known: readonly string[] = [...required, ...optional];
  const isReadable = isMapping(value);
  if (!isReadable) refuse(entry, `a mapping with ${formatNames(required)}`);
  const offered = isReadable ? value : {};
  for (const key of Object.keys(offered)) {
    if (known.includes(key) || (path.length === 0 && EXTENSION_KEY.test(key))) continue;
    addProblem(file, [...path, key], () => {
      return `is not a known key${didYouMean(key, known) || `, must be one of ${known.join(', ')}`}`;
    });
  }
  const found: Record<string, Entry | undefined> = {};
  for (const key of required) {
    const isPresent = Object.hasOwn(offered, key);
    if (isReadable && !isPresent) {
      file.problems.add(() => missingLine(entry, key));
    }
    found[key] = entryAt(file, [...path, key], isPresent ? offered[key] : MISSING);
  }
  for (const key of optional) {
    found[key] = Object.hasOwn(offered, key) ? entryAt(file, [...path, key], offered[key]) : undefined;
  }
  return found as Record<R, Entry> & Record<O, Entry | undefined>;
}

/** The items of a list with at least one. */
export function items(entry: Entry, of: string): readonly Entry[] {
  const { file, path, value } = entry;
  if (!Array.isArray(value) || value.length === 0) {
    refuse(entry, `a list of ${of}`);
    return [];
  }
  return value.map((item: unknown, index) => entryAt(file, [...path, index], item));
}

/** The pairs of a mapping whose keys are free. */
export function pairs(entry: Entry, of: string): readonly (readonly [string, Entry])[] {
  const { file, path, value } = entry;
  if (!isMapping(value)) {
    refuse(entry, of);
    return [];
  }
  return Object.entries(value).map(([key, item]) => [key, entryAt(file, [...path, key], item)]);
}

/** One line of printable text: 1 to 300 characters, no space at either end. */
export function text(entry: Entry, allowed = 'text'): string {
  const { value } = entry;
  if (typeof value === 'string' && value !== '' && value.length <= MAX_TEXT_LENGTH && value === value.trim()) {
    if (!UNPRINTABLE.test(value)) return value;
  }
  const isOtherScalar = typeof value === 'number' || typeof value === 'boolean';
  refuse(entry, isOtherScalar ? `${allowed} (put it in quotes)` : allowed);
  return '';
}

/** A path: any character that a file name can hold. */
export function pathText(entry: Entry, allowed: string): string {
  const { value } = entry;
  if (typeof value === 'string' && value !== '' && !value.includes('\0')) return value;
  refuse(entry, allowed);
  return '';
}

/** Text that fits a pattern. */
export function textLike(entry: Entry, pattern: RegExp, allowed: string): string {
  const { value } = entry;
  if (typeof value !== 'string') return text(entry, allowed);
  if (pattern.test(value)) return value;
  refuse(entry, allowed);
  return '';
}

/** True or false. */
export function trueOrFalse(entry: Entry): boolean {
  if (typeof entry.value === 'boolean') return entry.value;
  refuse(entry, 'true or false');
  return false;
}

/** One of a few words; the first one stands in for any other. */
export function oneOf<T extends string>(entry: Entry, words: readonly T[]): T {
  const { value } = entry;
  const word = words.find((candidate) => candidate === value);
  if (word !== undefined) return word;
  const nearest = typeof value === 'string' ? didYouMean(value, words) : '';
  refuse(entry, `one of ${words.join(', ')}${nearest}`);
  return words[0]!;
}

/** A number within bounds. */
export function numberWithin(entry: Entry, isAllowed: (value: number) => boolean, allowed: string): number {
  const { value } = entry;
  if (typeof value === 'number' && Number.isFinite(value) && isAllowed(value)) return value;
  refuse(entry, typeof value === 'string' ? `${allowed} (a number, not text)` : allowed);
  return Number.NaN;
}

/** A whole number within bounds, both included. */
export function integerWithin(entry: Entry, least: number, most: number): number {
  const isAllowed = (value: number) => Number.isInteger(value) && value >= least && value <= most;
  return numberWithin(entry, isAllowed, `an integer between ${least} and ${most}`);
}

/** A duration with its unit, in milliseconds. */
export function durationMs(entry: Entry, isAllowed: (ms: number) => boolean, allowed: string): number {
  const { value } = entry;
  let ms = Number.NaN;
  try {
    if (typeof value === 'string') ms = parseDuration(value);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
  }
  if (isAllowed(ms)) return ms;
  refuse(entry, Number.isNaN(ms) ? 'a duration with a unit, such as 200ms or 1.5s' : allowed);
  return Number.NaN;
}

/**
 * Checks `version` first. In a file of another version the other keys mean something else, so this is then its only
 * problem. A missing version is reported together with the other problems.
 */
export function checkVersion(root: Entry, supported: number, hint: string): void {
  if (!isMapping(root.value) || !Object.hasOwn(root.value, 'version')) return;
  const version = entryAt(root.file, ['version'], root.value.version);
  if (version.value === supported) return;
  refuse(version, `${supported}`);
  root.file.problems.throwIfAny('VERSION', hint);
}

export function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}

function missingLine({ file, path }: Entry, key: string): string {
  const line = path.length === 0 ? undefined : file.lineOf(path);
  const where = line === undefined ? file.shownPath : `${file.shownPath}:${line}`;
  return `${where}: ${formatPath([...path, key])} is missing`;
}

function formatPath(path: Path): string {
  const steps = path.map((step) => {
    if (typeof step === 'number') return `[${step}]`;
    if (BARE_KEY.test(step)) return `.${step}`;
    const shown = formatOffered(step);
    return `[${shown.startsWith('"') ? shown : JSON.stringify(shown)}]`;
  });
  return steps.join('').replace(/^\./, '');
}
