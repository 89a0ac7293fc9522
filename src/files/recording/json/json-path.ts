/**
 * The path to a field of a JSON text: names with dots between them, where `[]` leads into every element of an array, and
 * a number into one: `log.entries[].startedDateTime`, `[].datapoints[].1`. The rows of a recording are the elements of
 * the last `[]`.
 */

/** One step into a JSON text: a name leads into an object, EACH into an array. */
export type Step = string | typeof EACH;
export const EACH = Symbol('each element');

/** A path as `rows[]` and the field of each row; `rows` is '' where the values of the text itself are the rows. */
export interface FieldPath {
  readonly rows: string;
  readonly field: string;
}

/** The array of rows in a path, and the field behind it. */
export function splitPath(path: string): FieldPath {
  const end = path.lastIndexOf('[]');
  if (end === -1) return { rows: '', field: path };
  return { rows: path.slice(0, end + '[]'.length), field: path.slice(end + '[]'.length).replace(/^\./, '') };
}

/** The path of a field of the rows. */
export function joinPath(rows: string, field: string): string {
  return rows === '' || field === '' ? rows + field : `${rows}.${field}`;
}

/** The steps to the rows: `log.entries[]` → log, entries, EACH. */
export function stepsTo(rows: string): readonly Step[] {
  const steps: Step[] = [];
  for (const part of rows.split('.')) {
    const name = part.replace(/(\[\])+$/, '');
    if (name !== '') steps.push(name);
    for (let at = name.length; at < part.length; at += '[]'.length) steps.push(EACH);
  }
  return steps;
}

/** The value at a field of a row: by its own name, or by names and numbers with dots between them; '' is the row. */
export function fieldOf(row: unknown, field: string): unknown {
  if (field === '') return row;
  if (typeof row !== 'object' || row === null) return undefined;
  if (Object.hasOwn(row, field)) return (row as Record<string, unknown>)[field];
  const dot = field.indexOf('.');
  if (dot === -1 || !Object.hasOwn(row, field.slice(0, dot))) return undefined;
  return fieldOf((row as Record<string, unknown>)[field.slice(0, dot)], field.slice(dot + 1));
}
