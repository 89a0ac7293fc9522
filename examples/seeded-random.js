/**
 * A sequence of uniforms in [0, 1) that is the same for the same seed on every machine (mulberry32).
 * @param {number} seed whole number
 * @returns {() => number}
 */
export function seededRandom(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000;
  };
}

/**
 * The seed of draw number `index` of a sequence: neighbouring indices give unrelated seeds.
 * @param {number} seed
 * @param {number} index
 */
export function seedAt(seed, index) {
  let mixed = Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(index + 1, 0xc2b2ae35);
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x7feb352d);
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x846ca68b);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}

/**
 * One of a list, each as likely.
 * @template T
 * @param {readonly T[]} choices
 * @param {() => number} random
 * @returns {T}
 */
export function pick(choices, random) {
  return /** @type {T} */ (choices[Math.floor(random() * choices.length)]);
}
