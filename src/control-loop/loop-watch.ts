/** What the panel and the metrics show of a running loop: sums over its events, and its state at the moment. */

import type { Change, TunerDecision } from '../tuner/decision.js';
import type { BoundLimit } from '../tuner/limit-tally.js';
import type { TunerLimits } from '../tuner/tuner-limits.js';
import { msFromUs, qpsOver, usdOver, usFromMs } from '../units.js';
import type { ControlLoop } from './control-loop.js';
import type { LoopEvent } from './loop-event.js';
import type { Trouble } from './trouble.js';

const MOST_DECISIONS = 50;

export interface LoopStatus {
  readonly pipeline: string;
  readonly isApplying: boolean;
  readonly upMs: number;
  /** On the clock of the arrivals; undefined before the first check. */
  readonly checkedMs: number | undefined;
  readonly dataAgeMs: number | undefined;
  /** Since when arrivals are overdue; undefined while they come. */
  readonly overdueMs: number | undefined;
  readonly troubles: readonly Trouble[];
  readonly decision: TunerDecision | undefined;
  readonly limits: TunerLimits;
  readonly bound: readonly BoundLimit[];
  readonly windows: readonly WindowStatus[];
  readonly stages: readonly StageStatus[];
  /** Latest last. */
  readonly decisions: readonly Change[];
  /** Decisions so far, listed or not. */
  readonly ups: number;
  readonly downs: number;
  readonly costUsdPerHour: number;
  readonly plannedUsdPerHour: number;
  /** Since the loop began. */
  readonly costUsd: number;
}

export interface WindowStatus {
  readonly windowMs: number;
  readonly plannedQps: number;
  /** The busiest since the last check, and within the last two minutes. */
  readonly liveQps: number;
  readonly lookBackQps: number;
}

export interface StageStatus {
  readonly stage: string;
  readonly hardware: string;
  readonly planned: number;
  readonly wanted: number;
  readonly ready: number;
  readonly costUsdPerHour: number;
  /** How long a change has been under way; undefined when none is. */
  readonly askedForMs: number | undefined;
  readonly problem: string | undefined;
  /** Measured at the last increase. */
  readonly activationMs: number | undefined;
  /** How long a number set by hand still stands; undefined when none does. */
  readonly handLeftMs: number | undefined;
}

export class LoopWatch {
  private readonly loop: ControlLoop;
  private readonly isApplying: boolean;
  private readonly startMs: number;
  private readonly decisions: Change[] = [];
  private ups = 0;
  private downs = 0;
  private costUsd = 0;
  private costedMs: number;

  constructor(loop: ControlLoop, { isApplying, nowMs }: { isApplying: boolean; nowMs: number }) {
    this.loop = loop;
    this.isApplying = isApplying;
    this.startMs = nowMs;
    this.costedMs = nowMs;
  }

  /** Counts an event, after adding the cost since the last event or look. */
  see(event: LoopEvent, nowMs: number): void {
    this.spend(nowMs);
    if (event.kind !== 'decision') return;
    this.decisions.push(event.decision);
    if (this.decisions.length > MOST_DECISIONS) this.decisions.shift();
    if (event.decision.kind === 'up') this.ups++;
    else this.downs++;
  }

  status(nowMs: number): LoopStatus {
    this.spend(nowMs);
    const { plan, session, stages } = this.loop;
    const checkedMs = session?.checkedUs === undefined ? undefined : msFromUs(session.checkedUs);
    const lookBack = session?.lookBack();
    return {
      pipeline: plan.pipeline,
      isApplying: this.isApplying,
      upMs: nowMs - this.startMs,
      checkedMs,
      dataAgeMs: this.loop.dataAgeMs(),
      overdueMs: this.loop.overdueMs(),
      troubles: this.loop.troubles(),
      decision: session?.checkedUs === undefined ? undefined : session.decision,
      limits: plan.limits,
      bound: this.loop.boundLimits(),
      windows: plan.envelope.map(({ windowMs, rateQps }, w) => ({
        windowMs,
        plannedQps: rateQps,
        liveQps: qpsOver(session?.live[w] ?? 0, usFromMs(windowMs)),
        lookBackQps: qpsOver(lookBack?.[w] ?? 0, usFromMs(windowMs)),
      })),
      stages: plan.stages.map(({ stage, hardware, replicas, costUsdPerHour }, s) => {
        const kept = stages[s]!;
        const untilMs = session?.state.handUntilMs[s] ?? null;
        const handLeftMs = untilMs === null || checkedMs === undefined ? 0 : untilMs - checkedMs;
        return {
          stage,
          hardware,
          planned: replicas,
          wanted: kept.wanted,
          ready: kept.ready,
          costUsdPerHour: costUsdPerHour * kept.told,
          askedForMs: kept.askedAtMs === undefined ? undefined : nowMs - kept.askedAtMs,
          problem: kept.problem,
          activationMs: kept.activationMs,
          handLeftMs: handLeftMs > 0 ? handLeftMs : undefined,
        };
      }),
      decisions: this.decisions,
      ups: this.ups,
      downs: this.downs,
      costUsdPerHour: this.costUsdPerHour(),
      plannedUsdPerHour: plan.stages.reduce((sum, stage) => sum + stage.replicas * stage.costUsdPerHour, 0),
      costUsd: this.costUsd,
    };
  }

  private spend(nowMs: number): void {
    this.costUsd += usdOver(this.costUsdPerHour(), usFromMs(nowMs - this.costedMs));
    this.costedMs = nowMs;
  }

  private costUsdPerHour(): number {
    const { plan, stages } = this.loop;
    return plan.stages.reduce((sum, { costUsdPerHour }, s) => sum + costUsdPerHour * stages[s]!.told, 0);
  }
}
