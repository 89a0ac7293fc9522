/** Chosen fields of the rows of a JSON text, as the cells of a row: one object a line, or the elements of an array. */
import type { LineScanner } from '../text/line-scanner.js';
import type { Rows } from '../text/rows.js';
import type { JsonElements } from './json-elements.js';
import { fieldOf } from './json-path.js';

/** JSON lines: one object a line. A line that is broken costs itself alone. */
export function jsonLines(lines: LineScanner, fields: readonly string[]): Rows {
  return jsonRows(fields, {
    next() {
      for (;;) {
        if (!lines.next()) return undefined;
        const text = lines.buffer.toString('utf8', lines.start, lines.end);
        if (text.trim() !== '') return text;
      }
    },
    where: () => lines.where,
    isRow: isObject,
    fault: 'is no JSON object',
  });
}

/** The elements of an array, whatever they are. */
export function jsonElements(elements: JsonElements, fields: readonly string[]): Rows {
  return jsonRows(fields, {
    next: () => (elements.next() ? elements.text : undefined),
    where: () => elements.where(),
    isRow: (value) => value !== undefined,
    fault: 'is not JSON',
  });
}

interface RowTexts {
  /** The text of the next row; undefined after the last. */
  next(): string | undefined;
  where(): string;
  isRow(value: unknown): boolean;
  readonly fault: string;
}

function jsonRows(fields: readonly string[], texts: RowTexts): Rows {
  const cells: (string | undefined)[] = fields.map(() => undefined);
  const numbers = fields.map(numberPattern);
  let fault: string | undefined;
  return {
    cells,
    get fault() {
      return fault;
    },
    get where() {
      return texts.where();
    },
    next() {
      const text = texts.next();
      if (text === undefined) return false;
      const row = parsed(text);
      fault = texts.isRow(row) ? undefined : texts.fault;
      for (const [place, field] of fields.entries())
        cells[place] = fault === undefined ? cellOf(fieldOf(row, field), numbers[place]!, text) : undefined;
      return true;
    },
  };
}

/** The value of a JSON text; undefined for other text. */
export function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Finds the digits of a number after its name. */
function numberPattern(field: string): RegExp {
  const name = JSON.stringify(field.slice(field.lastIndexOf('.') + 1)).replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`${name}\\s*:\\s*(-?[\\d.]+)(?=[,}\\s])`, 'g');
}

/** A number keeps its digits as they are written: 19 of them do not fit into a JavaScript number. */
function cellOf(value: unknown, number: RegExp, text: string): string | undefined {
  if (typeof value === 'string') return value;
  if (typeof value !== 'number') return typeof value === 'boolean' ? String(value) : undefined;
  if (Number.isSafeInteger(value)) return String(value);
  for (const [, digits] of text.matchAll(number)) {
    if (Number(digits) === value) return digits;
  }
  return String(value);
}
