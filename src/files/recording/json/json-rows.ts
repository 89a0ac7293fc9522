/**
 * Chosen fields of JSON lines, one object a line, as the cells of a row. A dot leads into an object: `request.time`.
 */
import type { LineScanner } from '../text/line-scanner.js';
import type { Rows } from '../text/rows.js';

export class JsonRows implements Rows {
  readonly cells: (string | undefined)[];
  line = 0;
  fault: string | undefined;
  private readonly lines: LineScanner;
  private readonly fields: readonly string[];

  constructor(lines: LineScanner, fields: readonly string[]) {
    this.lines = lines;
    this.fields = fields;
    this.cells = fields.map(() => undefined);
  }

  next(): boolean {
    const { lines } = this;
    let text: string;
    do {
      if (!lines.next()) return false;
      text = lines.buffer.toString('utf8', lines.start, lines.end);
    } while (text.trim() === '');
    this.line = lines.line;
    const object = parsedObject(text);
    this.fault = object === undefined ? 'is no JSON object' : undefined;
    for (const [place, field] of this.fields.entries())
      this.cells[place] = object === undefined ? undefined : cellOf(fieldOf(object, field), field, text);
    return true;
  }
}

/** The object on a line; undefined for anything else. */
export function parsedObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** A field by its own name, or by names with dots between them; undefined where there is none. */
export function fieldOf(object: Record<string, unknown>, field: string): unknown {
  if (Object.hasOwn(object, field)) return object[field];
  const dot = field.indexOf('.');
  const inner = dot === -1 ? undefined : object[field.slice(0, dot)];
  return isObject(inner) ? fieldOf(inner, field.slice(dot + 1)) : undefined;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A number keeps its digits as they are written: 19 of them do not fit into a JavaScript number. */
function cellOf(value: unknown, field: string, line: string): string | undefined {
  if (typeof value === 'string') return value;
  if (typeof value !== 'number') return typeof value === 'boolean' ? String(value) : undefined;
  if (Number.isSafeInteger(value)) return String(value);
  const name = JSON.stringify(field.slice(field.lastIndexOf('.') + 1)).replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  for (const [, digits] of line.matchAll(new RegExp(`${name}\\s*:\\s*(-?[\\d.]+)(?=[,}\\s])`, 'g'))) {
    if (Number(digits) === value) return digits;
  }
  return String(value);
}
