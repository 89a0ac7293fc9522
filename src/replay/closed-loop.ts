/**
 * The closed loop: the simulated pipeline advances to a policy's next tick, the policy sees and decides, and what it
 * decides is applied. A policy that sees only arrivals decides without the pipeline, which then advances from change to
 * change. Memory grows with the queries in flight and with the changes, not with the trace.
 */
import type { Pipeline } from '../model/pipeline.js';
import type { Slo } from '../model/slo.js';
import type { ArrivalsSeen, Policy, PolicyDecision, StageReason, StageView } from '../policies/policy.js';
import type { Schedule } from '../policies/schedule.js';
import { PipelineRun, type StageSetup } from '../simulation/pipeline-run.js';
import { StageProbe } from '../simulation/stage-probe.js';

import { msFromUs, usFromMs } from '../units.js';
import { ArrivalWindow } from './arrival-window.js';
import { outcomeOf, type PolicyOutcome } from './outcome.js';
import { OutcomeTally } from './outcome-tally.js';
import { ReplicaRecord } from './replica-record.js';
import { SeenStage } from './seen-stage.js';

/** Ticks between two yields: few enough that Ctrl-C is heard at once. */
const MOST_TICKS = 10_000;

/** One tick of `--explain`. */
export interface ExplainedTick {
  readonly atMs: number;
  readonly reasons: readonly StageReason[];
  /** Asked for before the tick and after it. */
  readonly before: readonly number[];
  readonly after: readonly number[];
}

export interface ClosedLoopOptions {
  readonly name: string;
  // biome-ignore lint/suspicious/noExplicitAny: a state goes back to the policy it came from, unread
  readonly policy: Policy<any>;
  readonly pipeline: Pipeline;
  /** Of the start; their replicas are those of `views`. */
  readonly setups: readonly StageSetup[];
  readonly views: readonly StageView[];
  readonly seed: number;
  readonly slo: Slo;
  /** Last arrival of the trace. */
  readonly lastUs: number;
  readonly binUs: number;
  /** Called with every tick that gives reasons. */
  readonly onTick?: ((tick: ExplainedTick) => void) | undefined;
}

export class ClosedLoop {
  private readonly given: ClosedLoopOptions;
  private readonly run: PipelineRun;
  private readonly tally: OutcomeTally;
  private readonly probes: readonly StageProbe[];
  private readonly records: readonly ReplicaRecord[];
  /** Empty for a policy that sees only arrivals. */
  private readonly seen: readonly SeenStage[];
  private readonly schedule: Schedule & { changes: { atUs: number; replicas: readonly number[] }[] };
  private readonly tickUs: number;
  private readonly arrivals = new ArrivalWindow();
  private state: unknown;
  private replicas: readonly number[];
  private nextTickUs: number;
  private restsUntilUs = 0;

  constructor(given: ClosedLoopOptions) {
    const { policy, pipeline, setups, views, seed, slo, lastUs, binUs } = given;
    this.given = given;
    this.replicas = views.map(({ replicas }) => replicas);
    this.schedule = { start: this.replicas, changes: [] };
    this.tally = new OutcomeTally({ sloUs: usFromMs(slo.latencyMs), lastUs, binUs });
    this.run = new PipelineRun({
      pipeline,
      stages: setups.map((setup, s) => ({ ...setup, replicas: this.replicas[s]! })),
      seed,
      onEnd: (ended) => this.tally.count(ended),
      onDispatch: (s, queue) => this.probes[s]?.record(queue),
    });
    this.probes = policy.sees === 'stages' ? this.run.queues.map((queue) => new StageProbe(queue)) : [];
    this.records = this.replicas.map((count) => new ReplicaRecord(count));
    this.seen = this.probes.map((probe, s) => new SeenStage(probe, this.records[s]!));
    this.tickUs = usFromMs(policy.tickMs);
    this.nextTickUs = usFromMs(policy.firstTickMs);
    this.state = policy.start(views);
  }

  /** Takes the next arrivals (µs) and goes on to just before the last of them. Yields every few thousand ticks. */
  *take(arrivalsUs: Float64Array): Generator<void, void> {
    this.run.admit(arrivalsUs);
    this.arrivals.add(arrivalsUs);
    const lastUs = arrivalsUs[arrivalsUs.length - 1]!;
    yield* this.tickBefore(lastUs);
    this.run.advance(lastUs - 1);
  }

