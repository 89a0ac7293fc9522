/**
 * The tuner beside a live system. Arrivals come in, the session decides, each decision is written down and then carried out; replicas are read again and again. This
 * is the one place of the tuner with timers. What fails is tried again, more and more slowly, and nothing that fails ever takes a replica away.
 */
import type { ArrivalSource } from '../backends/contracts/arrival-source.js';
import type { ScalingTarget, StageReplicas } from '../backends/contracts/scaling-target.js';
import { BackendError } from '../errors.js';
import type { Plan } from '../model/plan/plan.js';
import { afterHandChange } from '../tuner/decide.js';
import { firstState } from '../tuner/decision.js';
import type { DriftFinding } from '../tuner/drift/find-drift.js';
import { DriftWatch } from '../tuner/drift/watch.js';
import type { TunerPlan } from '../tuner/tuner-plan.js';
import type { ReviewChange, TunerSession } from '../tuner/tuner-session.js';
import { msFromS } from '../units.js';
import { ArrivalIntake } from './arrival-intake.js';
import { JOURNAL_VERSION, type JournalRecord, type ResumePoint } from './journal.js';
import { type LoopClock, problemOf, retryAfterMs } from './loop-clock.js';
import type { LoopEvent, StartedStage } from './loop-event.js';
import { ReplicaKeeper } from './replica-keeper.js';
import { readFirst, resumedWith } from './resume.js';

/** On the clock of the arrivals: how much of the way is gone again after a kill. */
const PROGRESS_EVERY_MS = msFromS(10);
const LAST_READ_TIMEOUT_MS = msFromS(2);

export const systemClock: LoopClock = {
  nowMs: () => performance.now(),
  wallMs: () => Date.now(),
  pause: (ms, signal) =>
    new Promise((resolve) => {
      if (signal.aborted) return resolve();
      const done = () => {
        clearTimeout(timer);
        signal.removeEventListener('abort', done);
        resolve();
      };
      const timer = setTimeout(done, ms);
      signal.addEventListener('abort', done, { once: true });
    }),
};

export interface LoopOptions {
  readonly plan: TunerPlan;
  readonly planSha256: string;
  /** The whole plan, to look for drift from it; without it none is looked for. */
  readonly drift?: Plan;
  /** Time that the plan's profile gives a batch of so many items at a stage, by its place in the plan; undefined for larger ones. */
  readonly expectedMs?: (stage: number, items: number) => number | undefined;
  readonly source: ArrivalSource;
  readonly target: ScalingTarget;
  readonly clock: LoopClock;
  /** Spreads retries; draws no decision. */
  readonly random: () => number;
  readonly isApplying: boolean;
  readonly intervalMs: number;
  /** How long a number set by hand stands. */
  readonly handHoldMs: number;
  readonly review?: ReviewChange | undefined;
  /** On the disk when it returns. */
  record(record: JournalRecord): void;
  readonly resume: ResumePoint | undefined;
  /** See `IntakeOptions`. */
  readonly isTraceClock?: boolean;
  readonly signal: AbortSignal;
  onEvent(event: LoopEvent): void;
  /** Told once, with what the panel and the metrics look at. */
  onReady(loop: RunningLoop): void;
}

/** What can be looked at while the loop runs. */
export interface RunningLoop {
  readonly plan: TunerPlan;
  readonly session: TunerSession | undefined;
  readonly stages: ReplicaKeeper['stages'];
  readonly readProblem: string | undefined;
  readonly arrivalsProblem: string | undefined;
  /** What calls for another plan, and the arrivals that it would be made for (µs from the first). */
  readonly findings: readonly DriftFinding[];
  recentUs(): Float64Array;
  /** How old the newest known arrival instant is; undefined before the first. */
  dataAgeMs(): number | undefined;
  /** What a journal that begins now begins with. */
  startRecord(): JournalRecord;
}

