/**
 * Keeps the live system at the replicas that the tuner wants. It follows the number wanted now, not each decision:
 * after a call that fails, hangs or is overtaken comes another one for the number wanted by then. Asking for the same
 * number twice does no harm.
 */
import type { ScalingTarget, StageReplicas } from '../backends/contracts/scaling-target.js';
import { awaitsOthers } from '../tuner/awaits-others.js';
import type { TunerPlan } from '../tuner/tuner-plan.js';
import { msFromS } from '../units.js';
import { type LoopClock, retryAfterMs } from './loop-clock.js';
import type { LoopEvent } from './loop-event.js';
import { Fault, isForeign, problemOf } from './trouble.js';

const READ_EVERY_MS = msFromS(2);
const WAIT_FOR_OTHERS_MS = 250;

export interface KeeperOptions {
  readonly target: ScalingTarget;
  readonly plan: TunerPlan;
  readonly clock: LoopClock;
  readonly random: () => number;
  readonly signal: AbortSignal;
  /** False: the keeper sets nothing and counts what is wanted as present. */
  readonly isApplying: boolean;
  /** Per stage, the number that the live system was last told. */
  readonly told: readonly number[];
  onEvent(event: LoopEvent): void;
  /** The live system confirmed the replicas of a stage. */
  onApplied(change: { stage: string; replicas: number; activationMs: number }): void;
  /**
   * Whether arrivals are known. Foreign numbers count only then: a live system that restarted has foreign numbers too,
   * and the clock of its arrivals tells.
   */
  isHearing(): boolean;
  /** Twice in a row something else answered than what the plan is for. */
  onForeign(error: unknown): void;
  /** Somebody else has told the live system these numbers. */
  onHand(found: readonly number[]): void;
}

export interface KeptStage {
  wanted: number;
  /** The number that the live system was last told. */
  told: number;
  /** The most that it may have, by all it was asked for since it last confirmed a number. */
  most: number;
  ready: number;
  /** When the call under way began; undefined when there is none. */
  askedAtMs: number | undefined;
  failures: number;
  problem: string | undefined;
  /** Measured at the last increase. */
  activationMs: number | undefined;
}

export class ReplicaKeeper {
  readonly stages: readonly KeptStage[];
  /** Why the live system cannot be read. */
  readonly fault: Fault;

  private readonly options: KeeperOptions;
  /** Number of the last call for each stage; answers to earlier calls no longer count. */
  private readonly calls: number[];
  /** The foreign numbers of the last reading: only a second equal reading makes them believed. */
  private suspicion = '';
  private hasRestarted = false;

  constructor(options: KeeperOptions, first: readonly StageReplicas[]) {
    this.options = options;
    this.fault = new Fault(options.clock);
    this.calls = options.plan.stages.map(() => 0);
    this.stages = options.told.map((told, s) => ({
      wanted: told,
      told,
      most: told,
      ready: first[s]!.ready,
      askedAtMs: undefined,
      failures: 0,
      problem: undefined,
      activationMs: undefined,
    }));
  }

  /** Sets what is wanted from now on, per stage. */
  want(replicas: readonly number[]): void {
    const isDue = replicas.map((count, s) => {
      const stage = this.stages[s]!;
      if (stage.wanted === count && (stage.told === count || stage.askedAtMs !== undefined)) return false;
      stage.wanted = count;
      if (!this.options.isApplying) stage.told = count;
      return this.options.isApplying && (stage.told !== count || stage.askedAtMs !== undefined);
    });
    isDue.forEach((isIt, s) => {
      if (isIt) void this.ask(s);
    });
  }

  /** The live system restarted and forgot what it was told: the next reading is followed by new requests. */
  restarted(): void {
    this.hasRestarted = true;
  }

