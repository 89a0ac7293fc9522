/** Simulates one schedule of replicas while the trace is read: attainment and cost, in total and over time. */
import type { Pipeline } from '../model/pipeline.js';
import { allowedMisses, type Slo } from '../model/slo.js';
import { type EndedQueries, PipelineRun } from '../simulation/pipeline-run.js';
import type { TimeSummary } from '../simulation/simulation-result.js';
import type { PricedSetup } from '../simulation/stage-setups.js';
import { Tally } from '../simulation/tally.js';
import type { TunedStage } from '../tuner/tuner-plan.js';
import { msFromUs, usdOver, usdPerHourOver, usFromMs } from '../units.js';
import type { Schedule } from './schedules.js';

/** The tuner and its baselines, in the order of the report. */
export const OUTCOME_NAMES = ['tuned', 'untuned', 'peak', 'clairvoyant'] as const;
/** One of `OUTCOME_NAMES`. */
export type OutcomeName = (typeof OUTCOME_NAMES)[number];

/**
 * Outcome of one schedule. Costs run from the start of the trace to its last arrival, each replica from its request to
 * its removal.
 */
export interface ReplayOutcome {
  readonly name: OutcomeName;
  readonly queries: number;
  readonly misses: number;
  readonly allowedMisses: number;
  readonly sloAttainment: number;
  readonly latency: TimeSummary;
  readonly costUsd: number;
  readonly meanUsdPerHour: number;
  /** Instants at which replicas change. */
  readonly changes: number;
  /**
   * In consecutive bins from the trace's start: queries by arrival, misses among them, and the cost of the replicas.
   */
  readonly overTime: {
    readonly binMs: number;
    readonly queries: readonly number[];
    readonly misses: readonly number[];
    readonly costUsd: readonly number[];
  };
  readonly timelines: readonly ReplicaTimeline[];
}

/** Replicas of one stage over time. */
export interface ReplicaTimeline {
  readonly stage: string;
  /** Replicas asked for from each instant on; the first entry is the start. */
  readonly replicas: readonly { readonly atMs: number; readonly replicas: number }[];
}

export class ReplayRun {
  private readonly run: PipelineRun;
  private readonly latencies = new Tally();
  private readonly sloUs: number;
  private next = 0;
  private readonly queries: Float64Array;
  private readonly misses: Float64Array;
  private readonly given: ReplayRunOptions;

  constructor(given: ReplayRunOptions) {
    const { pipeline, setups, seed, schedule, slo, lastUs, binUs } = given;
    this.given = given;
    this.sloUs = usFromMs(slo.latencyMs);
    const bins = Math.floor(lastUs / binUs) + 1;
    this.queries = new Float64Array(bins);
    this.misses = new Float64Array(bins);
    this.run = new PipelineRun({
      pipeline,
      stages: setups.map((setup, s) => ({ ...setup, replicas: schedule.start[s]! })),
      seed,
      onEnd: (ended) => this.count(ended),
    });
  }

  /** Takes the next arrivals (µs) and simulates up to just before the last of them. */
  take(arrivalsUs: Float64Array): void {
    this.run.admit(arrivalsUs);
    this.advance(arrivalsUs[arrivalsUs.length - 1]! - 1);
  }

  /** Drains the pipeline. */
  end(): ReplayOutcome {
    this.advance(Number.POSITIVE_INFINITY);
    const { name, slo, schedule, stages, lastUs, binUs } = this.given;
    const { count } = this.latencies;
    const misses = count - this.latencies.countAtMost(this.sloUs);
    const costUsd = costOverTime(this.given, this.queries.length);
    const total = costUsd.reduce((sum, usd) => sum + usd, 0);
    return {
      name,
      queries: count,
      misses,
      allowedMisses: allowedMisses(count, slo.percentile),
      sloAttainment: 1 - misses / count,
      latency: this.latencies.summary(),
      costUsd: total,
      meanUsdPerHour: usdPerHourOver(total, lastUs),
      changes: schedule.changes.length,
      overTime: { binMs: msFromUs(binUs), queries: [...this.queries], misses: [...this.misses], costUsd },
      timelines: stages.map(({ stage }, s) => ({ stage, replicas: timelineOf(schedule, s) })),
    };
  }

  private advance(untilUs: number): void {
    const { changes } = this.given.schedule;
    for (let change = changes[this.next]; change !== undefined && change.atUs <= untilUs; change = changes[this.next]) {
      this.run.advance(change.atUs);
      const before = changes[this.next - 1]?.replicas ?? this.given.schedule.start;
      change.replicas.forEach((replicas, s) => {
        if (replicas === before[s]) return;
        const activationDelayUs = usFromMs(this.given.stages[s]!.activationDelayMs);
        this.run.setReplicas(s, replicas, { nowUs: change!.atUs, activationDelayUs });
      });
      this.next++;
    }
    this.run.advance(untilUs);
  }

  private count(ended: EndedQueries): void {
    const { from, to, mask, arrivalUs, endUs } = ended;
    this.latencies.addDifferences({ ...ended, laterUs: endUs, earlierUs: arrivalUs });
    const { queries, misses, sloUs } = this;
    const { binUs } = this.given;
    for (let q = from; q < to; q++) {
      const arrival = arrivalUs[q & mask]!;
      const bin = Math.floor(arrival / binUs);
      queries[bin]!++;
      if (endUs[q & mask]! - arrival > sloUs) misses[bin]!++;
    }
  }
}

export interface ReplayRunOptions {
  readonly name: OutcomeName;
  readonly pipeline: Pipeline;
  readonly setups: readonly PricedSetup[];
  readonly stages: readonly TunedStage[];
  readonly schedule: Schedule;
  readonly seed: number;
  readonly slo: Slo;
  /** Last arrival of the trace. */
  readonly lastUs: number;
  readonly binUs: number;
}

function timelineOf({ start, changes }: Schedule, s: number): { atMs: number; replicas: number }[] {
  const timeline = [{ atMs: 0, replicas: start[s]! }];
  for (const { atUs, replicas } of changes) {
    if (replicas[s] !== timeline.at(-1)!.replicas) timeline.push({ atMs: msFromUs(atUs), replicas: replicas[s]! });
  }
  return timeline;
}

/** Dollars spent in each bin up to the last arrival. */
function costOverTime({ schedule, stages, lastUs, binUs }: ReplayRunOptions, bins: number): number[] {
  const cost = new Array<number>(bins).fill(0);
  const priceOf = (replicas: readonly number[]) =>
    stages.reduce((sum, { costUsdPerHour }, s) => sum + costUsdPerHour * replicas[s]!, 0);
  const pieces = [{ atUs: 0, replicas: schedule.start }, ...schedule.changes];
  pieces.forEach(({ atUs, replicas }, i) => {
    const endUs = Math.min(pieces[i + 1]?.atUs ?? lastUs, lastUs);
    const price = priceOf(replicas);
    for (let fromUs = atUs; fromUs < endUs; ) {
      const bin = Math.floor(fromUs / binUs);
      const toUs = Math.min(endUs, (bin + 1) * binUs);
      cost[bin]! += usdOver(price, toUs - fromUs);
      fromUs = toUs;
    }
  });
  return cost;
}
