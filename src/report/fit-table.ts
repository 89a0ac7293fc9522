/**
 * Fits tables and sentences into a number of characters. Text columns are wrapped first. Then the last column, if it is
 * text, goes below the rest of its row. Columns that still do not fit continue in further tables, each beginning with
 * the first.
 */

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

/** A table or a part of one. */
export interface FittedTable extends Table {
  /** Text below each row, and below the headings, of the column that has no place beside the others. */
  readonly below?: { readonly heading: string; readonly rows: readonly string[] };
}

/** Text below a row is set in by this much. */
export const INDENT = '        ';

/** Text columns are wrapped no narrower than this while columns can go below instead. */
const COMFORTABLE_TEXT = 24;
/** Text columns are wrapped no narrower than this. */
const LEAST_TEXT = 10;

/** Characters that a table of columns of these widths takes. */
export type FrameWidth = (widths: readonly number[]) => number;

/** @returns tables no wider than `width`, as far as their numbers allow; the table itself where it fits */
export function fitTable(table: Table, width: number, frameWidth: FrameWidth): readonly FittedTable[] {
  const { columns } = table;
  const all = columns.map((_, c) => c);
  const natural = naturalWidths(table);
  if (frameWidth(natural) <= width) return [table];
  const atLeast = (text: number) => natural.map((own, c) => (columns[c]!.align === 'left' ? Math.min(own, text) : own));
  const comfortable = atLeast(COMFORTABLE_TEXT);
  const narrowest = atLeast(LEAST_TEXT);
  const fits = (block: readonly number[]) => frameWidth(block.map((c) => comfortable[c]!)) <= width;
  const narrowedTo = (block: readonly number[]) => {
    const own = (widths: readonly number[]) => block.map((c) => widths[c]!);
    const least = fits(block) ? own(comfortable) : own(narrowest);
    return narrowed(table, block, widened(least, own(natural), width - frameWidth(least)));
  };
  const others = all.slice(0, -1);
  const isTextLast = columns.at(-1)!.align === 'left';
  if (!fits(all) && isTextLast && others.length > 1 && fits(others)) {
    const below = (text: string | undefined) => wrapped(text ?? '', width - INDENT.length);
    const last = others.length;
    const rows = table.rows.map((row) => below(row[last]));
    return [{ ...narrowedTo(others), below: { heading: below(columns[last]!.heading), rows } }];
  }
  return blocksOf(comfortable, width, frameWidth).map(narrowedTo);
}

/** Of each column, the characters of its longest line. */
export function naturalWidths({ columns, rows, total = [] }: Table): number[] {
  return columns.map(({ heading }, c) => {
    const cells = [heading, total[c] ?? '', ...rows.map((row) => row[c] ?? '')];
    return cells.flatMap((cell) => cell.split('\n')).reduce((most, line) => Math.max(most, visibleWidth(line)), 0);
  });
}

/** Columns of each table: the first one, and as many of the others, in order, as fit beside it. */
function blocksOf(least: readonly number[], width: number, frameWidth: FrameWidth): number[][] {
  const blocks = [[0]];
  for (let c = 1; c < least.length; c++) {
    const block = blocks.at(-1)!;
    const fits = frameWidth([...block, c].map((other) => least[other]!)) <= width;
    if (fits || block.length === 1) block.push(c);
    else blocks.push([0, c]);
  }
  return blocks;
}

/** Shares `spare` out among the columns that need more, equally, those that need least first. */
function widened(least: readonly number[], natural: readonly number[], spare: number): number[] {
  const widths = [...least];
  const needy = natural.map((own, c) => ({ c, need: own - least[c]! })).filter(({ need }) => need > 0);
  needy.sort((a, b) => a.need - b.need);
  let rest = Math.max(0, spare);
  needy.forEach(({ c, need }, i) => {
    const more = Math.min(need, Math.floor(rest / (needy.length - i)));
    widths[c]! += more;
    rest -= more;
  });
  return widths;
}

function narrowed({ columns, rows, total }: Table, block: readonly number[], widths: readonly number[]): Table {
  const cut = (row: readonly string[]) => block.map((c, i) => wrapped(row[c] ?? '', widths[i]!));
  return {
    columns: block.map((c, i): Column => ({ ...columns[c]!, heading: wrapped(columns[c]!.heading, widths[i]!) })),
    rows: rows.map(cut),
    ...(total === undefined ? {} : { total: cut(total) }),
  };
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: colours are control sequences
const COLOUR = /\u001b\[[0-9;]*m/g;
// biome-ignore lint/suspicious/noControlCharactersInRegex: colours are control sequences
const COLOURED = /^((?:\u001b\[[0-9;]*m)+)([^\u001b]*)((?:\u001b\[[0-9;]*m)+)$/;
/** A word that is longer than a line may break after these. */
const MARKS = /(?<=[-_:/.])/;

/** Characters that a line shows. */
export function visibleWidth(line: string): number {
  return line.replace(COLOUR, '').length;
}

/**
 * Text in lines of at most `width` characters, broken at blanks; a word that is longer breaks at marks, or anywhere.
 */
export function wrapped(text: string, width: number): string {
  if (text.split('\n').every((line) => visibleWidth(line) <= width)) return text;
  const [, start = '', plain = text.replace(COLOUR, ''), end = ''] = COLOURED.exec(text) ?? [];
  const lines = plain.split('\n').flatMap((line) => wrappedLine(line, width));
  return lines.map((line) => `${start}${line}${end}`).join('\n');
}

function wrappedLine(text: string, width: number): string[] {
  const pieces = text.split(/(?<= )/).flatMap((word) => (word.trimEnd().length > width ? word.split(MARKS) : [word]));
  const lines: string[] = [];
  let line = '';
  for (const piece of pieces) {
    if ((line + piece).trimEnd().length > width) {
      lines.push(line.trimEnd());
      line = '';
    }
    line += piece;
    for (; line.trimEnd().length > width; line = line.slice(width)) lines.push(line.slice(0, width));
  }
  return [...lines, line.trimEnd()].filter((each) => each !== '');
}

/** Begins a line that goes on with a sentence. */
const GOES_ON = '  ';
/** A blank, but not that between a number and its unit. */
const BLANK = /(?<=\S) (?!(?:ms|%)(?:\W|$))/;

/**
 * Text whose longer lines are broken at blanks and go on indented. A word that is longer than a line stays whole.
 */
export function brokenText(text: string, width: number): string {
  return text
    .split('\n')
    .map((line) => brokenLine(line, width))
    .join('\n');
}

function brokenLine(line: string, width: number): string {
  if (visibleWidth(line) <= width) return line;
  const lines: string[] = [];
  let current = '';
  for (const word of line.trimEnd().split(BLANK)) {
    const longer = current === '' ? word : `${current} ${word}`;
    if (current !== '' && visibleWidth(longer) > width) {
      lines.push(current);
      current = GOES_ON + word;
    } else current = longer;
  }
  return [...lines, current].join('\n');
}
