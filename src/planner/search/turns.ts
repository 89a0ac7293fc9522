/** Work on a long trace that takes turns with other work, each turn of the same size whatever the machine. */
import { type TraceBounds, wholeRunsOf } from '../space/trace-bounds.js';

/** Work of a turn, in stage simulations on the whole trace. */
const TURN = 10;

/** A turn of work. @returns whether the work has ended */
export function* turnOf<State>(work: Generator<State, void>, bounds: TraceBounds): Generator<State, boolean> {
  const last = wholeRunsOf(bounds) + TURN;
  while (wholeRunsOf(bounds) < last) {
    const step = work.next();
    if (step.done) return true;
    yield step.value;
  }
  return false;
}
