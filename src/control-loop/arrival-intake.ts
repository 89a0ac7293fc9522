/** Feeds spans of arrivals to the session, and handles gaps, clocks that jump or restart, and spans that only count. */
import type { ArrivalSpan } from '../backends/contracts/arrival-source.js';
import { firstState, type TunerState } from '../tuner/decision.js';
import type { DriftWatch } from '../tuner/drift/watch.js';
import { type SessionOptions, TunerSession } from '../tuner/tuner-session.js';
import { msFromS, usFromMs } from '../units.js';
import type { ResumePoint } from './journal.js';
import type { LoopEvent } from './loop-event.js';

/** A span without arrivals for longer than this means that the clock jumped, not that the pipeline rested. */
const LONGEST_REST_MS = msFromS(300);
/** A longer span is a jump of the clock, whatever it holds: it would ask for more checks than a message may cause. */
const LONGEST_SPAN_MS = msFromS(900);
/** Counts of spans up to this long stand at their end. */
const LONGEST_INSTANT_MS = 100;
/** Two runs whose clocks have zeros this close share one clock: corrections of a wall clock are smaller. */
const SAME_ZERO_MS = msFromS(10);

export interface IntakeOptions extends Omit<SessionOptions, 'state' | 'startUs' | 'decidedUs'> {
  /** Makes the watch that looks for drift in the same arrivals. */
  readonly driftFrom?: ((startUs: number) => DriftWatch) | undefined;
  /** Replicas at the start of a run that resumes nothing. */
  readonly replicas: readonly number[];
  readonly resume: ResumePoint | undefined;
  /** The arrivals come from a trace, whose clock starts at the same place in every run. */
  readonly isTraceClock: boolean;
  /** The arrivals are on the live system's own clock: that it restarted shows there. */
  readonly isLiveClock: boolean;
  onEvent(event: LoopEvent): void;
  /** The clock of the arrivals restarted, so the state changed without a decision. */
  onRestart(state: TunerState, atMs: number): void;
  /** The clock is another one than before, in a resumed run or since it was set back: the journal needs its instants. */
  onOtherClock(state: TunerState, atMs: number): void;
}

export class ArrivalIntake {
  /** Undefined until arrivals are first known. */
  session: TunerSession | undefined;
  /** Arrivals are known up to here, on their own clock. */
  knownToMs: number | undefined;
  /** Wall-clock time of that clock's zero. */
  zeroMs: number | undefined;

  drift: DriftWatch | undefined;

  private readonly options: IntakeOptions;

  constructor(options: IntakeOptions) {
    this.options = options;
  }

  /** Takes a span and makes every check up to its end. `wallMs` is the wall-clock time at which it came. */
  take(span: ArrivalSpan, wallMs: number): void {
    const { fromMs, toMs, count, stampsMs, ageMs } = span;
    this.zeroMs = wallMs - ageMs - toMs;
    const known = this.knownToMs;
    if (this.session === undefined || known === undefined) this.session = this.begin(span);
    else if (fromMs < known) this.session = this.goBack(this.session.state, known, fromMs);
    else if (fromMs > known) {
      this.skipTo(this.session, fromMs);
      this.options.onEvent({ kind: 'gap', fromMs: known, toMs: fromMs });
    }
    this.knownToMs = toMs;
    if (!this.options.isTraceClock && toMs - fromMs > LONGEST_SPAN_MS) {
      this.skipTo(this.session, toMs);
      this.options.onEvent({ kind: 'gap', fromMs, toMs });
      return;
    }
    let restMs = fromMs;
    for (const stampMs of stampsMs ?? []) {
      // A trace rests for as long as it says.
      if (!this.options.isTraceClock) this.endRest(this.session, restMs, stampMs);
      this.arrive(this.session, stampMs, 1);
      restMs = stampMs;
    }
    // A count over so long a span says nothing of when its queries came, so it is left out.
    if (this.endRest(this.session, restMs, toMs)) return;
    if (stampsMs === undefined && count > 0) this.spread(this.session, span);
    this.session.settle(usFromMs(toMs));
  }

