/**
 * The tuner between its checks. It takes arrivals in order and decides at every multiple of the interval on their
 * clock, once arrivals are known up to that instant. Decisions depend on the arrivals alone, not on the portions in
 * which they come: a replay and a live run with the same stamps decide the same at the same instants.
 */
import { RollingEnvelope } from '../envelope/rolling-envelope.js';
import { SlidingMaximum } from '../envelope/sliding-maximum.js';
import { msFromUs, usFromMs } from '../units.js';
import { decide, type Observation } from './decide.js';
import type { Change, TunerDecision, TunerState } from './decision.js';
import type { TunerPlan } from './tuner-plan.js';

export const CHECK_INTERVAL_MS = 100;

/**
 * Reviews a change before it is made, given the arrivals of the last minute (µs, ascending). It may return another, or
 * a hold.
 */
export type ReviewChange = (
  change: Change,
  context: {
    readonly before: TunerState;
    readonly after: TunerState;
    /** How many arrivals `recentUs` would give. */
    readonly recentQueries: number;
    recentUs(): Float64Array;
  },
) => { readonly decision: TunerDecision; readonly state: TunerState };

export interface SeenCheck {
  readonly nowUs: number;
  /** As in `Observation`. */
  readonly live: ArrayLike<number>;
  /** Arrivals since the last check, and the most in a rate window (5 s) that ended since. */
  readonly queries: number;
  readonly rateQueries: number;
}

export interface SessionOptions {
  readonly plan: TunerPlan;
  readonly state: TunerState;
  /** Arrivals are known from here on. */
  readonly startUs: number;
  readonly intervalMs?: number;
  /** Resume point: checks up to here update the windows and decide nothing. */
  readonly decidedUs?: number;
  readonly review?: ReviewChange | undefined;
  /** Called at every check, before it decides. */
  readonly onCheck?: (seen: SeenCheck) => void;
  /**
   * Called instead of `onCheck`, with how many checks were skipped because they could change nothing: no arrivals in
   * any window, and replicas that need no change. Without it every check is made.
   */
  readonly onIdle?: (checks: number) => void;
  /** Called with what each check decided, or with what so many skipped checks repeat. */
  readonly onDecision?: (decision: TunerDecision, checks: number, nowUs: number) => void;
  /** Called when a refusal of the review changed the state. */
  readonly onRefused?: (state: TunerState, atMs: number) => void;
  /** Called for every change, when it is decided. */
  readonly onChange: (change: Change, state: TunerState) => void;
}

export class TunerSession {
  state: TunerState;
  /** What the last check decided. */
  decision: TunerDecision = { kind: 'hold', reason: 'no data' };
  /** Instant of the last check; undefined before the first. */
  checkedUs: number | undefined;
  /** What the last check saw. */
  readonly live: Float64Array;

  private readonly plan: TunerPlan;
  private readonly intervalUs: number;
  private readonly decidedUs: number;
  private readonly review: ReviewChange | undefined;
  private readonly onCheck: SessionOptions['onCheck'];
  private readonly onIdle: SessionOptions['onIdle'];
  private readonly onDecision: SessionOptions['onDecision'];
  private readonly onRefused: SessionOptions['onRefused'];
  private readonly onChange: SessionOptions['onChange'];
  private readonly envelope: RollingEnvelope;
  /** Peaks per check over the look-back of a removal: per width of the envelope, and last the rate window. */
  private readonly maxima: readonly SlidingMaximum[];
  private knownSinceUs: number;
  private nextUs: number;
  private checkedArrivals = 0;

  constructor(options: SessionOptions) {
    const { plan, state, startUs, intervalMs = CHECK_INTERVAL_MS } = options;
    this.plan = plan;
    this.state = state;
    this.review = options.review;
    this.onCheck = options.onCheck;
    this.onIdle = options.onIdle;
    this.onDecision = options.onDecision;
    this.onRefused = options.onRefused;
    this.onChange = options.onChange;
    this.intervalUs = usFromMs(intervalMs);
    this.decidedUs = options.decidedUs ?? Number.NEGATIVE_INFINITY;
    this.envelope = new RollingEnvelope([...plan.envelope.map(({ windowMs }) => windowMs), plan.rateWindowMs]);
    this.live = new Float64Array(plan.envelope.length);
    const checksIn = (ms: number) => Math.max(1, Math.ceil(usFromMs(ms) / this.intervalUs));
    this.maxima = [
      ...plan.envelope.map(() => new SlidingMaximum(checksIn(plan.guardMs))),
      // A window that lies within the look-back ends at least its own width after the look-back's start.
      new SlidingMaximum(checksIn(plan.lookBackMs - plan.rateWindowMs)),
    ];
    this.knownSinceUs = startUs;
    this.nextUs = (Math.floor(startUs / this.intervalUs) + 1) * this.intervalUs;
  }

