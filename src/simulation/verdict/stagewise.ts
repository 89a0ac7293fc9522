/** The estimator as a search uses it: many configurations on one trace, and whether enough queries end in time. */

import type { Leaving } from '../item-rows.js';
import { endingStages } from '../pipeline-run.js';
import type { Routing } from '../routing.js';
import { Tally } from '../tally.js';
import { idsOf, type StageChoice } from './prefix.js';
import type { PrefixOptions } from './prefix-options.js';
import type { Routes } from './routes.js';
import { StagePrefixes } from './stage-prefixes.js';

/** `misses` is exact when the objective holds; otherwise the simulation stopped at that count. */
export interface Verdict {
  readonly holds: boolean;
  readonly misses: number;
  /** Index of the stage at which the misses exceeded the allowed ones; −1 when they did not. */
  readonly refutedAt: number;
}

export class StagewiseSimulator {
  readonly prefixes: StagePrefixes;
  readonly routing: Routing;
  readonly routes: Routes;
  readonly arrivalsUs: Float64Array;
  readonly queries: number;
  readonly allowedMisses: number;

  private readonly percentile: number;
  private readonly canEndAt: readonly boolean[];
  private readonly tails = new Map<string, number>();

  constructor(options: PrefixOptions) {
    this.prefixes = new StagePrefixes(options);
    this.routing = this.prefixes.routing;
    this.routes = this.prefixes.routes;
    this.arrivalsUs = this.prefixes.arrivalsUs;
    this.queries = this.prefixes.queries;
    this.allowedMisses = this.prefixes.allowedMisses;
    this.percentile = options.slo.percentile;
    this.canEndAt = endingStages(options.pipeline);
  }

  /** Stage simulations run, to the end or until pruned. */
  get stageRuns(): number {
    return this.prefixes.stageRuns;
  }

  /** Whether the objective holds on the whole trace, drained to the last query. One choice per stage, in order. */
  judge(choices: readonly StageChoice[]): Verdict {
    const late: Int32Array[] = [];
    for (let s = 0; s < choices.length; s++) {
      const prefix = this.prefixes.prefix(s, choices);
      if (prefix.isRefuted) return { holds: false, misses: prefix.lateCount, refutedAt: s };
      late.push(prefix.late);
    }
    const misses = this.prefixes.union(late).length;
    const holds = misses <= this.allowedMisses;
    return { holds, misses, refutedAt: holds ? -1 : choices.length - 1 };
  }

  /** Latency at the objective's percentile, for choices for which `judge` holds. */
  tailUs(choices: readonly StageChoice[]): number {
    const key = idsOf(choices.map((_, s) => this.prefixes.prefix(s, choices)));
    let tail = this.tails.get(key);
    if (tail === undefined) {
      tail = this.latencies(choices).percentileUs(this.percentile);
      this.tails.set(key, tail);
    }
    return tail;
  }

  /** Latencies of a configuration for which `judge` holds. */
  latencies(choices: readonly StageChoice[]): Tally {
    const endUs = this.endsOf(choices);
    const tally = new Tally();
    tally.addDifferences({ laterUs: endUs, earlierUs: this.arrivalsUs, from: 0, to: this.queries, mask: -1 });
    return tally;
  }

  /** When each query ends, under choices for which `judge` holds. */
  endsOf(choices: readonly StageChoice[]): Float64Array {
    const endUs = this.arrivalsUs.slice();
    for (let s = 0; s < choices.length; s++) {
      if (!this.canEndAt[s]) continue;
      const { instantUs, query, to } = this.leaving(s, choices);
      for (let row = 0; row < to; row++)
        if (instantUs[row]! > endUs[query[row]!]!) endUs[query[row]!] = instantUs[row]!;
    }
    return endUs;
  }

  /** When queries leave a stage, under choices for which `judge` holds. */
  leaving(stage: number, choices: readonly StageChoice[]): Leaving {
    return this.prefixes.leaving(this.prefixes.prefix(stage, choices));
  }
}
