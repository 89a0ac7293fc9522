/** Tables and emphasis: with borders on a terminal, as plain aligned columns elsewhere. */
import { Chalk } from 'chalk';
import CliTable from 'cli-table3';
import {
  brokenText,
  type Column,
  type FittedTable,
  type FrameWidth,
  fitTable,
  INDENT,
  naturalWidths,
  type Table,
  visibleWidth,
} from './fit-table.js';

export type { Column, Table } from './fit-table.js';

/** How a report is shown. Colour implies a terminal. */
export interface ReportStyle {
  /** Draw borders. */
  readonly terminal: boolean;
  readonly color: boolean;
  /** Characters of a line; 80 when left out. */
  readonly columns?: number;
}

const USUAL_COLUMNS = 80;

/** Characters of a line in this style. */
export function lineWidth({ columns = USUAL_COLUMNS }: ReportStyle): number {
  return columns;
}

/** The sentences of a report, each ending in a newline and broken into lines of this style. */
export function formatLines(lines: readonly string[], style: ReportStyle): string {
  return lines.map((line) => `${brokenText(line, lineWidth(style))}\n`).join('');
}

/** Emphasis for one style; without colour, text is unchanged. */
export interface Emphasis {
  strong(text: string): string;
  good(text: string): string;
  bad(text: string): string;
}

const GAP = '  ';

export function emphasisOf({ color }: ReportStyle): Emphasis {
  const chalk = new Chalk({ level: color ? 1 : 0 });
  return { strong: (text) => chalk.bold(text), good: (text) => chalk.green(text), bad: (text) => chalk.red(text) };
}

const plainWidth: FrameWidth = (widths) => sum(widths) + GAP.length * (widths.length - 1);
/** A border and a blank on either side of every column. */
const drawnWidth: FrameWidth = (widths) => sum(widths) + 3 * widths.length + 1;

/**
 * A table as text, ending in a newline. One that is wider than a line goes without borders; if that is not enough, its
 * text is wrapped, and it continues in further tables below.
 */
export function formatTable(table: Table, style: ReportStyle): string {
  const width = lineWidth(style);
  if (style.terminal && drawnWidth(naturalWidths(table)) <= width) return drawn(table, style);
  return fitTable(table, width, plainWidth)
    .map((part) => plain(part, style))
    .join('\n');
}

function sum(widths: readonly number[]): number {
  return widths.reduce((total, width) => total + width, 0);
}

function drawn({ columns, rows, total }: Table, style: ReportStyle): string {
  const { strong } = emphasisOf(style);
  const table = new CliTable({
    head: headingLines(columns).map((lines) => strong(lines.join('\n'))),
    colAligns: columns.map(({ align }) => align),
    style: { head: [], border: [], compact: true },
  });
  table.push(...rows.map((row) => [...row]));
  if (total !== undefined) table.push(total.map((cell) => cell.split('\n').map(strong).join('\n')));
  const lines = table.toString().split('\n');
  // A compact table has one ruled line, under its heading. The same line goes above the total.
  const rule = lines.find((line) => line.startsWith('├'));
  if (total !== undefined && rule !== undefined) lines.splice(-1 - linesOf(total).length, 0, rule);
  return `${lines.join('\n')}\n`;
}

function plain({ columns, rows, total, below }: FittedTable, style: ReportStyle): string {
  const { strong } = emphasisOf(style);
  const headings = headingLines(columns);
  const head = (headings[0] ?? []).map((_, line) => headings.map((lines) => strong(lines[line] ?? '')));
  const body = rows.map(linesOf);
  const end = total === undefined ? [] : linesOf(total).map((cells) => cells.map(strong));
  const widths = columns.map((_, column) => {
    return Math.max(...[...head, ...body.flat(), ...end].map((cells) => visibleWidth(cells[column] ?? '')));
  });
  const aligned = (cells: readonly string[]) =>
    columns
      .map(({ align }, column) => {
        const cell = cells[column] ?? '';
        const blanks = ' '.repeat(widths[column]! - visibleWidth(cell));
        return align === 'left' ? cell + blanks : blanks + cell;
      })
      .join(GAP)
      .trimEnd();
  const indented = (text: string | undefined) => (text ? text.split('\n').map((line) => INDENT + line) : []);
  const lines = [
    ...head.map(aligned),
    ...indented(below?.heading).map(strong),
    ...body.flatMap((row, r) => [...row.map(aligned), ...indented(below?.rows[r])]),
    ...end.map(aligned),
  ];
  return `${lines.join('\n')}\n`;
}

/** The lines of a row of which some cells hold several. */
function linesOf(row: readonly string[]): string[][] {
  const cells = row.map((cell) => cell.split('\n'));
  const height = Math.max(1, ...cells.map((lines) => lines.length));
  return Array.from({ length: height }, (_, line) => cells.map((lines) => lines[line] ?? ''));
}

/** The lines of each heading, padded at the top to one height. */
function headingLines(columns: readonly Column[]): string[][] {
  const headings = columns.map(({ heading }) => heading.split('\n'));
  const height = Math.max(...headings.map((lines) => lines.length));
  return headings.map((lines) => [...Array<string>(height - lines.length).fill(''), ...lines]);
}
