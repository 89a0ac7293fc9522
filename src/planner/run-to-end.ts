/**
 * Runs what works in small steps to its end and returns what it returns. A caller that shows progress or wants to stop
 * takes the steps itself.
 */
export function runToEnd<Result>(steps: Generator<unknown, Result, undefined | boolean>): Result {
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
  }
}
