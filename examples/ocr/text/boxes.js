/**
 * From the detector's map of text probabilities to boxes, one a line of text.
 *
 * @typedef {{ x: number, y: number, width: number, height: number }} Box in pixels of the image
 */

/** The detector marks the core of a line: what it leaves out around it, as a share of the marked height. */
const MARGIN = 0.6;
const SHORTEST_CORE = 4;

/**
 * Boxes around the connected regions in which text is likely, each grown to the whole line, in reading order.
 * @param {ArrayLike<number>} probabilities row by row, 0 to 1
 * @param {{ width: number, height: number, threshold?: number }} options
 * @returns {Box[]}
 */
export function boxesOf(probabilities, { width, height, threshold = 0.3 }) {
  const boxes = regionsOf(probabilities, { width, height, threshold })
    .filter((core) => core.width >= SHORTEST_CORE && core.height >= SHORTEST_CORE)
    .map((core) => grown(core, { width, height }));
  return inLines(boxes, (box) => box).flat();
}

/**
 * Things with a box as lines of text: a thing is on the line of the one above it when their middles are closer than half
 * that one's height. Lines from top to bottom, within a line from left to right.
 * @template T
 * @param {readonly T[]} things
 * @param {(thing: T) => Box} boxOf
 * @returns {T[][]}
 */
export function inLines(things, boxOf) {
  const middle = (/** @type {T} */ thing) => boxOf(thing).y + boxOf(thing).height / 2;
  /** @type {T[][]} */
  const lines = [];
  for (const thing of [...things].sort((a, b) => middle(a) - middle(b))) {
    const line = lines.at(-1);
    const first = line?.[0];
    const isSameLine = first !== undefined && middle(thing) - middle(first) < boxOf(first).height / 2;
    if (line !== undefined && isSameLine) line.push(thing);
    else lines.push([thing]);
  }
  return lines.map((line) => line.sort((a, b) => boxOf(a).x - boxOf(b).x));
}

/** Bounding boxes of the regions of neighbouring pixels (four sides) above the threshold. */
function regionsOf(probabilities, { width, height, threshold }) {
  const seen = new Uint8Array(width * height);
  /** @type {Box[]} */
  const regions = [];
  const waiting = [];
  for (let start = 0; start < seen.length; start++) {
    if (seen[start] === 1 || !(probabilities[start] > threshold)) continue;
    let [left, right, top, bottom] = [width, 0, height, 0];
    seen[start] = 1;
    waiting.push(start);
    while (waiting.length > 0) {
      const place = waiting.pop() ?? 0;
      const x = place % width;
      const y = (place - x) / width;
      left = Math.min(left, x);
      right = Math.max(right, x);
      top = Math.min(top, y);
      bottom = Math.max(bottom, y);
      for (const next of neighbours(x, y, { width, height })) {
        if (seen[next] === 1 || !(probabilities[next] > threshold)) continue;
        seen[next] = 1;
        waiting.push(next);
      }
    }
    regions.push({ x: left, y: top, width: right - left + 1, height: bottom - top + 1 });
  }
  return regions;
}

function neighbours(x, y, { width, height }) {
  const place = y * width + x;
  const found = [];
  if (x > 0) found.push(place - 1);
  if (x < width - 1) found.push(place + 1);
  if (y > 0) found.push(place - width);
  if (y < height - 1) found.push(place + width);
  return found;
}

function grown({ x, y, width, height }, image) {
  const margin = Math.round(height * MARGIN);
  const left = Math.max(0, x - margin);
  const top = Math.max(0, y - margin);
  return {
    x: left,
    y: top,
    width: Math.min(image.width, x + width + margin) - left,
    height: Math.min(image.height, y + height + margin) - top,
  };
}
