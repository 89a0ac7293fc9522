import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const EXAMPLES = join(import.meta.dirname, '../../examples');

/** A JavaScript module below examples/; `T` is what the test uses of it. */
export async function exampleModule<T>(path: string): Promise<T> {
  return (await import(pathToFileURL(join(EXAMPLES, path)).href)) as T;
}
