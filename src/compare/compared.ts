/** The scoreboard of a comparison, and for swept targets each policy's curve of cost against misses. */
import type { Slo } from '../model/slo.js';
import type { ClosedLoop } from '../replay/closed-loop.js';
import type { PolicyOutcome } from '../replay/outcome.js';
import type { ExplainedSpan } from './explained.js';
import { type Area, areaBeside, type Churn, churnOf } from './scoreboard.js';
import type { StartingPlan, Targets } from './starting-plan.js';

/** A policy on its way through the trace. */
export interface RunPolicy {
  readonly plan: StartingPlan;
  readonly policy: string;
  readonly factor: number | undefined;
  /** What the clairvoyant tuner holds from the same plan. */
  readonly reference: Pick<PolicyOutcome, 'costUsd' | 'timelines'>;
  readonly loop: ClosedLoop;
}

/** One policy from one plan at one target. */
export interface ComparedRow extends Churn, Area {
  readonly plan: string;
  readonly policy: string;
  /** Multiple of the matched target; absent where targets are shipped or the policy has none. */
  readonly factor?: number;
  /** Late queries ÷ the fewest of any row of the scoreboard; absent when that is 0. */
  readonly lateRatio?: number;
  /** Cost ÷ that of the clairvoyant tuner from the same plan. */
  readonly costRatio: number;
  /** The longest time from the first late query of an episode to its last, by arrival. */
  readonly slowestRecoveryMs: number;
  readonly outcome: PolicyOutcome;
}

/** Cost against misses of one policy over its swept targets. */
export interface PolicyCurve {
  readonly plan: string;
  readonly policy: string;
  /** From many replicas to few. */
  readonly points: readonly {
    readonly factor: number;
    readonly costUsd: number;
    readonly misses: number;
    readonly sloAttainment: number;
  }[];
}

/** What a comparison finds. */
export interface Compared {
  readonly queries: number;
  /** Last arrival. */
  readonly spanMs: number;
  readonly slo: Slo;
  readonly targets: Targets;
  /** The scoreboard: one row per plan and policy, with swept targets each policy's best in hindsight. */
  readonly rows: readonly ComparedRow[];
  /** Present with swept targets. */
  readonly curves?: readonly PolicyCurve[];
  /** The ticks of the policy that was to be explained. */
  readonly explained?: { readonly policy: string; readonly spans: readonly ExplainedSpan[] };
}

/** Drains every run and holds it against the clairvoyant tuner of its plan. */
export function comparedOf(
  runs: readonly RunPolicy[],
  { endMs }: { readonly endMs: number },
): Pick<Compared, 'rows'> & { readonly curves: readonly PolicyCurve[] } {
  const ended = runs.map((run) => ({ ...run, outcome: run.loop.end(), episodeMs: run.loop.longestEpisodeMs }));
  const all = ended.map(({ plan, policy, factor, reference, outcome, episodeMs }): ComparedRow => {
    return {
      ...{ plan: plan.name, policy },
      ...(factor !== undefined && { factor }),
      costRatio: outcome.costUsd / reference.costUsd,
      slowestRecoveryMs: episodeMs,
      ...churnOf(outcome.timelines),
      ...areaBeside(outcome.timelines, reference.timelines, { views: plan.views, endMs }),
      outcome,
    };
  });
  const groups = groupsOf(all);
  const best = groups.map(bestInHindsight);
  const fewest = Math.min(...best.map(({ outcome }) => outcome.misses));
  const rows = best.map((row) => ({ ...row, ...(fewest > 0 && { lateRatio: row.outcome.misses / fewest }) }));
  return { rows, curves: groups.filter((group) => group.length > 1).map(curveOf) };
}

/** Rows that differ only in their target. */
function groupsOf(rows: readonly ComparedRow[]): ComparedRow[][] {
  const groups = new Map<string, ComparedRow[]>();
  for (const row of rows) {
    const key = JSON.stringify([row.plan, row.policy]);
    groups.set(key, [...(groups.get(key) ?? []), row]);
  }
  return [...groups.values()];
}

/** The cheapest row that holds the objective; where none does, the one with the fewest late queries. */
function bestInHindsight(rows: readonly ComparedRow[]): ComparedRow {
  const holding = rows.filter(({ outcome }) => outcome.misses <= outcome.allowedMisses);
  const least = (of: readonly ComparedRow[], value: (row: ComparedRow) => number) =>
    of.reduce((a, b) => (value(b) < value(a) ? b : a));
  return holding.length > 0
    ? least(holding, ({ outcome }) => outcome.costUsd)
    : least(rows, ({ outcome }) => outcome.misses);
}

function curveOf(rows: readonly ComparedRow[]): PolicyCurve {
  const { plan, policy } = rows[0]!;
  const points = rows.map(({ factor, outcome: { costUsd, misses, sloAttainment } }) => {
    return { factor: factor!, costUsd, misses, sloAttainment };
  });
  return { plan, policy, points };
}
