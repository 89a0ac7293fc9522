/** A control loop over a live system of fakes, from its start to its end. */
import { ControlLoop } from '../../src/control-loop/control-loop.js';
import type { JournalRecord, ResumePoint } from '../../src/control-loop/journal.js';
import type { LoopEvent } from '../../src/control-loop/loop-event.js';
import type { LoopOptions } from '../../src/control-loop/loop-options.js';
import { randomStream } from '../../src/random.js';
import { firstState } from '../../src/tuner/decision.js';
import type { TunerPlan } from '../../src/tuner/tuner-plan.js';
import { FakeClock, FakeTarget, sourceOf } from '../tuner/live-fakes.js';

export interface LoopRun {
  readonly clock: FakeClock;
  readonly target: FakeTarget;
  readonly events: LoopEvent[];
  readonly records: JournalRecord[];
  readonly loop: () => ControlLoop;
  /** What the target was told to have, per stage. */
  wanted(): number[];
  end(): Promise<void>;
}

export function runLoop(
  plan: TunerPlan,
  {
    script = [],
    replicas,
    clock = new FakeClock(),
    ...given
  }: {
    readonly clock?: FakeClock;
    readonly script?: Parameters<typeof sourceOf>[0];
    /** Of the live system at the start. */
    readonly replicas: Readonly<Record<string, number>>;
  } & Partial<Omit<LoopOptions, 'clock'>>,
): LoopRun {
  const target = new FakeTarget(replicas, clock);
  const events: LoopEvent[] = [];
  const records: JournalRecord[] = [];
  const stop = new AbortController();
  let loop: ControlLoop | undefined;
  const opened = ControlLoop.open({
    plan,
    planSha256: 'plan',
    source: sourceOf(script, clock),
    target,
    clock,
    random: randomStream(1, 'retries'),
    isApplying: true,
    intervalMs: 100,
    handHoldMs: 600_000,
    journal: { append: (record) => void records.push(structuredClone(record)) },
    resume: undefined,
    signal: stop.signal,
    onEvent: (event) => events.push(event),
    ...given,
  });
  const run = opened.then((ready) => {
    loop = ready;
    return ready?.run();
  });
  run.catch(() => undefined);
  return {
    clock,
    target,
    events,
    records,
    loop: () => loop!,
    wanted: () => [...target.stages.values()].map(({ wanted }) => wanted),
    end: () => {
      stop.abort();
      return run;
    },
  };
}

/** Where a killed run stopped: it had decided on `replicas`, and the live system had confirmed `applied`. */
export function resumeAt(plan: TunerPlan, replicas: readonly number[], applied: readonly number[]): ResumePoint {
  return {
    pipeline: plan.pipeline,
    planSha256: 'plan',
    stages: plan.stages.map(({ stage }) => stage),
    state: firstState(replicas, 1_700),
    applied,
    checkedMs: 1_700,
    zeroMs: null,
  };
}
