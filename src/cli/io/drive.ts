import type { CliIo } from './io.js';

/** How long a search may run between two looks at signals and the clock. */
const BREATH_MS = 50;

/** What ended a search: nothing, its time limit, or Ctrl-C. */
export type Ending = 'complete' | 'time limit' | 'interrupt';

/**
 * Runs a search step by step to its end, to the time limit or to Ctrl-C, whichever comes first, and shows its state. A search
 * that is told to stop returns the best it has.
 */
export async function drive<State, Result>(
  steps: Generator<State, Result, boolean | undefined>,
  io: CliIo,
  {
    limitMs,
    show,
  }: {
    limitMs: number;
    show: (state: State, elapsedMs: number) => string;
  },
): Promise<{ result: Result; ending: Ending }> {
  const interrupt = io.catchInterrupt();
  const startMs = io.nowMs();
  let lastMs = startMs;
  let ending: Ending = 'complete';
  try {
    for (let step = steps.next(); ; step = steps.next(ending !== 'complete')) {
      if (step.done) return { result: step.value, ending };
      const nowMs = io.nowMs();
      if (nowMs - lastMs < BREATH_MS) continue;
      lastMs = nowMs;
      io.progress(show(step.value, nowMs - startMs));
      await io.breathe();
      if (interrupt.isAsked) ending = 'interrupt';
      else if (nowMs - startMs >= limitMs) ending = 'time limit';
    }
  } finally {
    io.progress('');
    interrupt.release();
  }
}

/** Makes steps that cannot be stopped give `undefined` when told to. */
export function* stoppable<State, Result>(
  steps: Generator<State, Result>,
): Generator<State, Result | undefined, boolean | undefined> {
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
    if (yield step.value) return undefined;
  }
}
