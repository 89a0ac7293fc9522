/**
 * A live system for the control loop, without one: a clock that is moved by hand, arrivals from a list, and a target
 * that fails when it is told to.
 */
import type {
  ArrivalSource,
  ArrivalSpan,
  SourceDescription,
  SourceNotice,
} from '../../src/backends/contracts/arrival-source.js';
import type { ReplicaRequest, ScalingTarget, StageReplicas } from '../../src/backends/contracts/scaling-target.js';
import type { LoopClock } from '../../src/control-loop/loop-clock.js';
import { BackendError } from '../../src/errors.js';

export class FakeClock implements LoopClock {
  private now = 0;
  private timers: { atMs: number; done: () => void }[] = [];

  nowMs(): number {
    return this.now;
  }

  wallMs(): number {
    return 1_700_000_000_000 + this.now;
  }

  pause(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (signal.aborted) return resolve();
      const done = () => {
        signal.removeEventListener('abort', done);
        resolve();
      };
      this.timers.push({ atMs: this.now + Math.max(0, ms), done });
      signal.addEventListener('abort', done, { once: true });
    });
  }

  /** Lets everything happen up to and with `toMs`. */
  async runTo(toMs: number): Promise<void> {
    for (;;) {
      await settled();
      this.timers.sort((a, b) => a.atMs - b.atMs);
      const next = this.timers[0];
      if (next === undefined || next.atMs > toMs) break;
      this.timers.shift();
      this.now = Math.max(this.now, next.atMs);
      next.done();
    }
    this.now = toMs;
    await settled();
  }
}

/** Until everything that waits for nothing but other promises has happened. */
async function settled(): Promise<void> {
  for (let i = 0; i < 3; i++) await new Promise((resolve) => setImmediate(resolve));
}

/**
 * Hands each span over when the clock has reached its end, `ageMs` later; then stays silent. A string in the list is a
 * failure.
 */
export function sourceOf(
  script: readonly (ArrivalSpan | SourceNotice | string)[],
  clock: LoopClock,
  kind: SourceDescription['kind'] = 'local',
): ArrivalSource {
  let next = 0;
  return {
    describe: () => ({ kind, place: 'a list', precision: 'stamps', finestWindowMs: 0 }),
    async *spans({ signal, onNotice }) {
      for (; next < script.length; ) {
        const entry = script[next]!;
        if (typeof entry === 'string') {
          next++;
          throw new BackendError('BACKEND_UNREACHABLE', entry);
        }
        if ('kind' in entry) {
          next++;
          onNotice?.(entry);
          continue;
        }
        await clock.pause(entry.toMs + entry.ageMs - clock.nowMs(), signal);
        if (signal.aborted) return;
        next++;
        yield entry;
      }
      await clock.pause(1e12, signal);
    },
    close: () => Promise.resolve(),
  };
}

/** Spans of `everyMs` over stamps in ms, from 0 to `endMs`. */
export function spansOf(stampsMs: ArrayLike<number>, endMs: number, everyMs: number | (() => number)): ArrivalSpan[] {
  const spans: ArrivalSpan[] = [];
  let next = 0;
  for (let fromMs = 0; fromMs < endMs; ) {
    const toMs = Math.min(endMs, fromMs + (typeof everyMs === 'number' ? everyMs : everyMs()));
    const stamps: number[] = [];
    while (next < stampsMs.length && stampsMs[next]! <= toMs) stamps.push(stampsMs[next++]!);
    spans.push({ fromMs, toMs, count: stamps.length, stampsMs: stamps, ageMs: 5 });
    fromMs = toMs;
  }
  return spans;
}

export class FakeTarget implements ScalingTarget {
  /** Every call that was accepted: when, what. */
  readonly calls: { atMs: number; stage: string; replicas: number }[] = [];
  readonly stages: Map<string, { wanted: number; ready: number }>;
  activationMs = 5000;
  /** Taken from the front by each call of `setReplicas`: an error, or a call that never ends. */
  readonly nextSets: ('fails' | 'hangs')[] = [];
  readonly nextReads: ('fails' | 'is foreign' | StageReplicas[])[] = [];
  private readonly clock: LoopClock;

  constructor(stages: Readonly<Record<string, number>>, clock: LoopClock) {
    this.stages = new Map(Object.entries(stages).map(([stage, count]) => [stage, { wanted: count, ready: count }]));
    this.clock = clock;
  }

  describe() {
    return {
      kind: 'local' as const,
      place: 'a fake',
      stages: [...this.stages.keys()],
      queue: 'central' as const,
      batchTrigger: 'greedy' as const,
      replicaUnit: 'entry',
      canSetReplicas: true,
      leastReplicas: 1,
      isOnThisMachine: true,
    };
  }

  /** Somebody else's doing. */
  setByHand(stage: string, replicas: number): void {
    this.stages.set(stage, { wanted: replicas, ready: replicas });
  }

  async readReplicas(): Promise<readonly StageReplicas[]> {
    const next = this.nextReads.shift();
    if (next === 'fails') throw new BackendError('BACKEND_UNREACHABLE', 'a fake: gone');
    if (next === 'is foreign') throw new BackendError('BACKEND_FOREIGN', 'a fake: serves pipeline other');
    return next ?? [...this.stages].map(([stage, counts]) => ({ stage, ...counts }));
  }

  async setReplicas({ stage, replicas, signal }: ReplicaRequest) {
    const next = this.nextSets.shift();
    if (next === 'fails') throw new BackendError('BACKEND_BUSY', 'a fake: too busy');
    if (next === 'hangs') {
      await this.clock.pause(120_000, signal!);
      throw new BackendError('BACKEND_TIMEOUT', 'a fake: not done');
    }
    const counts = this.stages.get(stage)!;
    const before = counts.wanted;
    this.calls.push({ atMs: this.clock.nowMs(), stage, replicas });
    counts.wanted = replicas;
    const activationMs = replicas > before ? this.activationMs : 0;
    if (activationMs > 0) await this.clock.pause(activationMs, signal!);
    if (counts.wanted !== replicas)
      throw new BackendError('BACKEND_SUPERSEDED', 'a fake: other replicas were asked for');
    counts.ready = replicas;
    return { stage, before, replicas, activationMs };
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
