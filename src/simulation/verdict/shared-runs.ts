/**
 * Stage simulations that several objectives share. What leaves a stage does not depend on the objective, which only
 * decides how early a simulation may stop. So a simulation that ran to its end serves every objective, and one that was
 * pruned serves every tighter objective.
 *
 * All users must have the same trace, routes, choices and allowed misses.
 */
import type { Pipeline } from '../../model/pipeline.js';
import { bytesOf, type Leaving } from '../item-rows.js';
import { Routing } from '../routing.js';
import { ByteLimitedCache } from './byte-limited-cache.js';
import { isSameUnder, type Prefix, roomOf, type StageChoice } from './prefix.js';

export interface SharedRun {
  readonly prefix: Prefix;
  readonly leaving: Leaving;
  readonly sloUs: number;
}

export class SharedRuns {
  readonly routing: Routing;
  private readonly runs: ByteLimitedCache<string, readonly SharedRun[]>;
  private ids = 0;

  constructor(options: {
    readonly pipeline: Pipeline;
    readonly seed: number;
    readonly queries: number;
    readonly cacheBytes: number;
  }) {
    const { pipeline, seed, queries } = options;
    this.routing = new Routing({ pipeline, seed, capacity: queries });
    this.routing.draw(0, queries);
    this.runs = new ByteLimitedCache(options.cacheBytes);
  }

  /** An id for departures that no other objective uses. */
  nextId(): number {
    return ++this.ids;
  }

  /** A run with the choice's departures, or one that was pruned under an objective no tighter than `sloUs`. */
  find(key: string, choice: StageChoice, sloUs: number): SharedRun | undefined {
    return this.runs.get(key)?.find(({ prefix, sloUs: under }) => {
      return (!prefix.isRefuted || under >= sloUs) && isSameUnder(choice, prefix);
    });
  }

  add(key: string, run: SharedRun): void {
    const all = [...(this.runs.get(key) ?? []), run];
    const bytes = all.reduce((sum, { prefix, leaving }) => sum + roomOf(prefix) + bytesOf(leaving), 0);
    this.runs.set(key, all, bytes);
  }
}
