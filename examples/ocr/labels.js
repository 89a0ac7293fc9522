/** Sample labels: up to three words and numbers on a small grid, drawn here, so that every right answer is known. */
import { pick, seedAt, seededRandom } from '../seeded-random.js';
import { drawLines, lineWidth } from './image/draw-lines.js';

export const LABEL_WIDTH = 320;
export const LABEL_HEIGHT = 160;

const SCALE = 3;
const COLUMNS = 2;
const ROWS = 3;
const CELL_WIDTH = LABEL_WIDTH / COLUMNS;
const CELL_HEIGHT = Math.floor(LABEL_HEIGHT / ROWS);
/** Keeps neighbours on one line far enough apart to be two boxes. */
const MARGIN_X = 16;
const MARGIN_Y = 12;
const JITTER_Y = 8;

/** How many fields a label has, and how often. */
const FIELD_SHARES = [
  { fields: 1, upTo: 0.4 },
  { fields: 2, upTo: 0.8 },
  { fields: 3, upTo: 1 },
];
const WORDS =
  'ORDER QTY PART SHELF BATCH PACK LOT STOCK GATE DOCK WORLD RED BLUE GREEN BOLT NUT SPRING SHIP JUNK ZINC'.split(' ');
const MOST_DIGITS = 6;

/**
 * @typedef {{ text: string, x: number, y: number, scale: number, row: number }} Field
 * @typedef {{ fields: readonly Field[], lines: readonly string[], image: import('./image/gray-image.js').GrayImage }} Label
 */

/**
 * Label number `index` of a seed: its fields, the lines that a reader should find on it, and its image.
 * @param {number} seed
 * @param {number} index
 * @returns {Label}
 */
export function labelAt(seed, index) {
  const random = seededRandom(seedAt(seed, index));
  const fields = chooseCells(random).map((cell) => fieldIn(cell, random));
  const rows = [...new Set(fields.map(({ row }) => row))];
  const lines = rows.map((row) => fields.flatMap((field) => (field.row === row ? [field.text] : [])).join(' '));
  return { fields, lines, image: drawLines(fields, { width: LABEL_WIDTH, height: LABEL_HEIGHT, random }) };
}

/** Cells of the grid in reading order. */
function chooseCells(random) {
  const u = random();
  const count = FIELD_SHARES.find(({ upTo }) => u < upTo)?.fields ?? 1;
  const free = Array.from({ length: COLUMNS * ROWS }, (_, cell) => cell);
  const chosen = Array.from({ length: count }, () => free.splice(Math.floor(random() * free.length), 1)[0] ?? 0);
  return chosen.sort((a, b) => a - b);
}

function fieldIn(cell, random) {
  const text = random() < 0.5 ? pick(WORDS, random) : drawNumber(random);
  const row = Math.floor(cell / COLUMNS);
  const room = CELL_WIDTH - 2 * MARGIN_X - lineWidth(text, SCALE);
  const x = (cell % COLUMNS) * CELL_WIDTH + MARGIN_X + Math.floor(random() * (room + 1));
  const y = row * CELL_HEIGHT + MARGIN_Y + Math.floor(random() * JITTER_Y);
  return { text, x, y, scale: SCALE, row };
}

function drawNumber(random) {
  const digits = 2 + Math.floor(random() * (MOST_DIGITS - 1));
  const least = 10 ** (digits - 1);
  return String(least + Math.floor(random() * 9 * least));
}
