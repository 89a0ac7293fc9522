/**
 * Hardware vectors: one kind of hardware for every stage, and the least that any configuration on them can cost.
 *
 * Lower bound (docs/algorithms.md, "Capacity bound"): Σ price × fewest replicas, each stage for itself. A vector leaves each
 * stage the window D = SLO − (fastest way to it) − (fastest way on), taken over the hardware of the vector.
 */

import { shortestUs } from '../../simulation/service-times.js';
import { restsUs } from '../../simulation/verdict/routes.js';
import { usFromMs } from '../../units.js';
import type { HardwareOption, SearchSpace } from '../space/search-space.js';
import { stageWindowsUs, type TraceBounds } from '../space/trace-bounds.js';

export interface HardwareVector {
  /** One option per stage. */
  readonly options: readonly HardwareOption[];
  /** Least cost in whole micro-dollars per hour; Infinity when some stage cannot hold the objective on its hardware. */
  readonly costBound: number;
}

/** A hardware vector with what follows from its own fastest way through the pipeline. */
export interface TightVector extends HardwareVector {
  /** Per stage, the longest time between entering and leaving it that a query on time can have. */
  readonly windowsUs: readonly number[];
  /** Per stage and route, the fastest rest of the route after the stage. */
  readonly restUs: readonly Float64Array[];
  /** Per stage, least cost in whole micro-dollars per hour. */
  readonly leastCosts: readonly number[];
}

export class HardwareVectors {
  private readonly bounds: TraceBounds;
  /** Per stage, the kinds of hardware that can do, with their least cost, cheapest first. */
  private readonly choices: readonly { option: HardwareOption; cost: number }[][];
  private listed: readonly HardwareVector[] = [];
  private listedUpTo = 0;
  private readonly tight = new Map<HardwareVector, TightVector>();
  private readonly rests = new Map<string, Float64Array>();
  private readonly sloUs: number;

  constructor(bounds: TraceBounds, space: SearchSpace) {
    this.bounds = bounds;
    this.sloUs = usFromMs(bounds.slo.latencyMs);
    this.choices = space.stages.map(({ options }, s) => {
      return options
        .map((option) => ({ option, cost: option.price * this.fewestReplicas(s, option, bounds.windowUs[s]!) }))
        .filter(({ cost }) => cost < Number.POSITIVE_INFINITY)
        .sort((a, b) => a.cost - b.cost);
    });
  }

  /** Least cost of any configuration, in whole micro-dollars per hour; Infinity when some stage can run nowhere. */
  leastBound(): number {
    return this.choices.reduce((sum, options) => sum + (options[0]?.cost ?? Number.POSITIVE_INFINITY), 0);
  }

  /** Vectors whose cost bound is at most `limit`, cheapest first. */
  *within(limit: number): Generator<TightVector> {
    if (limit > this.listedUpTo) {
      this.listedUpTo = 2 * limit;
      this.listed = this.list(this.listedUpTo);
    }
    for (const vector of this.listed) {
      if (vector.costBound > limit) return;
      const tight = this.tightened(vector);
      if (tight.costBound <= limit) yield tight;
    }
  }

  /** No vector that `within` has left out has a lower cost bound than this. */
  nextBound(limit: number): number {
    return this.listed.reduce((least, vector) => {
      const { costBound } = this.tight.get(vector) ?? vector;
      return costBound > limit ? Math.min(least, costBound) : least;
    }, this.listedUpTo);
  }

  /** Every vector whose stages, each taken with the widest window, cost at most `limit`; cheapest bound first. */
  private list(limit: number): HardwareVector[] {
    const leastAfter = new Array<number>(this.choices.length + 1).fill(0);
    for (let s = this.choices.length - 1; s >= 0; s--) leastAfter[s] = leastAfter[s + 1]! + this.choices[s]![0]!.cost;
    const found: HardwareVector[] = [];
    const extend = (options: readonly HardwareOption[], cost: number): void => {
      const s = options.length;
      if (s === this.choices.length) {
        found.push({ options, costBound: cost });
        return;
      }
      for (const choice of this.choices[s]!) {
        if (cost + choice.cost + leastAfter[s + 1]! > limit) break;
        extend([...options, choice.option], cost + choice.cost);
      }
    };
    extend([], 0);
    return found.sort(byBound);
  }

  /** The vector with its own windows, and the bound they give: at least the one it had. */
  private tightened(vector: HardwareVector): TightVector {
    const known = this.tight.get(vector);
    if (known !== undefined) return known;
    const { options } = vector;
    const { routing, routes } = this.bounds.simulator;
    const fastestUs = options.map(({ service }) => shortestUs(service));
    const windowsUs = stageWindowsUs(this.bounds.simulator, this.sloUs, fastestUs);
    const leastCosts = options.map((option, s) => option.price * this.fewestReplicas(s, option, windowsUs[s]!));
    const tight = {
      options,
      windowsUs,
      restUs: restsUs(routing, routes, fastestUs).map((restUs) => this.same(restUs)),
      leastCosts,
      costBound: leastCosts.reduce((a, b) => a + b, 0),
    };
    this.tight.set(vector, tight);
    return tight;
  }

  /** One array for all equal ones, so that what is counted for one need not be counted again. */
  private same(restUs: Float64Array): Float64Array {
    const key = restUs.join(' ');
    const known = this.rests.get(key);
    if (known === undefined) this.rests.set(key, restUs);
    return known ?? restUs;
  }

  private fewestReplicas(stage: number, { service }: HardwareOption, windowUs: number): number {
    return this.bounds.capacity.fewestReplicas(stage, { service, maxBatchSize: service.maxBatchSize, windowUs });
  }
}

function byBound(a: HardwareVector, b: HardwareVector): number {
  return a.costBound - b.costBound || namesOf(a).localeCompare(namesOf(b), 'en');
}

function namesOf({ options }: HardwareVector): string {
  return options.map(({ hardware }) => hardware).join(' ');
}
