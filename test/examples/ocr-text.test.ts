import { describe, expect, it } from 'vitest';
import { exampleModule } from '../helpers/example-module.js';

interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}
interface Boxes {
  boxesOf(probabilities: ArrayLike<number>, options: { width: number; height: number; threshold?: number }): Box[];
  inLines<T>(things: readonly T[], boxOf: (thing: T) => Box): T[][];
}
interface Ctc {
  readCtc(scores: ArrayLike<number>, shape: { steps: number; classes: number; alphabet: readonly string[] }): string;
}

const { boxesOf, inLines } = await exampleModule<Boxes>('ocr/text/boxes.js');
const { readCtc } = await exampleModule<Ctc>('ocr/text/ctc.js');

/** `#` is likely text (0.9), `+` just above the threshold (0.31), `.` just below it (0.3). */
function mapOf(rows: readonly string[]) {
  const likely: Record<string, number> = { '#': 0.9, '+': 0.31, '.': 0.3 };
  const values = rows.flatMap((row) => [...row].map((mark) => likely[mark]!));
  return { values, width: rows[0]!.length, height: rows.length };
}

const EMPTY = '............';
const CORE = '..####......';

describe('boxesOf', () => {
  it.each<readonly [string, readonly string[], readonly Box[]]>([
    ['nothing where nothing is likely', [EMPTY, EMPTY], []],
    // Core 4 x 4 at (2, 1), margin round(4 x 0.6) = 2: x 0 to 8, y -1 to 7, cut to the image's 0 to 6.
    [
      'a core grown by 0.6 of its height, within the image',
      [EMPTY, CORE, CORE, CORE, CORE, EMPTY],
      [{ x: 0, y: 0, width: 8, height: 6 }],
    ],
    ['no core less than four pixels high', [EMPTY, CORE, CORE, CORE, EMPTY], []],
    ['no core less than four pixels wide', Array<string>(6).fill('..###.......'), []],
    // A diagonal touch joins nothing: two cores 4 x 4 at (0, 0) and (4, 4).
    [
      'two cores that only touch at a corner',
      [...Array<string>(4).fill('####........'), ...Array<string>(4).fill('....####....')],
      [
        { x: 0, y: 0, width: 6, height: 6 },
        { x: 2, y: 2, width: 8, height: 6 },
      ],
    ],
    [
      'a core of values just above the threshold',
      Array<string>(4).fill('++++........'),
      [{ x: 0, y: 0, width: 6, height: 4 }],
    ],
  ])('finds %s', (_, rows, boxes) => {
    const { values, ...size } = mapOf(rows);
    expect(boxesOf(values, size)).toEqual(boxes);
  });
});

describe('inLines', () => {
  const box = (x: number, y: number, height = 10): Box => ({ x, y, width: 20, height });
  it.each<readonly [string, readonly Box[], readonly (readonly Box[])[]]>([
    ['no things', [], []],
    ['left to right on one line', [box(50, 0), box(0, 0)], [[box(0, 0), box(50, 0)]]],
    ['top to bottom', [box(0, 30), box(0, 0)], [[box(0, 0)], [box(0, 30)]]],
    // Middles 5 and 9.5 differ by 4.5, less than half of 10.
    ['a slanted line as one', [box(50, 4.5), box(0, 0)], [[box(0, 0), box(50, 4.5)]]],
    // Middles 5 and 10 differ by exactly half of 10.
    ['half a height apart as two', [box(0, 5), box(50, 0)], [[box(50, 0)], [box(0, 5)]]],
    // The second is near the first, the third near the second but 8 from the first, which counts.
    [
      'distance from the line, not from the last thing',
      [box(0, 0), box(30, 4), box(60, 8)],
      [[box(0, 0), box(30, 4)], [box(60, 8)]],
    ],
  ])('takes %s', (_, things, lines) => {
    expect(inLines(things, (thing) => thing)).toEqual(lines);
  });
});

describe('readCtc', () => {
  /** One step a character: `-` is the blank. */
  const scoresOf = (path: string) =>
    [...path].flatMap((c) => ['-', 'A', 'B'].map((label) => (label === c ? 0.5 : 0.1)));
  it.each([
    ['no steps', '', ''],
    ['blanks alone', '--', ''],
    ['a repeat as one', 'AAB', 'AB'],
    ['a repeat across a blank as two', 'A-A', 'AA'],
    ['blanks at both ends', '-AB-', 'AB'],
  ])('reads %s', (_, path, text) => {
    expect(readCtc(scoresOf(path), { steps: path.length, classes: 3, alphabet: ['A', 'B'] })).toBe(text);
  });

  it('takes the first of equally good classes, the blank before all', () => {
    expect(readCtc([0.5, 0.5, 0, 0, 0.5, 0.5], { steps: 2, classes: 3, alphabet: ['A', 'B'] })).toBe('A');
  });
});
