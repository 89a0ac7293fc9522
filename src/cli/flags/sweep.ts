/** `--sweep`: one option over a range of values. */
import type { Kind } from './flag.js';
import { multiple, refusal } from './kinds.js';

const SWEEP = /^rate=([^.]+(?:\.\d[^.]*)?)\.\.([^/]+)(?:\/(.+))?$/;
const MOST_POINTS = 50;
/** Absorbs rounding, so that a whole number of steps is not cut to one fewer. */
const ROUNDING = 1e-9;
const DECIMALS = 6;

/**
 * Multiples of the traffic, from the first to the last: `rate=0.5x..4x` doubles (0.5, 1, 2, 4), `rate=1x..2x/0.25x` goes
 * in steps. The last one is always among them.
 */
export const sweep: Kind<readonly number[]> = {
  placeholder: 'range',
  parse(text, option) {
    const [, first, last, step] = SWEEP.exec(text) ?? [];
    if (first === undefined || last === undefined)
      throw refusal(option, text, 'rate=FROM..TO or rate=FROM..TO/STEP, such as rate=0.5x..4x or rate=1x..2x/0.25x');
    const from = multiple.parse(first, option);
    const to = multiple.parse(last, option);
    if (to <= from) throw refusal(option, text, 'a range from a multiple to a larger one');
    const points = step === undefined ? doubled(from, to) : stepped(from, to, multiple.parse(step, option));
    if (points.length > MOST_POINTS) throw refusal(option, text, `a range of at most ${MOST_POINTS} multiples`);
    return points;
  },
};

function doubled(from: number, to: number): readonly number[] {
  const points: number[] = [];
  for (let scale = from; scale < to; scale *= 2) points.push(scale);
  return [...points, to];
}

function stepped(from: number, to: number, step: number): readonly number[] {
  const steps = Math.floor((to - from) / step + ROUNDING);
  if (steps >= MOST_POINTS) return Array.from({ length: steps + 1 }, () => to);
  const points = Array.from({ length: steps + 1 }, (_, i) => Number((from + i * step).toFixed(DECIMALS)));
  return points.at(-1) === to ? points : [...points, to];
}