/** Runs until the signal. Throws what the journal throws: a decision that cannot be written down is not carried out. */
export async function runControlLoop(options: LoopOptions): Promise<void> {
  const { plan, planSha256, target, source, clock, random, onEvent, record, handHoldMs, isApplying } = options;
  const stages = plan.stages.map(({ stage }) => stage);
  // Ends with the caller's signal, or with a journal that cannot be written.
  const ending = new AbortController();
  const signal = AbortSignal.any([options.signal, ending.signal]);
  let fatal: unknown;
  const orEnd = <T>(act: () => T): T | undefined => {
    try {
      return act();
    } catch (error) {
      fatal ??= error;
      ending.abort();
      return undefined;
    }
  };

  const first = await readFirst({ ...options, signal }, stages);
  if (first === undefined) return;
  const found = first.map(({ wanted }) => wanted);
  const resume = options.resume && resumedWith(options.resume, found, { handHoldMs });
  let arrivalsProblem: string | undefined;
  let heardAtMs: number | undefined;
  let heardAgeMs = 0;
  let recordedMs = Number.NEGATIVE_INFINITY;

  const driftFrom = (whole: Plan) => (startUs: number) =>
    new DriftWatch({
      plan: whole,
      tuned: plan,
      startUs,
      onFindings: (findings) => onEvent({ kind: 'drift', findings }),
    });
  const intake = new ArrivalIntake({
    plan,
    intervalMs: options.intervalMs,
    ...(options.review === undefined ? {} : { review: options.review }),
    replicas: found,
    resume,
    isTraceClock: options.isTraceClock === true,
    onChange: (decision, state) => {
      record({ kind: 'decision', decision, state });
      onEvent({ kind: 'decision', decision, isApplied: isApplying });
    },
    ...(options.drift === undefined ? {} : { driftFrom: driftFrom(options.drift) }),
    onRefused: (state, checkedMs) => record({ kind: 'refused', checkedMs, state }),
    onEvent,
    onRestart: (state, checkedMs) => {
      keeper.restarted();
      record({ kind: 'clock', checkedMs, state, applied: appliedNow() });
    },
  });
  const keeper = new ReplicaKeeper(
    {
      target,
      stages,
      clock,
      random,
      signal,
      isApplying,
      told: isApplying ? found : (resume?.state.replicas ?? found),
      onEvent,
      onApplied: (change) => orEnd(() => record({ kind: 'applied', ...change })),
      onHand: (numbers) => orEnd(() => takeHand(numbers)),
    },
    first,
  );
  const appliedNow = () => keeper.stages.map((stage) => stage.told);

  const takeHand = (numbers: readonly number[]) => {
    const { session } = intake;
    const nowMs = intake.knownToMs;
    if (session === undefined || nowMs === undefined) return;
    const before = session.state;
    session.state = afterHandChange(before, { found: numbers, nowMs, holdMs: handHoldMs });
    record({ kind: 'hand', checkedMs: nowMs, state: session.state, applied: appliedNow() });
    numbers.forEach((to, s) => {
      const from = before.replicas[s]!;
      if (from !== to) onEvent({ kind: 'changed-by-hand', stage: stages[s]!, from, to, untilMs: nowMs + handHoldMs });
    });
  };

  const startRecord = (): JournalRecord => ({
    kind: 'start',
    version: JOURNAL_VERSION,
    pipeline: plan.pipeline,
    planSha256,
    stages,
    state: intake.session?.state ?? resume?.state ?? firstState(found, 0),
    applied: appliedNow(),
    checkedMs: intake.knownToMs ?? resume?.checkedMs ?? null,
    zeroMs: intake.zeroMs ?? resume?.zeroMs ?? null,
  });

  const takeArrivals = async () => {
    for (let failures = 0; !signal.aborted; ) {
      try {
        for await (const span of source.spans({ signal })) {
          heardAtMs = clock.nowMs();
          heardAgeMs = span.ageMs;
          orEnd(() => intake.take(span, clock.wallMs()));
          if (signal.aborted) return;
          const { session, knownToMs, zeroMs } = intake;
          keeper.want(session!.state.replicas);
          if (knownToMs! - recordedMs >= PROGRESS_EVERY_MS || knownToMs! < recordedMs) {
            recordedMs = knownToMs!;
            orEnd(() => record({ kind: 'progress', checkedMs: knownToMs!, zeroMs: zeroMs! }));
          }
          if (failures > 0) onEvent({ kind: 'arrivals-back' });
          failures = 0;
          arrivalsProblem = undefined;
        }
        if (signal.aborted) return;
        arrivalsProblem = 'the arrivals ended';
      } catch (error) {
        if (signal.aborted) return;
        arrivalsProblem = problemOf(error);
      }
      failures++;
      const retryMs = retryAfterMs(failures, random);
      onEvent({ kind: 'arrivals-failed', problem: arrivalsProblem, retryMs });
      await clock.pause(retryMs, signal);
    }
  };

  /** Work is heard of where the source tells it; while it does not, drift is judged by arrivals alone. */
  const takeBatches = async () => {
    if (source.batches === undefined || options.drift === undefined) return;
    for (let failures = 0; !signal.aborted; ) {
      try {
        for await (const batch of source.batches({ signal })) {
          failures = 0;
          const stage = stages.indexOf(batch.stage);
          if (stage >= 0) intake.drift?.hear(stage, batch, options.expectedMs?.(stage, batch.enteredMs.length));
        }
      } catch (error) {
        if (signal.aborted) return;
        if (!(error instanceof BackendError)) throw error;
      }
      intake.drift?.stopHearing();
      await clock.pause(retryAfterMs(++failures, random), signal);
    }
  };

  record(startRecord());
  const describeStages = (read: readonly StageReplicas[]): StartedStage[] =>
    read.map(({ stage, wanted, ready }, s) => ({ stage, planned: plan.stages[s]!.replicas, wanted, ready }));
  onEvent({ kind: 'started', stages: describeStages(first), isResumed: resume !== undefined });
  if (resume !== undefined) keeper.want(resume.state.replicas);
  options.onReady({
    plan,
    get session() {
      return intake.session;
    },
    stages: keeper.stages,
    get readProblem() {
      return keeper.readProblem;
    },
    get arrivalsProblem() {
      return arrivalsProblem;
    },
    dataAgeMs: () => (heardAtMs === undefined ? undefined : clock.nowMs() - heardAtMs + heardAgeMs),
    startRecord,
    get findings() {
      return intake.drift?.findings ?? [];
    },
    recentUs: () => intake.drift?.recentUs() ?? new Float64Array(),
  });
  await Promise.all([takeArrivals(), takeBatches(), keeper.watch()]);
  if (fatal !== undefined) throw fatal;
  const left = await target.readReplicas({ timeoutMs: LAST_READ_TIMEOUT_MS }).catch(() => undefined);
  record({ kind: 'end' });
  onEvent({ kind: 'ended', left: left && describeStages(left) });
}
