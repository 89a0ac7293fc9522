/**
 * Which of our files a file is, by the keys that only one kind has: so that one taken for another is refused in one
 * line.
 */
import { InputError } from '../errors.js';
import type { Entry } from './entry.js';

export type FileKind =
  | 'plan'
  | 'pipeline file'
  | 'hardware file'
  | 'backend file'
  | 'policies file'
  | 'trace'
  | 'profile';

/** What to do with a file of another kind than was expected. */
const ADVICE: Readonly<Record<string, (shown: string) => string>> = {
  'plan for pipeline file': (shown) =>
    `Name the pipeline file that the plan was made from; \`infer-plan simulate ${shown}\` tries the plan.`,
  'pipeline file for plan': (shown) =>
    `Make a plan of it: infer-plan plan ${shown}. Commands with --pipeline take the file there.`,
};

/** Throws InputError `FILE` when the file is clearly of another kind; a file that could be anything passes. */
export function refuseOtherKind({ file, value }: Entry, wanted: FileKind): void {
  const found = kindOf(value);
  if (found === undefined || found === wanted) return;
  const { shownPath } = file;
  const hint = ADVICE[`${found} for ${wanted}`]?.(shownPath);
  throw new InputError('FILE', `${shownPath}: is a ${found}, must be a ${wanted}`, hint);
}

function kindOf(value: unknown): FileKind | undefined {
  if (typeof value === 'string') {
    if (/^arrival_ms\b/.test(value)) return 'trace';
    return /^model,hardware,batch_size\b/.test(value) ? 'profile' : undefined;
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const has = (key: string) => Object.hasOwn(value, key);
  if (has('provenance') || has('predicted')) return 'plan';
  if (has('stages')) return has('profiles') ? 'pipeline file' : undefined;
  if (has('target')) return 'backend file';
  return has('hardware') && Array.isArray((value as { hardware: unknown }).hardware) ? 'hardware file' : undefined;
}
