/** Valid documents to begin from: the examples of docs/file-formats.md, and small ones of other formats. */
import fc from 'fast-check';
import { parse, stringify } from 'yaml';
import { examplesOf } from '../helpers/documented-examples.js';
import { mutatedBytes, mutatedText, mutatedTree } from './mutations.js';

const EXAMPLES = examplesOf('docs/file-formats.md');

/** An example of docs/file-formats.md, by the name of its file. */
export function example(name: string): string {
  const text = EXAMPLES.get(name);
  if (text === undefined) throw new Error(`docs/file-formats.md has no example ${name}`);
  return text;
}

/** Mutations of a YAML text: of what it says, written anew in YAML or JSON, and of how it is written. */
export function mutatedYaml(text: string): fc.Arbitrary<string | Uint8Array> {
  const tree: unknown = parse(text);
  const written = fc.oneof(
    { weight: 5, arbitrary: mutatedTree(tree).map((value) => `${jsonOf(value)}\n`) },
    { weight: 1, arbitrary: mutatedTree(tree).map(yamlOf) },
    { weight: 2, arbitrary: fc.constant(text) },
  );
  return mutatedBytes(mutatedText(written));
}

/** Mutations of JSON. */
export function mutatedJson(value: unknown): fc.Arbitrary<string> {
  return mutatedText(mutatedTree(value).map(jsonOf));
}

/** Mutations of JSON, one value a line. */
export function mutatedJsonLines(values: readonly unknown[]): fc.Arbitrary<string | Uint8Array> {
  const lines = mutatedTree(values).map((tree) => (Array.isArray(tree) ? tree : [tree]).map(jsonOf).join('\n'));
  return mutatedBytes(mutatedText(lines.map((text) => `${text}\n`)));
}

/** Mutations of a table: of its cells and rows, and of its text. */
export function mutatedCsv(text: string): fc.Arbitrary<string | Uint8Array> {
  const table = text
    .trim()
    .split('\n')
    .map((line) => line.split(','));
  const rows = mutatedTree(table).map((tree) => {
    const lines = Array.isArray(tree) ? tree : [tree];
    return `${lines.map((line) => (Array.isArray(line) ? line.map(cellOf).join(',') : cellOf(line))).join('\n')}\n`;
  });
  return mutatedBytes(
    mutatedText(fc.oneof({ weight: 4, arbitrary: rows }, { weight: 1, arbitrary: fc.constant(text) })),
  );
}

function cellOf(cell: unknown): string {
  if (typeof cell === 'string') return cell;
  const text = jsonOf(cell);
  return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function jsonOf(value: unknown): string {
  return JSON.stringify(value) ?? 'null';
}

/** Values that the YAML writer refuses are written as JSON. */
function yamlOf(value: unknown): string {
  try {
    return stringify(value);
  } catch {
    return jsonOf(value);
  }
}