  /** Reads the live system every 2 s until the signal. */
  async watch(): Promise<void> {
    const { target, clock, random, signal, onEvent, onForeign } = this.options;
    let wasForeign = false;
    for (let failures = 0; !signal.aborted; ) {
      await clock.pause(failures === 0 ? READ_EVERY_MS : retryAfterMs(failures, random), signal);
      if (signal.aborted) return;
      const before = [...this.calls];
      try {
        const found = await target.readReplicas({ signal });
        failures = 0;
        this.fault.works();
        wasForeign = false;
        this.compare(found, before);
      } catch (error) {
        if (signal.aborted) return;
        // A second reading decides, and it comes soon.
        failures = isForeign(error) ? 0 : failures + 1;
        const problem = problemOf(error);
        if (isForeign(error) && wasForeign) return onForeign(error);
        wasForeign = isForeign(error);
        this.fault.fails(problem);
        onEvent({ kind: 'read-failed', problem, retryMs: retryAfterMs(failures, () => 1) });
      }
    }
  }

  /** Requests the wanted number of a stage until it is present, or another call takes over. */
  private async ask(s: number): Promise<void> {
    const { target, plan, clock, random, signal, onEvent, onApplied } = this.options;
    const kept = this.stages[s]!;
    const { stage } = plan.stages[s]!;
    const call = ++this.calls[s]!;
    const isCurrent = () => this.calls[s] === call && !signal.aborted;
    kept.askedAtMs = clock.nowMs();
    for (kept.failures = 0; isCurrent(); ) {
      const replicas = kept.wanted;
      if (replicas > kept.told && awaitsOthers(plan, s, this.stages)) {
        kept.problem = 'waits until other stages have given up replicas, for the limits';
        await clock.pause(WAIT_FOR_OTHERS_MS, signal);
        continue;
      }
      kept.most = Math.max(kept.most, replicas);
      try {
        const { activationMs, before } = await target.setReplicas({ stage, replicas, signal });
        if (!isCurrent()) return;
        kept.told = replicas;
        kept.most = replicas;
        kept.ready = replicas;
        kept.problem = undefined;
        kept.askedAtMs = undefined;
        if (replicas > before) kept.activationMs = activationMs;
        onApplied({ stage, replicas, activationMs });
        onEvent({ kind: 'applied', stage, replicas, activationMs });
        return;
      } catch (error) {
        if (!isCurrent()) return;
        kept.failures++;
        kept.problem = problemOf(error);
        const retryMs = retryAfterMs(kept.failures, random);
        onEvent({ kind: 'apply-failed', stage, replicas, problem: kept.problem, retryMs });
        await clock.pause(retryMs, signal);
      }
    }
  }

  /** Takes in a reading. `before` holds the call numbers when it began: later requests may or may not show in it. */
  private compare(found: readonly StageReplicas[], before: readonly number[]): void {
    const isSettled = (s: number) => this.stages[s]!.askedAtMs === undefined && this.calls[s] === before[s];
    found.forEach(({ ready }, s) => {
      this.stages[s]!.ready = ready;
    });
    if (this.hasRestarted) {
      this.hasRestarted = false;
      found.forEach(({ wanted }, s) => {
        if (isSettled(s)) Object.assign(this.stages[s]!, { told: wanted, most: wanted });
      });
      this.want(this.stages.map(({ wanted }) => wanted));
      return;
    }
    if (!this.options.isApplying || !this.options.isHearing()) return;
    const foreign = found.map(({ wanted }, s) =>
      isSettled(s) && wanted !== this.stages[s]!.told ? wanted : undefined,
    );
    const seen = foreign.every((count) => count === undefined) ? '' : JSON.stringify(foreign);
    const isSure = seen !== '' && seen === this.suspicion;
    this.suspicion = isSure ? '' : seen;
    if (!isSure) return;
    const numbers = this.stages.map(({ wanted }, s) => foreign[s] ?? wanted);
    foreign.forEach((count, s) => {
      if (count !== undefined) Object.assign(this.stages[s]!, { wanted: count, told: count, most: count });
    });
    this.options.onHand(numbers);
  }
}