  /** The clock of the arrivals went back: the live system restarted, or a clock that is not its own was set. */
  private goBack(state: TunerState, knownMs: number, fromMs: number): TunerSession {
    if (this.options.isLiveClock) {
      const session = this.beginAnew(state, fromMs);
      this.options.onEvent({ kind: 'clock-restarted', atMs: fromMs });
      this.options.onRestart(session.state, fromMs);
      return session;
    }
    const handUntilMs = state.handUntilMs.map((untilMs) => (untilMs === null ? null : untilMs - knownMs + fromMs));
    const session = this.sessionFrom({ ...firstState(state.replicas, fromMs), handUntilMs }, fromMs);
    this.options.onEvent({ kind: 'clock-set-back', fromMs: knownMs, toMs: fromMs });
    this.options.onOtherClock(session.state, fromMs);
    return session;
  }

  /** Whether nothing arrived for so long that the clock must have jumped: then the time between is not known. */
  private endRest(session: TunerSession, fromMs: number, toMs: number): boolean {
    if (toMs - fromMs <= LONGEST_REST_MS) return false;
    session.settle(usFromMs(fromMs));
    this.skipTo(session, toMs);
    this.options.onEvent({ kind: 'gap', fromMs, toMs });
    return true;
  }

  /** A count says when only as far as its span does: what arrived in a long one is not put into one instant. */
  private spread(session: TunerSession, { fromMs, toMs, count }: Pick<ArrivalSpan, 'fromMs' | 'toMs' | 'count'>): void {
    const pieces = Math.max(1, Math.min(count, Math.ceil((toMs - fromMs) / LONGEST_INSTANT_MS)));
    let put = 0;
    for (let piece = 1; piece <= pieces; piece++) {
      const upTo = Math.round((count * piece) / pieces);
      this.arrive(session, fromMs + ((toMs - fromMs) * piece) / pieces, upTo - put);
      put = upTo;
    }
  }

  private arrive(session: TunerSession, atMs: number, count: number): void {
    const atUs = usFromMs(atMs);
    session.arrive(atUs, count);
    this.drift?.arrive(atUs, count);
  }

  private skipTo(session: TunerSession, fromMs: number): void {
    session.skipTo(usFromMs(fromMs));
    this.drift?.skipTo(usFromMs(fromMs));
  }

  private begin({ fromMs, toMs }: ArrivalSpan): TunerSession {
    const { resume, replicas } = this.options;
    if (resume === undefined) return this.sessionFrom(firstState(replicas, fromMs), fromMs);
    const { state, checkedMs, zeroMs } = resume;
    const isSameClock =
      this.options.isTraceClock === true || (zeroMs !== null && Math.abs(this.zeroMs! - zeroMs) < SAME_ZERO_MS);
    if (checkedMs !== null && isSameClock) return this.sessionFrom(state, fromMs, usFromMs(checkedMs));
    // The instants in the old state mean nothing on this clock, so the journal needs the new state. Nor is it known
    // which checks were made before: the past fills the windows, and decisions begin now.
    const session = this.sessionFrom(firstState(state.replicas, toMs), fromMs, usFromMs(toMs));
    this.options.onOtherClock(session.state, toMs);
    return session;
  }

  /** Keeps the replicas on a new clock, as if they had just been changed. */
  private beginAnew({ replicas }: TunerState, fromMs: number): TunerSession {
    return this.sessionFrom(firstState(replicas, fromMs), fromMs);
  }

  private sessionFrom(state: TunerState, fromMs: number, decidedUs?: number): TunerSession {
    this.drift = this.options.driftFrom?.(usFromMs(fromMs));
    return new TunerSession({
      ...this.options,
      onCheck: (seen) => this.drift?.check(seen),
      state,
      startUs: usFromMs(fromMs),
      ...(decidedUs === undefined ? {} : { decidedUs }),
    });
  }
}
