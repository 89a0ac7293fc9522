/** Opens a pipeline's `queries` module: JavaScript of the user's own that makes sample queries. */
import { pathToFileURL } from 'node:url';
import { InputError } from '../errors.js';
import type { QueryInputs } from './query-bodies.js';

/** The module's `queryInputs`. `name` is how messages call the file. Throws InputError `QUERIES`. */
export async function openQueryModule(path: string, name: string): Promise<QueryInputs> {
  let module: { queryInputs?: unknown };
  try {
    module = await import(pathToFileURL(path).href);
  } catch (error) {
    throw new InputError('QUERIES', `${name}: cannot be loaded (${error instanceof Error ? error.message : error})`);
  }
  const { queryInputs } = module;
  if (typeof queryInputs !== 'function') {
    throw new InputError('QUERIES', `${name}: queryInputs = ${typeof queryInputs}, must be an exported function`);
  }
  return queryInputs as QueryInputs;
}
