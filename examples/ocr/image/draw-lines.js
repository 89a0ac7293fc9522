/** Draws lines of text as a scanned label would show them: dark on light, soft edges, a little noise. */
import { GLYPH_HEIGHT, GLYPH_WIDTH, isInk } from './bitmap-font.js';

const PAPER = 235;
const INK = 30;
const NOISE = 8;
/** Dots from one glyph to the next. */
const ADVANCE = GLYPH_WIDTH + 1;

/**
 * @typedef {import('./gray-image.js').GrayImage} GrayImage
 * @typedef {{ text: string, x: number, y: number, scale: number }} TextLine its top left corner, and pixels a dot
 */

/**
 * @param {readonly TextLine[]} lines
 * @param {{ width: number, height: number, random: () => number }} page `random` draws the noise
 * @returns {GrayImage}
 */
export function drawLines(lines, { width, height, random }) {
  const ink = new Uint8Array(width * height);
  for (const line of lines) inkLine(ink, line, { width, height });
  const pixels = new Uint8Array(width * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const share = inkAround(ink, x, y, { width, height });
      pixels[y * width + x] = Math.round(PAPER + (INK - PAPER) * share + (random() - 0.5) * NOISE);
    }
  }
  return { width, height, pixels };
}

/**
 * Width of a line in pixels.
 * @param {string} text
 * @param {number} scale
 */
export function lineWidth(text, scale) {
  return (text.length * ADVANCE - 1) * scale;
}

/**
 * Height of a line in pixels.
 * @param {number} scale
 */
export function lineHeight(scale) {
  return GLYPH_HEIGHT * scale;
}

function inkLine(ink, { text, x, y, scale }, { width, height }) {
  if (x < 0 || y < 0 || x + lineWidth(text, scale) > width || y + lineHeight(scale) > height) {
    throw new Error(`${JSON.stringify(text)} at ${x}, ${y} does not fit an image of ${width} x ${height}`);
  }
  [...text].forEach((glyph, index) => {
    const left = x + index * ADVANCE * scale;
    for (let row = 0; row < lineHeight(scale); row++) {
      for (let column = 0; column < GLYPH_WIDTH * scale; column++) {
        if (!isInk(glyph, Math.floor(column / scale), Math.floor(row / scale))) continue;
        ink[(y + row) * width + left + column] = 1;
      }
    }
  });
}

/** Share of ink in the 3 x 3 pixels around one. */
function inkAround(ink, x, y, { width, height }) {
  let sum = 0;
  for (let row = Math.max(0, y - 1); row <= Math.min(height - 1, y + 1); row++) {
    for (let column = Math.max(0, x - 1); column <= Math.min(width - 1, x + 1); column++) {
      sum += ink[row * width + column];
    }
  }
  return sum / 9;
}