  /** Makes the ticks up to the first one after the last arrival, and drains the pipeline. */
  end(): PolicyOutcome {
    const { given, tally, schedule } = this;
    for (const _ of this.tickBefore(given.lastUs + this.tickUs));
    if (this.replicas.includes(0)) {
      // Nobody would ever serve what still waits.
      const atUs = Math.max(given.lastUs, this.nextTickUs - this.tickUs);
      this.run.advance(atUs);
      this.apply(
        this.replicas.map((count) => Math.max(1, count)),
        atUs,
      );
    }
    this.run.advance(Number.POSITIVE_INFINITY);
    const { name, views, slo, lastUs, binUs } = given;
    return outcomeOf({ name, views, schedule, tally, lastUs, binUs, slo });
  }

  /** From the first late arrival of an episode to its last, the longest so far. */
  get longestEpisodeMs(): number {
    return msFromUs(this.tally.longestEpisodeUs);
  }

  private *tickBefore(endUs: number): Generator<void, void> {
    for (let ticks = 1; this.nextTickUs < endUs; ticks++) {
      if (this.restsUntilUs > this.nextTickUs && this.skipTo(Math.min(this.restsUntilUs, endUs))) continue;
      this.tick(this.nextTickUs);
      this.nextTickUs += this.tickUs;
      if (ticks % MOST_TICKS === 0) yield;
    }
  }

  /** Skips the ticks before `untilUs` and before the next arrival; false when there are none. */
  private skipTo(untilUs: number): boolean {
    const target = Math.min(untilUs, this.arrivals.nextUs);
    const ticks = Math.ceil((target - this.nextTickUs) / this.tickUs);
    if (ticks <= 0) return false;
    this.nextTickUs += ticks * this.tickUs;
    return true;
  }

  private tick(nowUs: number): void {
    const { policy, onTick } = this.given;
    if (policy.sees === 'stages') this.run.advance(nowUs);
    const decision: PolicyDecision<unknown> = policy.decide({
      state: this.state,
      nowMs: msFromUs(nowUs),
      stages: this.seen.map((stage) => stage.look(nowUs)),
      arrivals: this.seeArrivals(nowUs),
    });
    this.state = decision.state;
    this.restsUntilUs = decision.restsUntilMs === undefined ? 0 : usFromMs(decision.restsUntilMs);
    const before = this.replicas;
    this.follow(decision, nowUs);
    if (decision.reasons.length > 0)
      onTick?.({ atMs: msFromUs(nowUs), reasons: decision.reasons, before, after: this.replicas });
  }

  private follow({ replicas, maxBatchSizes, stopMs }: PolicyDecision<unknown>, nowUs: number): void {
    const { views } = this.given;
    if (replicas !== this.replicas) {
      const asked = replicas.map((count, s) => {
        return Math.min(views[s]!.mostReplicas, Math.max(views[s]!.fewestReplicas, count));
      });
      if (asked.some((count, s) => count !== this.replicas[s])) {
        this.run.advance(nowUs);
        this.apply(asked, nowUs);
        this.schedule.changes.push({ atUs: nowUs, replicas: asked });
      }
    }
    if (maxBatchSizes === undefined && stopMs === undefined) return;
    this.run.advance(nowUs);
    this.run.queues.forEach((queue, s) => {
      const size = maxBatchSizes?.[s];
      if (size !== undefined)
        queue.maxBatchSize = Math.max(1, Math.min(size, this.given.setups[s]!.service.maxBatchSize));
      if (stopMs !== undefined) queue.holdUntil(nowUs + usFromMs(stopMs));
    });
  }

  private apply(asked: readonly number[], nowUs: number): void {
    asked.forEach((count, s) => {
      if (count === this.replicas[s]) return;
      const when = { nowUs, activationDelayUs: usFromMs(this.given.views[s]!.activationDelayMs) };
      this.run.setReplicas(s, count, when);
      this.records[s]!.set(count, when);
    });
    this.replicas = asked;
  }

  private seeArrivals(nowUs: number): ArrivalsSeen {
    const { tally } = this;
    const arrivalsUs = this.arrivals.take(nowUs);
    const { attained, late } = tally;
    tally.attained = 0;
    tally.late = 0;
    return { queries: arrivalsUs.length, arrivalsUs, attained, late };
  }
}
