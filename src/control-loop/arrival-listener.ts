/** Listens to a source of arrivals until the signal: after a failure again, and never without saying what is amiss. */
import {
  type ArrivalSource,
  type ArrivalSpan,
  type SourceNotice,
  spanProblem,
} from '../backends/contracts/arrival-source.js';
import { BackendError } from '../errors.js';
import { formatDuration } from '../model/notation/quantity.js';
import { msFromS } from '../units.js';
import { type LoopClock, retryAfterMs } from './loop-clock.js';
import type { LoopEvent } from './loop-event.js';
import { Fault, oneLine, problemOf } from './trouble.js';

/** Live sources hand over spans several times a second, those that count once in a quarter of their finest window. */
const OVERDUE_MS = msFromS(5);
const LONGEST_SILENCE_MS = msFromS(60);
const LOOK_EVERY_MS = msFromS(5);
/** Spans that wait in a row must not keep timers, signals and answers waiting. */
const BREATHE_EVERY_MS = 20;

export interface ListenerOptions {
  readonly source: ArrivalSource;
  readonly clock: LoopClock;
  readonly random: () => number;
  readonly signal: AbortSignal;
  onSpan(span: ArrivalSpan): void;
  onEvent(event: LoopEvent): void;
}

export class ArrivalListener {
  /** Why arrivals are not known. */
  readonly fault: Fault;
  private readonly options: ListenerOptions;
  private heardAtMs: number | undefined;
  private heardAgeMs = 0;

  constructor(options: ListenerOptions) {
    this.options = options;
    this.fault = new Fault(options.clock);
  }

  /** Age of the newest known arrival instant; undefined before the first. */
  dataAgeMs(): number | undefined {
    const { heardAtMs, heardAgeMs } = this;
    return heardAtMs === undefined ? undefined : this.options.clock.nowMs() - heardAtMs + heardAgeMs;
  }

  /** How long ago the last span came, where a span is overdue; undefined while they come. */
  overdueMs(): number | undefined {
    const { clock, source } = this.options;
    if (this.heardAtMs === undefined) return undefined;
    const silentMs = clock.nowMs() - this.heardAtMs;
    return silentMs > Math.max(OVERDUE_MS, source.describe().finestWindowMs) ? silentMs : undefined;
  }

  /** Pump: hands every span on. */
  async listen(): Promise<void> {
    const { source, clock, random, signal, onSpan, onEvent } = this.options;
    let breathedMs = clock.nowMs();
    for (let failures = 0; !signal.aborted; ) {
      try {
        for await (const span of source.spans({ signal, onNotice: (notice) => this.notice(notice) })) {
          onSpan(believed(span, source));
          this.heardAtMs = clock.nowMs();
          this.heardAgeMs = span.ageMs;
          if (clock.nowMs() - breathedMs > BREATHE_EVERY_MS) {
            await clock.pause(0, signal);
            breathedMs = clock.nowMs();
          }
          if (signal.aborted) return;
          if (this.fault.problem !== undefined) onEvent({ kind: 'arrivals-back' });
          failures = 0;
          this.fault.works();
        }
        if (signal.aborted) return;
        this.fault.fails('the arrivals ended');
      } catch (error) {
        if (signal.aborted) return;
        this.fault.fails(problemOf(error));
      }
      failures++;
      const retryMs = retryAfterMs(failures, random);
      onEvent({ kind: 'arrivals-failed', problem: this.fault.problem!, retryMs });
      await clock.pause(retryMs, signal);
    }
  }

  /** Pump: says when nothing was heard for long, for sources that do not say so themselves. */
  async watchSilence(): Promise<void> {
    const { source, clock, signal } = this.options;
    const { place, finestWindowMs } = source.describe();
    const longestMs = Math.max(LONGEST_SILENCE_MS, 2 * finestWindowMs);
    const startMs = clock.nowMs();
    while (!signal.aborted) {
      await clock.pause(LOOK_EVERY_MS, signal);
      if (clock.nowMs() - (this.heardAtMs ?? startMs) <= longestMs || this.fault.problem !== undefined) continue;
      this.notice({ kind: 'unknown', problem: `nothing was heard from ${place} for ${formatDuration(longestMs)}` });
    }
  }

  private notice(notice: SourceNotice): void {
    const { onEvent } = this.options;
    if (notice.kind === 'corrected') onEvent({ kind: 'arrivals-corrected', note: oneLine(notice.note) });
    else if (this.fault.problem !== oneLine(notice.problem)) {
      this.fault.fails(oneLine(notice.problem));
      onEvent({ kind: 'arrivals-unknown', problem: this.fault.problem! });
    }
  }
}

/** The span, when it can be true. Throws BackendError `BACKEND_ANSWER`, which makes its time unknown. */
function believed(span: ArrivalSpan, source: ArrivalSource): ArrivalSpan {
  const problem = spanProblem(span);
  if (problem === undefined) return span;
  throw new BackendError('BACKEND_ANSWER', `${source.describe().place}: ${problem}`);
}
