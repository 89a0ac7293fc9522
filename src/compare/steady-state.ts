/** The planned configuration on the planning trace: what a policy's target is matched to. */
import type { ArrivalSource } from '../model/trace.js';
import type { Policy, StageView, SteadyStage } from '../policies/policy.js';
import { ClosedLoop, type ClosedLoopOptions } from '../replay/closed-loop.js';
import { msFromS, qpsOver, usFromMs } from '../units.js';

const BLOCK = 4096;
const TICK_MS = msFromS(10);

interface Sums {
  spanMs: number;
  readonly stages: { entered: number; queuedItemMs: number; inServiceItemMs: number; busyMs: number }[];
}

/** Means from the trace's start to the last whole 10 s, or over all of a shorter trace. */
export function steadyState(
  given: Omit<ClosedLoopOptions, 'name' | 'policy' | 'lastUs' | 'binUs'>,
  open: () => ArrivalSource,
): SteadyStage[] {
  const lastUs = lastArrivalUs(open());
  const sums: Sums = {
    spanMs: 0,
    stages: given.views.map(() => ({ entered: 0, queuedItemMs: 0, inServiceItemMs: 0, busyMs: 0 })),
  };
  const policy = watching(sums);
  const loop = new ClosedLoop({ ...given, name: policy.name, policy, lastUs, binUs: Math.max(1, lastUs) });
  const source = open();
  const block = new Float64Array(BLOCK);
  for (let count = source.read(block); count > 0; count = source.read(block)) {
    for (const _ of loop.take(block.subarray(0, count)));
  }
  loop.end();
  return given.views.map((view, s) => means(view, sums.stages[s]!, sums.spanMs));
}

function means({ replicas }: StageView, sum: Sums['stages'][number], spanMs: number): SteadyStage {
  return {
    replicas,
    rateQps: qpsOver(sum.entered, usFromMs(spanMs)),
    queuedItems: sum.queuedItemMs / spanMs,
    inServiceItems: sum.inServiceItemMs / spanMs,
    utilisation: sum.busyMs / (replicas * spanMs),
  };
}

/** A policy that changes nothing and adds up what it sees. */
function watching(sums: Sums): Policy<Sums> {
  return {
    name: 'steady',
    tickMs: TICK_MS,
    firstTickMs: TICK_MS,
    sees: 'stages',
    start: () => sums,
    decide({ state, nowMs, stages }) {
      state.spanMs = nowMs;
      stages.forEach((seen, s) => {
        const sum = state.stages[s]!;
        sum.entered += seen.enteredItems;
        sum.queuedItemMs += seen.queuedItemMs;
        sum.inServiceItemMs += seen.inServiceItemMs;
        sum.busyMs += seen.busyMs;
      });
      return { replicas: stages.map(({ askedReplicas }) => askedReplicas), reasons: [], state };
    },
  };
}

function lastArrivalUs(source: ArrivalSource): number {
  const block = new Float64Array(BLOCK);
  let lastUs = 0;
  for (let count = source.read(block); count > 0; count = source.read(block)) lastUs = block[count - 1]!;
  return lastUs;
}
