/**
 * A rehearsal: both ends of the control loop without a live system. Arrivals come from a trace, at any speed; replicas
 * exist on paper.
 */
import type { ArrivalSource } from '../backends/contracts/arrival-source.js';
import type { ScalingTarget, StageReplicas } from '../backends/contracts/scaling-target.js';
import { BackendError } from '../errors.js';
import { formatDuration } from '../model/notation/quantity.js';
import type { ArrivalSource as TraceSource } from '../model/trace.js';
import type { TunedStage } from '../tuner/tuner-plan.js';
import { msFromS, msFromUs, usFromMs } from '../units.js';
import type { LoopClock } from './loop-clock.js';

const BLOCK = 4096;
/** Real time between two spans. */
const STEP_MS = 50;
/** A trace that is played fast, or rests for days, is told in pieces: the loop looks up in between. */
const LONGEST_SPAN_MS = msFromS(60);
/** A longer wait for the first arrival is not played: with stamps since 1970 it would last half a century. */
const LONGEST_LEAD_MS = msFromS(300);

/**
 * The trace's arrivals as if they came now, `speed` times as fast. Arrivals before `sinceMs` of the trace are skipped;
 * those between `sinceMs` and `nowMs` come at once. A wait of more than five minutes for the first one is left out. Calls
 * `onEnd` after the last one.
 */
export function traceArrivals(options: {
  readonly open: () => TraceSource;
  readonly place: string;
  readonly clock: LoopClock;
  readonly speed: number;
  readonly sinceMs: number;
  readonly nowMs: number;
  /** Of the tuner's checks: the last span ends with the check after the last arrival, as a replay does. */
  readonly intervalMs: number;
  readonly onEnd: () => void;
}): ArrivalSource {
  const { open, place, clock, speed, sinceMs, intervalMs, onEnd } = options;
  return {
    describe: () => ({ kind: 'local', place, precision: 'stamps', finestWindowMs: 0 }),
    async *spans({ signal, onNotice }) {
      const next = arrivalsOf(open(), usFromMs(sinceMs));
      const startMs = clock.nowMs();
      let waiting = next();
      const firstMs = waiting === undefined ? 0 : msFromUs(waiting);
      const skippedMs = sinceMs === 0 && firstMs > LONGEST_LEAD_MS ? checkAfter(firstMs, intervalMs) - intervalMs : 0;
      let fromMs = sinceMs + skippedMs;
      if (skippedMs > 0) {
        const note = `${place} begins ${formatDuration(firstMs)} after its zero: it is played from its first query on`;
        onNotice?.({ kind: 'corrected', note });
      }
      while (waiting !== undefined && !signal.aborted) {
        await clock.pause(STEP_MS, signal);
        if (signal.aborted) return;
        const nowMs = options.nowMs + skippedMs + (clock.nowMs() - startMs) * speed;
        while (waiting !== undefined && fromMs < nowMs) {
          const endMs = Math.min(nowMs, fromMs + LONGEST_SPAN_MS);
          const stampsMs: number[] = [];
          while (waiting !== undefined && waiting <= usFromMs(endMs)) {
            stampsMs.push(msFromUs(waiting));
            waiting = next();
          }
          const toMs = waiting === undefined ? checkAfter(stampsMs.at(-1) ?? fromMs, intervalMs) : endMs;
          yield { fromMs, toMs, count: stampsMs.length, stampsMs, ageMs: 0 };
          fromMs = toMs;
        }
      }
      onEnd();
      await clock.pause(Number.MAX_SAFE_INTEGER, signal);
    },
    close: () => Promise.resolve(),
  };
}

/** The first check at or after an instant. */
function checkAfter(atMs: number, intervalMs: number): number {
  return Math.ceil(atMs / intervalMs) * intervalMs;
}

/** Arrivals in µs, one per call, from the first one later than `afterUs`; undefined at the end. */
function arrivalsOf(source: TraceSource, afterUs: number): () => number | undefined {
  const block = new Float64Array(BLOCK);
  let count = 0;
  let next = 0;
  const read = (): number | undefined => {
    if (next === count) {
      count = source.read(block);
      next = 0;
    }
    return next < count ? block[next++] : undefined;
  };
  let first = read();
  while (afterUs > 0 && first !== undefined && first <= afterUs) first = read();
  return () => {
    const arrival = first;
    first = read();
    return arrival;
  };
}

/** Replicas of each stage, stored where they outlive this process. */
export interface PaperReplicas {
  read(): Readonly<Record<string, number>> | undefined;
  write(replicas: Readonly<Record<string, number>>): void;
}

/** Replicas that do nothing. They become ready after their hardware's activation delay, `speed` times as fast. */
export function paperTarget(options: {
  readonly stages: readonly TunedStage[];
  readonly clock: LoopClock;
  readonly speed: number;
  readonly paper: PaperReplicas;
}): ScalingTarget {
  const { stages, clock, speed, paper } = options;
  const planned = Object.fromEntries(stages.map(({ stage, replicas }) => [stage, replicas]));
  const wanted = (): Readonly<Record<string, number>> => ({ ...planned, ...paper.read() });
  const ready = new Map(Object.entries(wanted()));
  return {
    describe: () => ({
      kind: 'dry-run',
      place: 'on paper',
      stages: stages.map(({ stage }) => stage),
      queue: 'central',
      batchTrigger: 'greedy',
      replicaUnit: 'entry',
      canSetReplicas: true,
      leastReplicas: 1,
      isOnThisMachine: true,
    }),
    readReplicas(): Promise<readonly StageReplicas[]> {
      const now = wanted();
      return Promise.resolve(stages.map(({ stage }) => ({ stage, wanted: now[stage]!, ready: ready.get(stage)! })));
    },
    async setReplicas({ stage, replicas, signal }) {
      const before = wanted()[stage]!;
      const delayMs = replicas > before ? stages.find((one) => one.stage === stage)!.activationDelayMs : 0;
      paper.write({ ...wanted(), [stage]: replicas });
      await clock.pause(delayMs / speed, signal ?? new AbortController().signal);
      signal?.throwIfAborted();
      if (wanted()[stage] !== replicas)
        throw new BackendError('BACKEND_SUPERSEDED', `on paper: a later request for ${stage} took over`);
      ready.set(stage, replicas);
      return { stage, before, replicas, activationMs: delayMs };
    },
    close: () => Promise.resolve(),
  };
}