  /** Takes arrivals at one instant (whole µs, not before the last), after making every check before it. */
  arrive(arrivalUs: number, count = 1): void {
    this.checkBefore(arrivalUs);
    this.envelope.add(arrivalUs, count);
  }

  /** Makes the checks up to and with `toUs`: nothing more arrived until then. */
  settle(toUs: number): void {
    this.checkBefore(Math.floor(toUs) + 1);
  }

  /** Arrivals before `fromUs` are unknown since the last known instant. */
  skipTo(fromUs: number): void {
    this.knownSinceUs = fromUs;
    this.nextUs = Math.max(this.nextUs, (Math.floor(fromUs / this.intervalUs) + 1) * this.intervalUs);
  }

  /** Arrivals of the widest window, ascending. */
  recentUs(): Float64Array {
    return this.envelope.recentUs();
  }

  /** Per width of the envelope, most arrivals in a window that ended within the last two minutes. */
  lookBack(): number[] {
    return Array.from(this.live, (_, w) => this.maxima[w]!.maximum);
  }

  /** Most arrivals in a rate window (5 s) of the look-back. */
  recentQueries(): number {
    return this.maxima.at(-1)!.maximum;
  }

  private checkBefore(endUs: number): void {
    while (this.nextUs < endUs) {
      if (this.onIdle !== undefined && this.isIdle) this.skipChecks(endUs);
      else this.check();
    }
  }

  /** Whether every further check repeats the last one until something arrives. */
  get isIdle(): boolean {
    const { decision, state, envelope, maxima } = this;
    if (decision.kind !== 'hold' || decision.reason !== 'as needed') return false;
    if (envelope.counts.some((count) => count > 0) || maxima.some(({ maximum }) => maximum > 0)) return false;
    return state.handUntilMs.every((untilMs) => untilMs === null || usFromMs(untilMs) < this.nextUs);
  }

  private skipChecks(endUs: number): void {
    const checks = Math.ceil((endUs - this.nextUs) / this.intervalUs);
    this.nextUs += checks * this.intervalUs;
    this.checkedUs = this.nextUs - this.intervalUs;
    this.onIdle!(checks);
    this.onDecision?.(this.decision, checks, this.checkedUs);
  }

  private check(): void {
    const { envelope, live, maxima } = this;
    const nowUs = this.nextUs;
    envelope.advance(nowUs);
    for (let w = 0; w < maxima.length; w++) maxima[w]!.push(envelope.peaks[w]!);
    for (let w = 0; w < live.length; w++) live[w] = envelope.peaks[w]!;
    this.onCheck?.({
      nowUs,
      live,
      queries: envelope.arrivals - this.checkedArrivals,
      rateQueries: envelope.peaks[live.length]!,
    });
    this.checkedArrivals = envelope.arrivals;
    envelope.restartPeaks();
    this.checkedUs = nowUs;
    this.nextUs = nowUs + this.intervalUs;
    if (nowUs <= this.decidedUs) return;
    const nowMs = msFromUs(nowUs);
    const before = this.state;
    const decided = decide({ plan: this.plan, state: before, observation: this.observation(nowMs), nowMs });
    const { decision, state } =
      decided.decision.kind === 'hold' || this.review === undefined
        ? decided
        : this.review(decided.decision, {
            before,
            after: decided.state,
            recentQueries: envelope.recentQueries,
            recentUs: () => envelope.recentUs(),
          });
    this.decision = decision;
    this.state = state;
    this.onDecision?.(decision, 1, nowUs);
    if (decision.kind !== 'hold') this.onChange(decision, state);
    else if (state !== before) this.onRefused?.(state, nowMs);
  }

  private observation(nowMs: number): Observation {
    const { live, maxima } = this;
    return {
      knownSinceMs: msFromUs(this.knownSinceUs),
      knownToMs: nowMs,
      live,
      get lookBack() {
        return live.map((_, w) => maxima[w]!.maximum);
      },
      recentQueries: maxima.at(-1)!.maximum,
    };
  }
}
