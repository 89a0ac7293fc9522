/** Charts of values over time in block characters, for a terminal. */

import type { ReportStyle } from './table.js';
import { lineWidth } from './table.js';

const WIDEST = 64;
/** Room for the labels beside a chart. */
const LABELS = 14;

/** Columns of a chart that fits a line with its labels. */
export function chartWidth(style: ReportStyle): number {
  return Math.max(1, Math.min(WIDEST, lineWidth(style) - LABELS));
}

const EIGHTHS = [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/** Labels at the chart's edges. */
export interface PictureLabels {
  readonly start: string;
  readonly end: string;
  readonly formatValue: (value: number) => string;
}

/** Columns from 0 to the largest value, with the scale at the left and the span below; ends in a newline. */
export function drawColumns(values: readonly number[], height: number, labels: PictureLabels): string {
  const top = Math.max(...values, 0);
  const scale = [labels.formatValue(top), labels.formatValue(top / 2), labels.formatValue(0)];
  const margin = Math.max(...scale.map((label) => label.length));
  const eighths = values.map((value) => (top === 0 ? 0 : Math.round((value / top) * height * 8)));
  const rows = Array.from({ length: height }, (_, row) => {
    const floor = (height - 1 - row) * 8;
    const cells = eighths.map((filled) => EIGHTHS[Math.max(0, Math.min(8, filled - floor))]).join('');
    const isMiddle = row === Math.floor(height / 2);
    const label = row === 0 ? scale[0]! : isMiddle && height > 2 ? scale[1]! : '';
    return `${label.padStart(margin)} ┤${cells.trimEnd()}`;
  });
  const gap = Math.max(1, values.length - labels.start.length - labels.end.length);
  return [
    ...rows,
    `${scale[2]!.padStart(margin)} ┼${'─'.repeat(values.length)}`,
    `${' '.repeat(margin + 2)}${labels.start}${' '.repeat(gap)}${labels.end}`,
    '',
  ].join('\n');
}

/** Groups bins into at most `columns` runs: the sum of `counts` of each run, and its number of bins. */
export function columnsOf(
  counts: readonly number[],
  columns: number,
): { readonly sum: number; readonly bins: number }[] {
  const drawn = Math.min(columns, counts.length);
  return Array.from({ length: drawn }, (_, column) => {
    const from = Math.floor((column * counts.length) / drawn);
    const to = Math.floor(((column + 1) * counts.length) / drawn);
    return { sum: counts.slice(from, to).reduce((sum, count) => sum + count, 0), bins: to - from };
  });
}

/** One line of columns from 0 to the largest value; every value above 0 is visible. */
export function drawLine(values: readonly number[]): string {
  const top = Math.max(...values, 0);
  return values
    .map((value) => EIGHTHS[value <= 0 || top === 0 ? 0 : Math.max(1, Math.round((value / top) * 8))])
    .join('');
}
