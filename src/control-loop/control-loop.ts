/**
 * The tuner beside a live system. Four pumps run until the signal: arrivals are taken in and decided on, batches tell
 * how much work a query makes, replicas are read and set, and silence is reported. A decision is in the journal before
 * it is carried out. Failures are retried with backoff and never remove a replica.
 */
import type { ArrivalSpan } from '../backends/contracts/arrival-source.js';
import type { StageReplicas } from '../backends/contracts/scaling-target.js';
import { BackendError } from '../errors.js';
import type { Plan } from '../model/plan/plan.js';
import { firstState, type TunerState } from '../tuner/decision.js';
import type { DriftFinding } from '../tuner/drift/find-drift.js';
import { DriftWatch } from '../tuner/drift/watch.js';
import type { BoundLimit } from '../tuner/limit-tally.js';
import { LimitWatch } from '../tuner/limit-watch.js';
import type { TunerPlan } from '../tuner/tuner-plan.js';
import type { TunerSession } from '../tuner/tuner-session.js';
import { msFromS } from '../units.js';
import { ArrivalIntake } from './arrival-intake.js';
import { ArrivalListener } from './arrival-listener.js';
import { takeHandChange } from './hand-change.js';
import { JOURNAL_VERSION, type JournalRecord, type ResumePoint } from './journal.js';
import { retryAfterMs } from './loop-clock.js';
import { startedStages } from './loop-event.js';
import type { LoopOptions } from './loop-options.js';
import { removalGuard } from './removal-guard.js';
import { ReplicaKeeper } from './replica-keeper.js';
import { type LoopStart, loopStart, readFirst } from './resume.js';
import { isForeign, type Trouble } from './trouble.js';

/** On the clock of the arrivals: a killed run repeats at most this much. */
const PROGRESS_EVERY_MS = msFromS(10);
const LAST_READ_TIMEOUT_MS = msFromS(2);

/** One run of the tuner. Panel, metrics and the planner look at it while it runs. */
export class ControlLoop {
  readonly plan: TunerPlan;

  private readonly options: LoopOptions;
  private readonly stageNames: readonly string[];
  /** What the live system had when the run began. */
  private readonly first: readonly StageReplicas[];
  private readonly found: readonly number[];
  /** What it, or the run before, wants, within the limits of this run. */
  private readonly start: LoopStart;
  private readonly resume: ResumePoint | undefined;
  private readonly intake: ArrivalIntake;
  private readonly keeper: ReplicaKeeper;
  private readonly listener: ArrivalListener;
  private readonly limits: LimitWatch;
  /** Ends the run when the journal cannot be written. */
  private readonly ending = new AbortController();
  private readonly signal: AbortSignal;
  private fatal: unknown;
  private recordedMs = Number.NEGATIVE_INFINITY;

  /** Reads the live system until it answers. @returns undefined when the signal comes first */
  static async open(options: LoopOptions): Promise<ControlLoop | undefined> {
    const stages = options.plan.stages.map(({ stage }) => stage);
    const first = await readFirst(options, stages);
    return first && new ControlLoop(options, stages, first);
  }

  private constructor(options: LoopOptions, stages: readonly string[], first: readonly StageReplicas[]) {
    this.options = options;
    this.plan = options.plan;
    this.stageNames = stages;
    this.first = first;
    this.found = first.map(({ wanted }) => wanted);
    this.start = loopStart(options, this.found);
    this.resume = this.start.resume;
    this.signal = AbortSignal.any([options.signal, this.ending.signal]);
    this.limits = new LimitWatch(options);
    this.intake = this.makeIntake();
    this.keeper = this.makeKeeper();
    this.listener = new ArrivalListener({ ...options, signal: this.signal, onSpan: (span) => this.take(span) });
  }

  get session(): TunerSession | undefined {
    return this.intake.session;
  }

  get stages(): ReplicaKeeper['stages'] {
    return this.keeper.stages;
  }

