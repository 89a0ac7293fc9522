/** Opens a pipeline's `queries` module: JavaScript of the user's own that makes sample queries. */
import { pathToFileURL } from 'node:url';
import { errorText, InputError } from '../errors.js';
import { sFromMs } from '../units.js';
import type { QueryInputs } from './query-bodies.js';

const LONGEST_LOAD_MS = 30_000;

/** The module's `queryInputs`. `name` is how messages call the file. Throws InputError `QUERIES`. */
export async function openQueryModule(path: string, name: string): Promise<QueryInputs> {
  let module: { queryInputs?: unknown };
  try {
    module = await withinLimit(import(pathToFileURL(path).href));
  } catch (error) {
    throw new InputError('QUERIES', `${name}: cannot be loaded (${errorText(error)})`);
  }
  const { queryInputs } = module;
  if (typeof queryInputs !== 'function') {
    throw new InputError('QUERIES', `${name}: queryInputs = ${typeof queryInputs}, must be an exported function`);
  }
  return queryInputs as QueryInputs;
}

/** A module may wait for ever while it loads. */
async function withinLimit<T>(loading: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`it has not loaded for ${sFromMs(LONGEST_LOAD_MS)} s`)), LONGEST_LOAD_MS);
  });
  return await Promise.race([loading, late]).finally(() => clearTimeout(timer));
}
