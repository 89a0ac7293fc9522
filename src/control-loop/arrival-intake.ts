/** Brings spans of arrivals into the session: gaps, clocks that jump or begin anew, and spans that only count. */
import type { ArrivalSpan } from '../backends/contracts/arrival-source.js';
import { firstState, type TunerState } from '../tuner/decision.js';
import type { DriftWatch } from '../tuner/drift/watch.js';
import { type SessionOptions, TunerSession } from '../tuner/tuner-session.js';
import { msFromS, usFromMs } from '../units.js';
import type { ResumePoint } from './journal.js';
import type { LoopEvent } from './loop-event.js';

/** A span longer than this in which nothing is known to have arrived is a clock that jumped, not a pipeline that rested. */
const LONGEST_SPAN_MS = msFromS(300);
/** Clocks of two runs that began within this of each other are one clock: the wall clock of a machine is set by less. */
const SAME_ZERO_MS = msFromS(10);

export interface IntakeOptions extends Omit<SessionOptions, 'state' | 'startUs' | 'decidedUs'> {
  /** Looks for drift from the same arrivals. */
  readonly driftFrom?: ((startUs: number) => DriftWatch) | undefined;
  /** Replicas to begin with, where nothing is resumed. */
  readonly replicas: readonly number[];
  readonly resume: ResumePoint | undefined;
  /** The clock of the arrivals is that of a trace, which begins at the same place whenever it is read. */
  readonly isTraceClock: boolean;
  onEvent(event: LoopEvent): void;
  /** The state changed without a decision: the clock of the arrivals began anew. */
  onRestart(state: TunerState, atMs: number): void;
}

export class ArrivalIntake {
  /** Undefined until arrivals are first known. */
  session: TunerSession | undefined;
  /** Up to where arrivals are known, on their own clock. */
  knownToMs: number | undefined;
  /** Wall-clock time of that clock's zero. */
  zeroMs: number | undefined;

  drift: DriftWatch | undefined;

  private readonly options: IntakeOptions;

  constructor(options: IntakeOptions) {
    this.options = options;
  }

  /** Makes every check that the span lets be made. `wallMs` is when the span came. */
  take(span: ArrivalSpan, wallMs: number): void {
    const { fromMs, toMs, count, stampsMs, ageMs } = span;
    this.zeroMs = wallMs - ageMs - toMs;
    const known = this.knownToMs;
    if (this.session === undefined || known === undefined) this.session = this.begin(fromMs);
    else if (toMs < known) {
      this.session = this.beginAnew(this.session.state, fromMs);
      this.options.onEvent({ kind: 'clock-restarted', atMs: fromMs });
      this.options.onRestart(this.session.state, fromMs);
    } else if (fromMs > known) {
      this.skipTo(this.session, fromMs);
      this.options.onEvent({ kind: 'gap', fromMs: known, toMs: fromMs });
    }
    this.knownToMs = toMs;
    const hasStamps = stampsMs !== undefined && count > 0;
    if (!hasStamps && toMs - fromMs > LONGEST_SPAN_MS) {
      this.skipTo(this.session, toMs);
      this.options.onEvent({ kind: 'gap', fromMs, toMs });
      return;
    }
    if (stampsMs !== undefined) for (const stampMs of stampsMs) this.arrive(this.session, stampMs, 1);
    else if (count > 0) this.arrive(this.session, toMs, count);
    this.session.settle(usFromMs(toMs));
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

  private begin(fromMs: number): TunerSession {
    const { resume, replicas } = this.options;
    if (resume === undefined) return this.sessionFrom(firstState(replicas, fromMs), fromMs);
    const { state, checkedMs, zeroMs } = resume;
    const isSameClock =
      this.options.isTraceClock === true || (zeroMs !== null && Math.abs(this.zeroMs! - zeroMs) < SAME_ZERO_MS);
    return checkedMs !== null && isSameClock
      ? this.sessionFrom(state, fromMs, usFromMs(checkedMs))
      : this.beginAnew(state, fromMs);
  }

  /** The same replicas on a clock that has nothing to do with the one before: as if they had just been changed. */
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