  /** What fails at the moment, the arrivals first. */
  troubles(): Trouble[] {
    const { listener, keeper, options } = this;
    const nowMs = options.clock.nowMs();
    return [
      ...listener.fault.troubles('arrivals'),
      ...keeper.fault.troubles('replicas'),
      ...keeper.stages.flatMap(({ problem, askedAtMs = nowMs }, s) => {
        return problem === undefined ? [] : [{ what: this.stageNames[s]!, problem, forMs: nowMs - askedAtMs }];
      }),
    ];
  }

  /** Why the traffic calls for another plan; empty while this one fits. */
  get findings(): readonly DriftFinding[] {
    return this.intake.drift?.findings ?? [];
  }

  /** The limits that kept replicas from what the traffic asked for, since the run began. */
  boundLimits(): readonly BoundLimit[] {
    return this.limits.bound();
  }

  /** Age of the newest known arrival instant; undefined before the first. */
  dataAgeMs(): number | undefined {
    return this.listener.dataAgeMs();
  }

  /** How long ago arrivals were last heard of, where that is too long; undefined while they are. */
  overdueMs(): number | undefined {
    return this.listener.overdueMs();
  }

  /**
   * Runs until the signal. Throws what the journal throws: a decision that cannot be written down is not carried out.
   * Gives up with BackendError `BACKEND_FOREIGN` when the live system is no longer the one of the plan.
   */
  async run(): Promise<void> {
    const { target, onEvent } = this.options;
    this.record(this.startRecord());
    const { limits } = this.plan;
    const stages = startedStages(this.plan, this.first);
    onEvent({ kind: 'started', stages, isResumed: this.resume !== undefined, limits });
    for (const event of this.start.events) onEvent(event);
    this.keeper.want(this.start.replicas);
    await Promise.all([this.listener.listen(), this.listener.watchSilence(), this.batches(), this.keeper.watch()]);
    if (this.fatal !== undefined && !isForeign(this.fatal)) throw this.fatal;
    const left = await target.readReplicas({ timeoutMs: LAST_READ_TIMEOUT_MS }).catch(() => undefined);
    this.record({ kind: 'end' });
    onEvent({ kind: 'ended', left: left && startedStages(this.plan, left), bound: this.boundLimits() });
    if (this.fatal !== undefined) throw this.fatal;
  }

  /** Pump: batches, where the source tells of them. While it does not, drift is judged by arrivals alone. */
  private async batches(): Promise<void> {
    const { source, clock, random, drift, expectedMs } = this.options;
    const { signal, intake } = this;
    if (source.batches === undefined || drift === undefined) return;
    for (let failures = 0; !signal.aborted; ) {
      try {
        for await (const batch of source.batches({ signal })) {
          failures = 0;
          const stage = this.stageNames.indexOf(batch.stage);
          if (stage >= 0) intake.drift?.hear(stage, batch, expectedMs?.(stage, batch.enteredMs.length));
        }
      } catch (error) {
        if (signal.aborted) return;
        if (!(error instanceof BackendError)) throw error;
      }
      intake.drift?.stopHearing();
      await clock.pause(retryAfterMs(++failures, random), signal);
    }
  }

  private take(span: ArrivalSpan): void {
    this.orEnd(() => this.intake.take(span, this.options.clock.wallMs()));
    if (this.signal.aborted) return;
    const checkedMs = this.intake.knownToMs!;
    const zeroMs = this.intake.zeroMs!;
    this.keeper.want(this.session!.state.replicas);
    if (checkedMs - this.recordedMs < PROGRESS_EVERY_MS && checkedMs >= this.recordedMs) return;
    this.recordedMs = checkedMs;
    this.orEnd(() => this.record({ kind: 'progress', checkedMs, zeroMs }));
  }

