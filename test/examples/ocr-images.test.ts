// @module-tag slow
import { describe, expect, it } from 'vitest';
import { exampleModule } from '../helpers/example-module.js';

interface Image {
  width: number;
  height: number;
  pixels: Uint8Array;
}
interface Images {
  encodePgm(image: Image): Uint8Array;
  decodePgm(file: Uint8Array): Image;
  resizePart(image: Image, box: object, size: { width: number; height: number }): Image;
}
interface Drawing {
  drawLines(lines: readonly object[], page: { width: number; height: number; random: () => number }): Image;
  lineWidth(text: string, scale: number): number;
}
interface Labels {
  labelAt(seed: number, index: number): { fields: { text: string; row: number }[]; lines: string[]; image: Image };
}

const { encodePgm, decodePgm, resizePart } = await exampleModule<Images>('ocr/image/gray-image.js');
const { drawLines, lineWidth } = await exampleModule<Drawing>('ocr/image/draw-lines.js');
const { labelAt } = await exampleModule<Labels>('ocr/labels.js');

const imageOf = (...rows: number[][]): Image => ({
  width: rows[0]!.length,
  height: rows.length,
  pixels: Uint8Array.from(rows.flat()),
});

describe('PGM files', () => {
  it('come back as they were written', () => {
    const image = imageOf([0, 128, 255], [9, 10, 13]);
    expect(decodePgm(encodePgm(image))).toEqual(image);
  });

  it.each([
    ['another format', 'P6\n1 1\n255\n000', 'image is not a PGM file with 8 bits a pixel (P5, 255)'],
    ['16 bits a pixel', 'P5\n1 1\n65535\n00', 'image is not a PGM file with 8 bits a pixel (P5, 255)'],
    ['pixels that are missing', 'P5\n2 2\n255\n000', 'image = 3 pixels, must be 2 x 2'],
  ])('are refused with %s', (_, text, message) => {
    expect(() => decodePgm(Buffer.from(text, 'latin1'))).toThrow(message);
  });
});

describe('resizePart', () => {
  const image = imageOf([0, 100, 200], [0, 100, 200]);
  it.each([
    ['as it is', { x: 0, y: 0, width: 3, height: 2 }, { width: 3, height: 2 }, [0, 100, 200, 0, 100, 200]],
    ['a part', { x: 1, y: 0, width: 2, height: 1 }, { width: 2, height: 1 }, [100, 200]],
    // Pixel centres at (i + 0.5) x 3 / 6 - 0.5: -0.25 and 2.25 are held at the edges, 0.25 gives 25.
    ['twice as wide', { x: 0, y: 0, width: 3, height: 1 }, { width: 6, height: 1 }, [0, 25, 75, 125, 175, 200]],
    // Centre at 1: the middle pixel.
    ['as one pixel', { x: 0, y: 0, width: 3, height: 2 }, { width: 1, height: 1 }, [100]],
  ])('gives %s', (_, box, size, pixels) => {
    expect([...resizePart(image, box, size).pixels]).toEqual(pixels);
  });
});

describe('drawLines', () => {
  const page = { width: 9, height: 11, random: () => 0.5 };

  it('inks the dots of a glyph and softens their edges', () => {
    const { pixels } = drawLines([{ text: 'I', x: 2, y: 2, scale: 1 }], page);
    const at = (x: number, y: number) => pixels[y * page.width + x];
    // The stem of I is the middle column: of the 3 x 3 pixels around (4, 5) three are ink, so 235 - 205 x 3 / 9 = 167.
    expect(at(4, 5)).toBe(167);
    // Two columns away nothing is.
    expect(at(6, 5)).toBe(235);
  });

  it('refuses what does not fit, and what the font does not have', () => {
    expect(() => drawLines([{ text: 'AB', x: 0, y: 0, scale: 1 }], page)).toThrow('"AB" at 0, 0 does not fit');
    expect(() => drawLines([{ text: 'é', x: 0, y: 0, scale: 1 }], page)).toThrow('the font has no "é"');
  });

  it('knows how wide a line is: five dots a glyph, one between two', () => {
    expect(lineWidth('A', 3)).toBe(15);
    expect(lineWidth('AB', 3)).toBe(33);
  });
});

describe('labels', () => {
  it('are the same for the same seed and number, and differ otherwise', () => {
    expect(labelAt(1, 5)).toEqual(labelAt(1, 5));
    expect(labelAt(1, 5).image).not.toEqual(labelAt(1, 6).image);
    expect(labelAt(1, 5).image).not.toEqual(labelAt(2, 5).image);
  });

  it('state as lines what stands on them, row by row', () => {
    for (let index = 0; index < 200; index++) {
      const { fields, lines } = labelAt(3, index);
      expect(fields.length).toBeGreaterThanOrEqual(1);
      expect(fields.length).toBeLessThanOrEqual(3);
      expect(lines.join(' ')).toBe(fields.map(({ text }) => text).join(' '));
      expect(lines).toHaveLength(new Set(fields.map(({ row }) => row)).size);
    }
  });
});
