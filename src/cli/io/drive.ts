import type { CliIo } from './io.js';

/** How long a search may run between two looks at signals and the clock. */
const BREATH_MS = 50;
/** How long after its time limit a search may look for what it tells beside its result. */
const GRACE_MS = 1000;
/** What ended a search: nothing, its time limit, or Ctrl-C. */
export type Ending = 'complete' | 'time limit' | 'interrupt';

/** What a search tells of itself at a step. */
interface Progress {
  readonly doing?: string;
  readonly isFinishing?: boolean;
  readonly isPreparing?: boolean;
  /** What it would return; one that has the key and no value would return nothing that takes time to write. */
  readonly incumbent?: unknown;
}

export interface Drive<State> {
  readonly limitMs: number;
  /** When the time began to count; now, unless something was done before, such as reading files. */
  readonly sinceMs?: number;
  show(state: State, elapsedMs: number): string;
}

/**
 * Runs a search step by step to its end, to the time limit or to Ctrl-C, whichever comes first, and shows its state. A
 * search that is told to stop returns the best it has. It is told so early enough to write the result within the limit:
 * what follows a search, such as a last simulation, takes about as long as what comes before it, its first step at least,
 * since both pass over the whole trace.
 * @returns `doing`: what the search did when it was told to stop
 */
export async function drive<State, Result>(
  steps: Generator<State, Result, boolean | undefined>,
  io: CliIo,
  { limitMs, sinceMs, show }: Drive<State>,
): Promise<{ result: Result; ending: Ending; doing?: string | undefined }> {
  const interrupt = io.catchInterrupt();
  const firstMs = io.nowMs();
  const startMs = sinceMs ?? firstMs;
  let lastMs = firstMs;
  let ending: Ending = 'complete';
  let doing: string | undefined;
  try {
    let step = steps.next();
    let reserveMs = 0;
    let isPrepared = false;
    for (;;) {
      if (step.done) return { result: step.value, ending, doing };
      const nowMs = io.nowMs();
      if (!isPrepared) {
        reserveMs = nowMs - firstMs;
        isPrepared = (step.value as Progress | undefined)?.isPreparing !== true;
      }
      if (nowMs - lastMs >= BREATH_MS) {
        lastMs = nowMs;
        io.progress(show(step.value, nowMs - startMs));
        await io.breathe();
        const progress: Progress = step.value ?? {};
        const isEmpty = 'incumbent' in progress && progress.incumbent === undefined;
        const endMs = startMs + limitMs + (progress.isFinishing ? GRACE_MS : isEmpty ? 0 : -reserveMs);
        const told = interrupt.isAsked ? 'interrupt' : nowMs >= endMs ? 'time limit' : undefined;
        if (told !== undefined && ending === 'complete') doing = progress.doing;
        ending = told ?? ending;
        step = steps.next(told !== undefined);
      } else step = steps.next(false);
    }
  } finally {
    io.progress('');
    interrupt.release();
  }
}

/** What to say of a search that was stopped; '' for one that came to its end. `result` is what stands all the same. */
export function stoppedText({ ending, doing }: { ending: Ending; doing?: string | undefined }, result: string): string {
  if (ending === 'complete') return '';
  return `Stopped by the ${ending}${doing === undefined ? '' : ` while ${doing}`}: ${result}\n`;
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
