import { type ChildProcess, fork } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { Answer, SearchHelper, WorkUnit } from '../../planner/search/search-helper.js';
import type { PlanningInput } from '../../planner/space/search-space.js';

/** The first message to the process. */
export interface SearchProcessInput {
  /** With the part of the trace that is planned on. */
  readonly input: PlanningInput;
  readonly isValidated: boolean;
}

/** A work unit, by number. */
export interface Asked {
  readonly number: number;
  readonly unit: WorkUnit;
}

/** The answer to a work unit. */
export interface Told {
  readonly number: number;
  readonly answer: Answer;
}

/** Simulating this many items takes about as long as starting a process. */
const FROM_ROWS = 10_000_000;

/** Beyond this many queries, what a second process holds of the trace is worth more than its help. */
const MOST_QUERIES = 1 << 22;

/** Source code runs in tests only, and a process of its own cannot load TypeScript. */
const IS_BUILT = import.meta.url.endsWith('.js');

/**
 * Other processes for the exact search, each started when it is first asked; none for a very long trace. Processes and
 * not threads, since Node.js 20 now and then crashes when a thread is ended while its code is being compiled.
 * @param jobs processes that search, this one included; undefined means as many as there are processors
 */
export function openSearchHelpers(
  input: PlanningInput,
  { isValidated, jobs = availableParallelism() }: { isValidated: boolean; jobs?: number | undefined },
): { readonly helpers: readonly SearchHelper[]; close(): void } {
  const isTooLong = input.trace.arrivalsUs.length > MOST_QUERIES;
  const others = !IS_BUILT || isTooLong ? 0 : jobs - 1;
  const opened = Array.from({ length: others }, () => openSearchHelper({ input, isValidated }));
  return {
    helpers: opened.map(({ helper }) => helper),
    close() {
      for (const one of opened) one.close();
    },
  };
}

function openSearchHelper(first: SearchProcessInput): { readonly helper: SearchHelper; close(): void } {
  let child: ChildProcess | undefined;
  let isReady = false;
  let isFailed = false;
  let asked: Asked | undefined;
  let answer: Answer | undefined;

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
    begun.on('message', (message: 'ready' | Told) => {
      if (message === 'ready') {
        isReady = true;
        begun.send(asked!); // started by what it is asked first
      } else if (message.number === asked!.number) answer = message.answer;
    });
    begun.send(first, (error) => error !== null && fail());
    begun.unref();
    begun.channel?.unref();
    return begun;
  };

  return {
    helper: {
      fromRows: FROM_ROWS,
      ask(unit) {
        answer = undefined;
        asked = { number: (asked?.number ?? 0) + 1, unit };
        child ??= start();
        if (isReady) child.send(asked);
      },
      answer: () => answer ?? (isFailed ? 'failed' : undefined),
    },
    close() {
      child?.kill('SIGKILL');
    },
  };
}
