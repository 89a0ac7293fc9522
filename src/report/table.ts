/** Tables and emphasis: with borders on a terminal, as plain aligned columns elsewhere. */
import { Chalk } from 'chalk';
import CliTable from 'cli-table3';

/** How a report is shown. Colour implies a terminal. */
export interface ReportStyle {
  /** Draw borders. */
  readonly terminal: boolean;
  readonly color: boolean;
}

export interface Column {
  /** May hold several lines. */
  readonly heading: string;
  readonly align: 'left' | 'right';
}

export interface Table {
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly string[])[];
  /** A last row below a line, such as a total. */
  readonly total?: readonly string[];
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

/** A table as text, ending in a newline. */
export function formatTable(table: Table, style: ReportStyle): string {
  return style.terminal ? drawn(table, style) : plain(table);
}

function drawn({ columns, rows, total }: Table, style: ReportStyle): string {
  const { strong } = emphasisOf(style);
  const table = new CliTable({
    head: headingLines(columns).map((lines) => strong(lines.join('\n'))),
    colAligns: columns.map(({ align }) => align),
    style: { head: [], border: [], compact: true },
  });
  table.push(...rows.map((row) => [...row]));
  if (total !== undefined) table.push(total.map(strong));
  const lines = table.toString().split('\n');
  // A compact table has one ruled line, under its heading. The same line goes above the total.
  const rule = lines.find((line) => line.startsWith('├'));
  if (total !== undefined && rule !== undefined) lines.splice(-2, 0, rule);
  return `${lines.join('\n')}\n`;
}

function plain({ columns, rows, total }: Table): string {
  const headings = headingLines(columns);
  const head = (headings[0] ?? []).map((_, line) => headings.map((lines) => lines[line] ?? ''));
  const all = [...head, ...rows, ...(total === undefined ? [] : [total])];
  const widths = columns.map((_, column) => Math.max(...all.map((cells) => cells[column]?.length ?? 0)));
  const lines = all.map((cells) =>
    columns
      .map(({ align }, column) => {
        const cell = cells[column] ?? '';
        const width = widths[column] ?? 0;
        return align === 'left' ? cell.padEnd(width) : cell.padStart(width);
      })
      .join(GAP)
      .trimEnd(),
  );
  return `${lines.join('\n')}\n`;
}

/** The lines of each heading, padded at the top to one height. */
function headingLines(columns: readonly Column[]): string[][] {
  const headings = columns.map(({ heading }) => heading.split('\n'));
  const height = Math.max(...headings.map((lines) => lines.length));
  return headings.map((lines) => [...Array<string>(height - lines.length).fill(''), ...lines]);
}
