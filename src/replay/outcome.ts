/** What one policy comes to over a trace: attainment and cost, in total and over time. */
import { allowedMisses, type Slo } from '../model/slo.js';
import type { StageView } from '../policies/policy.js';
import type { Schedule } from '../policies/schedule.js';
import type { TimeSummary } from '../simulation/simulation-result.js';
import { msFromUs, usdOver, usdPerHourOver } from '../units.js';
import type { OutcomeTally } from './outcome-tally.js';

/**
 * Outcome of one policy. Costs run from the start of the trace to its last arrival, each replica from its request to
 * its removal.
 */
export interface PolicyOutcome {
  readonly name: string;
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

interface Given {
  readonly name: string;
  readonly views: readonly StageView[];
  readonly schedule: Schedule;
  readonly tally: OutcomeTally;
  readonly slo: Slo;
  readonly lastUs: number;
  readonly binUs: number;
}

/** What a schedule costs and does, whatever becomes of the queries. */
export function scheduleCost(
  given: Pick<Given, 'views' | 'schedule' | 'lastUs' | 'binUs'>,
): Pick<PolicyOutcome, 'costUsd' | 'timelines'> {
  const costUsd = costOverTime(given, Math.floor(given.lastUs / given.binUs) + 1).reduce((sum, usd) => sum + usd, 0);
  return {
    costUsd,
    timelines: given.views.map(({ stage }, s) => ({ stage, replicas: timelineOf(given.schedule, s) })),
  };
}

export function outcomeOf(given: Given): PolicyOutcome {
  const { name, schedule, tally, slo, lastUs, binUs } = given;
  const { count } = tally.latencies;
  const misses = tally.allLate;
  const costUsd = costOverTime(given, tally.queries.length);
  const { costUsd: total, timelines } = scheduleCost(given);
  return {
    name,
    queries: count,
    misses,
    allowedMisses: allowedMisses(count, slo.percentile),
    sloAttainment: 1 - misses / count,
    latency: tally.latencies.summary(),
    costUsd: total,
    meanUsdPerHour: usdPerHourOver(total, lastUs),
    changes: schedule.changes.length,
    overTime: { binMs: msFromUs(binUs), queries: [...tally.queries], misses: [...tally.misses], costUsd },
    timelines,
  };
}

function timelineOf({ start, changes }: Schedule, s: number): { atMs: number; replicas: number }[] {
  const timeline = [{ atMs: 0, replicas: start[s]! }];
  for (const { atUs, replicas } of changes) {
    if (replicas[s] !== timeline.at(-1)!.replicas) timeline.push({ atMs: msFromUs(atUs), replicas: replicas[s]! });
  }
  return timeline;
}

/** Dollars spent in each bin up to the last arrival. */
function costOverTime(
  { schedule, views, lastUs, binUs }: Pick<Given, 'views' | 'schedule' | 'lastUs' | 'binUs'>,
  bins: number,
): number[] {
  const cost = new Array<number>(bins).fill(0);
  const priceOf = (replicas: readonly number[]) =>
    views.reduce((sum, { costUsdPerHour }, s) => sum + costUsdPerHour * replicas[s]!, 0);
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
