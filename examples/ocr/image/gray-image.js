/**
 * Grey images, and the two ways they travel: as a PGM file (P5, 8 bits) and, in JSON, as that file in base64.
 *
 * @typedef {{ width: number, height: number, pixels: Uint8Array }} GrayImage row by row, 0 black to 255 white
 */

/**
 * @param {GrayImage} image
 * @returns {Uint8Array} a PGM file
 */
export function encodePgm({ width, height, pixels }) {
  return Buffer.concat([Buffer.from(`P5\n${width} ${height}\n255\n`, 'latin1'), pixels]);
}

/**
 * Reads a PGM file with 8 bits a pixel; comments are not read.
 * @param {Uint8Array} file
 * @returns {GrayImage}
 */
export function decodePgm(file) {
  const head = Buffer.from(file.buffer, file.byteOffset, Math.min(file.byteLength, 64)).toString('latin1');
  const match = /^P5\s+(\d+)\s+(\d+)\s+255\s/.exec(head);
  if (match === null) throw new Error('image is not a PGM file with 8 bits a pixel (P5, 255)');
  const width = Number(match[1]);
  const height = Number(match[2]);
  const start = match[0].length;
  const given = Math.min(file.byteLength - start, width * height);
  if (given !== width * height) throw new Error(`image = ${given} pixels, must be ${width} x ${height}`);
  return { width, height, pixels: new Uint8Array(file.buffer, file.byteOffset + start, given) };
}

/**
 * A part of an image, stretched or shrunk to a size: bilinear, edges repeated.
 * @param {GrayImage} image
 * @param {{ x: number, y: number, width: number, height: number }} box within the image, in pixels
 * @param {{ width: number, height: number }} size
 * @returns {GrayImage}
 */
export function resizePart(image, box, size) {
  const pixels = new Uint8Array(size.width * size.height);
  const columns = samplePoints(box.x, box.width, size.width, image.width);
  const rows = samplePoints(box.y, box.height, size.height, image.height);
  rows.forEach((row, y) => {
    columns.forEach((column, x) => {
      const top = between(image, row.low, column);
      const bottom = between(image, row.high, column);
      pixels[y * size.width + x] = Math.round(top + (bottom - top) * row.share);
    });
  });
  return { ...size, pixels };
}

/** Where each of `count` pixels falls on a side of the image that is `limit` pixels long. */
function samplePoints(start, length, count, limit) {
  return Array.from({ length: count }, (_, index) => {
    const place = Math.min(Math.max(start + ((index + 0.5) * length) / count - 0.5, 0), limit - 1);
    const low = Math.floor(place);
    return { low, high: Math.min(low + 1, limit - 1), share: place - low };
  });
}

function between({ pixels, width }, row, { low, high, share }) {
  const left = pixels[row * width + low];
  return left + (pixels[row * width + high] - left) * share;
}
