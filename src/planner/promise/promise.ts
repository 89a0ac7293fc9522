/**
 * The promise: does a configuration hold on fresh traffic of the trace's kind, and not only on the one draw it was
 * planned on?
 *
 * Test (docs/promise.md): twenty fresh draws, each with parameters and routes of its own, are simulated; the one-sided
 * 95 % lower confidence bound on attainment must reach the objective. Every configuration meets the same draws, so that
 * two differ by what they are and not by chance. A search asks `accept` of each configuration that holds on the trace;
 * since this only removes configurations, its lower bound stays valid.
 *
 * Draws that were the worst for earlier configurations come first: that finds a refusal sooner and changes none.
 * Cost: as many simulations of the trace as it takes to refuse, and twenty to accept; what a configuration has in
 * common with an earlier one is not simulated again.
 */
import type { Configuration, StageConfiguration } from '../../model/configuration.js';
import type { PromiseReport } from '../../model/plan/promise-report.js';
import { allowedMisses } from '../../model/slo.js';
import { type PromiseInput, Replication } from './replication.js';
import { MissBound, NOTHING_OBSERVED, type Observed, observe, REPLICATIONS, spreadOf } from './verdict.js';

/** The out-of-sample test of configurations; all of them meet the same draws. */
export interface TrafficPromise {
  /** Whether a configuration holds on fresh traffic; stops as soon as it certainly does not. */
  accept(configuration: Configuration): boolean;
  /**
   * Of a configuration that is not accepted, the fewest first stages whose choices are known to be the reason: with
   * them none is accepted, whatever the batch sizes and replicas of the others on their hardware. All of them where
   * nothing more is known.
   */
  refusedStages(configuration: Configuration): number;
  /** The same verdict, on all replications, with its figures. */
  report(configuration: Configuration): PromiseReport;
  /** Replications simulated so far, whole or until they decided. */
  readonly simulations: number;
  /** Gives back the room that draws take; what is asked later draws them anew. Verdicts are kept. */
  release(): void;
}

/**
 * Draws asked which stages are the reason, for each that it took to refuse them all: some of the stages miss less than
 * all.
 */
const MORE_DRAWS = 2;

/** The out-of-sample test over one resampled traffic. Draws are simulated when they are first needed. */
export function createPromise(input: PromiseInput): TrafficPromise {
  const { traffic, slo } = input;
  const { queries, traceQueries } = traffic;
  const bound = new MissBound({ queries, traceQueries, allowed: queries * allowedRatio(slo.percentile) });
  const most = bound.refusingMisses(NOTHING_OBSERVED);
  const replications = Array.from({ length: REPLICATIONS }, (_, r) => new Replication(input, r, most));
  const verdicts = new Map<string, Verdict>();
  /** What all replications showed of the configurations that were accepted. */
  const whole = new Map<string, Observed>();
  /** How much worse than its configuration's other draws each draw has been, and how often it was tried. */
  const severity = replications.map(() => ({ sum: 0, count: 0 }));
  let simulations = 0;

  const missesIn = (replication: number, configuration: Configuration, enough: number): number => {
    simulations++;
    return replications[replication]!.misses(configuration, enough);
  };

  const decide = (configuration: Configuration): Verdict => {
    let observed: Observed = NOTHING_OBSERVED;
    const tried: { replication: number; misses: number }[] = [];
    for (const replication of worstFirst(severity)) {
      const enough = bound.refusingMisses(observed);
      const misses = missesIn(replication, configuration, enough);
      tried.push({ replication, misses });
      observed = observe(observed, Math.min(misses, enough));
      if (misses >= enough || bound.isRefused(observed)) break;
    }
    learn(severity, tried);
    const isAccepted = observed.count === REPLICATIONS && bound.holds(observed);
    if (isAccepted) whole.set(nameOf(configuration), observed);
    return { isAccepted, draws: tried.length };
  };

  const verdictOf = (configuration: Configuration): Verdict => {
    const key = nameOf(configuration);
    const verdict = verdicts.get(key) ?? decide(configuration);
    verdicts.set(key, verdict);
    return verdict;
  };

  return {
    accept: (configuration) => verdictOf(configuration).isAccepted,
    refusedStages(configuration) {
      const stages = configuration.length;
      const least = replications.map(() => 0);
      const draws = worstFirst(severity).slice(0, MORE_DRAWS * verdictOf(configuration).draws);
      for (let first = 1; first < stages; first++) {
        for (const replication of draws) {
          least[replication] = replications[replication]!.certainMisses(configuration, first);
          if (bound.isRefusedFrom(least)) return first;
        }
      }
      return stages;
    },
    report(configuration) {
      const all =
        whole.get(nameOf(configuration)) ??
        replications.reduce<Observed>((observed, _, replication) => {
          return observe(observed, missesIn(replication, configuration, Number.POSITIVE_INFINITY));
        }, NOTHING_OBSERVED);
      return {
        traffic: traffic.model,
        replications: REPLICATIONS,
        queriesPerDraw: queries,
        meanAttainment: 1 - all.sum / (all.count * queries),
        lowerBound: Math.max(0, 1 - Math.max(bound.mostMisses(all), fewestMisses(all)) / queries),
        spread: spreadOf(all) / queries,
        target: 1 - allowedRatio(slo.percentile),
        holds: bound.holds(all),
      };
    },
    get simulations() {
      return simulations;
    },
    release() {
      for (const replication of replications) replication.release();
    },
  };
}

/**
 * Mean misses a draw that cannot be excluded, however alike the draws are: rule of three (Hanley & Lippman-Hand, JAMA
 * 249(13), 1983). Twenty draws without a miss do not show that there are none.
 */
function fewestMisses({ sum, count }: Observed): number {
  return (sum + 3) / count;
}

/** Share of queries that may miss the objective, exact to the percentile's four decimals. */
function allowedRatio(percentile: number): number {
  const parts = 1_000_000;
  return allowedMisses(parts, percentile) / parts;
}

interface Verdict {
  readonly isAccepted: boolean;
  /** Draws that it took. */
  readonly draws: number;
}

interface Severity {
  sum: number;
  count: number;
}

/** Draws from the worst to the mildest; equal ones by number. */
function worstFirst(severity: readonly Severity[]): number[] {
  const mean = severity.map(({ sum, count }) => (count === 0 ? 1 : sum / count));
  return severity.map((_, r) => r).sort((a, b) => mean[b]! - mean[a]! || a - b);
}

/** Each draw's misses in units of the mean over the draws that the configuration met. */
function learn(severity: readonly Severity[], tried: readonly { replication: number; misses: number }[]): void {
  const mean = tried.reduce((sum, { misses }) => sum + misses, 0) / tried.length;
  if (mean === 0) return;
  for (const { replication, misses } of tried) {
    severity[replication]!.sum += misses / mean;
    severity[replication]!.count++;
  }
}

function nameOf(configuration: Configuration): string {
  return configuration.map(keyOf).join(' ');
}

function keyOf({ hardware, maxBatchSize, replicas }: StageConfiguration): string {
  return `${hardware}:${maxBatchSize}:${replicas}`;
}
