import { type ChildProcess, fork } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { Answer, Errand, SearchHelper } from '../planner/search-helper.js';
import type { PlanningInput } from '../planner/search-space.js';

/** What the process is told first. */
export interface SearchProcessInput {
  /** With the whole trace, of which validation holds out the tail. */
  readonly input: PlanningInput;
  readonly isValidated: boolean;
}

/** Simulating so many items takes about as long as starting a process. */
const FROM_ROWS = 10_000_000;
/** Between two looks at the clock and at Ctrl-C. */
const WAIT_MS = 5;

/** Source code runs in tests only, and a process of its own cannot load TypeScript. */
const IS_BUILT = import.meta.url.endsWith('.js');

/**
 * Another process for the exact search, started when it is first asked; none on a machine with one processor. A process and not a thread,
 * since Node.js 20 now and then crashes when a thread is ended while its code is being compiled.
 */
export function openSearchHelper(
  input: PlanningInput,
  { isValidated }: { isValidated: boolean },
): { readonly helper: SearchHelper | undefined; close(): void } {
  if (!IS_BUILT || availableParallelism() < 2) return { helper: undefined, close: () => {} };
  let child: ChildProcess | undefined;
  let isReady = false;
  let isFailed = false;
  let waiting: Errand | undefined;
  let answer: Answer | undefined;
  const idle = new Int32Array(new SharedArrayBuffer(4));

  const start = () => {
    const begun = fork(fileURLToPath(new URL('./search-process.js', import.meta.url)), {
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
      serialization: 'advanced',
      execArgv: [],
    });
    const fail = () => {
      isFailed = true;
    };
    begun.on('error', fail).once('exit', fail);
    begun.on('message', (message) => {
      if (message !== 'ready') answer = message as unknown as Answer;
      else {
        isReady = true;
        if (waiting !== undefined) begun.send(waiting);
      }
    });
    begun.send({ input, isValidated } satisfies SearchProcessInput, (error) => error !== null && fail());
    begun.unref();
    begun.channel?.unref();
    return begun;
  };

  return {
    helper: {
      fromRows: FROM_ROWS,
      ask(errand) {
        answer = undefined;
        waiting = errand;
        child ??= start();
        if (isReady) child.send(errand);
      },
      answer() {
        if (answer !== undefined || isFailed) return answer ?? 'failed';
        Atomics.wait(idle, 0, 0, WAIT_MS);
        return undefined;
      },
    },
    close() {
      child?.kill('SIGKILL');
    },
  };
}
