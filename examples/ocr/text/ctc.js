/** Reads text from the recogniser's scores: the best class of each time step, repeats and blanks left out (greedy CTC decoding). */

const BLANK = 0;

/**
 * @param {ArrayLike<number>} scores `steps` x `classes`, time step by time step; class 0 is the blank
 * @param {{ steps: number, classes: number, alphabet: readonly string[] }} shape `alphabet[i]` is the text of class i + 1
 * @returns {string}
 */
export function readCtc(scores, { steps, classes, alphabet }) {
  let text = '';
  let last = BLANK;
  for (let step = 0; step < steps; step++) {
    const best = bestClass(scores, step * classes, classes);
    if (best !== BLANK && best !== last) text += alphabet[best - 1] ?? '';
    last = best;
  }
  return text;
}

function bestClass(scores, start, classes) {
  let best = 0;
  for (let candidate = 1; candidate < classes; candidate++) {
    if (scores[start + candidate] > scores[start + best]) best = candidate;
  }
  return best;
}
