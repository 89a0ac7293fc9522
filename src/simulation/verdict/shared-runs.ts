/**
 * Stage simulations that several objectives share. What leaves a stage does not depend on the objective; only where a simulation
 * may stop does. So one that ran to its end under any objective serves all, and one that was refuted serves every tighter one.
 *
 * All who share must have the same trace, routes, choices and allowed misses.
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

  /** A number for departures that no other objective has given away. */
  nextId(): number {
    return ++this.ids;
  }

  /** Departures under the choice, or a prefix that an objective as tight as `sloUs`, in microseconds, refutes as well. */
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