  /** Somebody else told the live system these numbers: they stand for a while. */
  private takeHand(numbers: readonly number[]): void {
    const { session, knownToMs: nowMs } = this.intake;
    if (session === undefined || nowMs === undefined) return;
    const change = { numbers, nowMs, holdMs: this.options.handHoldMs };
    const { state, events } = takeHandChange(this.plan, session.state, change);
    session.state = state;
    this.record({ kind: 'hand', checkedMs: nowMs, state, applied: this.applied() });
    for (const event of events) this.options.onEvent(event);
    this.keeper.want(state.replicas);
  }

  private makeIntake(): ArrivalIntake {
    const { plan, options } = this;
    const { intervalMs, review, isApplying, drift, onEvent } = options;
    return new ArrivalIntake({
      plan,
      intervalMs,
      review: removalGuard(review, () => this.keeper.fault.problem === undefined),
      replicas: this.start.replicas,
      resume: this.resume,
      isTraceClock: options.isTraceClock === true,
      isLiveClock: options.source.describe().kind === 'local',
      onChange: (decision, state) => {
        this.record({ kind: 'decision', decision, state });
        onEvent({ kind: 'decision', decision, isApplied: isApplying });
      },
      onDecision: (decision, checks, nowUs) => this.limits.take(decision, checks, nowUs),
      driftFrom: drift && ((startUs) => this.makeDriftWatch(drift, startUs)),
      onRefused: (state, checkedMs) => this.record({ kind: 'refused', checkedMs, state }),
      onEvent,
      onRestart: (state, checkedMs) => {
        this.keeper.restarted();
        this.recordClock(state, checkedMs);
      },
      onOtherClock: (state, checkedMs) => this.recordClock(state, checkedMs),
    });
  }

  private makeKeeper(): ReplicaKeeper {
    const { target, clock, random, isApplying, onEvent } = this.options;
    return new ReplicaKeeper(
      {
        ...{ target, clock, random, isApplying, onEvent },
        signal: this.signal,
        plan: this.plan,
        told: isApplying ? this.found : (this.resume?.state.replicas ?? this.found),
        onApplied: (change) => this.orEnd(() => this.record({ kind: 'applied', ...change })),
        onForeign: (error) =>
          this.orEnd(() => {
            throw error;
          }),
        isHearing: () => this.listener.fault.problem === undefined,
        onHand: (numbers) => this.orEnd(() => this.takeHand(numbers)),
      },
      this.first,
    );
  }

  private makeDriftWatch(drift: Plan, startUs: number): DriftWatch {
    const { onEvent, onDrift } = this.options;
    const onFindings = (findings: readonly DriftFinding[]) => {
      onEvent({ kind: 'drift', findings });
      if (findings.length > 0) onDrift?.(watch.recentUs());
    };
    const watch = new DriftWatch({ plan: drift, tuned: this.plan, startUs, onFindings });
    return watch;
  }

  private record(record: JournalRecord): void {
    this.options.journal.append(record, () => this.startRecord());
  }

  private recordClock(state: TunerState, checkedMs: number): void {
    this.record({ kind: 'clock', checkedMs, state, applied: this.applied() });
  }

  /** What a journal that begins now begins with. */
  private startRecord(): JournalRecord {
    const { plan, intake, resume, stageNames: stages } = this;
    return {
      kind: 'start',
      version: JOURNAL_VERSION,
      pipeline: plan.pipeline,
      planSha256: this.options.planSha256,
      stages,
      state: intake.session?.state ?? resume?.state ?? firstState(this.start.replicas, 0),
      applied: this.applied(),
      checkedMs: intake.knownToMs ?? resume?.checkedMs ?? null,
      zeroMs: intake.zeroMs ?? resume?.zeroMs ?? null,
    };
  }

  /** Per stage, the replicas that the live system was last told to have. */
  private applied(): number[] {
    return this.keeper.stages.map(({ told }) => told);
  }

  /** Ends the run with the first error: callbacks of pumps have nobody above them to throw to. */
  private orEnd(act: () => void): void {
    try {
      act();
    } catch (error) {
      this.fatal ??= error;
      this.ending.abort();
    }
  }
}
