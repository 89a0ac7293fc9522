/**
 * Hardware vectors: one kind of hardware for every stage, and the least that any configuration on them can cost.
 *
 * Lower bound (docs/algorithms.md, "Capacity bound"): Σ price × fewest replicas, each stage for itself. A vector leaves
 * each stage the window D = SLO − (fastest way to it) − (fastest way on), taken over the hardware of the vector.
 */

import { shortestUs } from '../../simulation/service-times.js';
import { restsUs } from '../../simulation/verdict/routes.js';
import { usFromMs } from '../../units.js';
import type { StageOption } from '../space/option.js';
import { PER_REPLICA, replicasMicroUsd } from '../space/pricing.js';
import type { SearchSpace } from '../space/search-space.js';
import { stageWindowsUs, type TraceBounds } from '../space/trace-bounds.js';

export interface HardwareVector {
  /** One option per stage. */
  readonly options: readonly StageOption[];
  /** Least cost; Infinity when some stage cannot hold the objective on its option. */
  readonly boundMicroUsd: number;
}

/** A hardware vector with what follows from its own fastest way through the pipeline. */
export interface TightVector extends HardwareVector {
  /** Per stage, the longest time between entering and leaving it that a query on time can have. */
  readonly windowsUs: readonly number[];
  /** Per stage and route, the fastest rest of the route after the stage. */
  readonly restUs: readonly Float64Array[];
  /** Per stage, the fewest replicas that it may have and the capacity bound leaves. */
  readonly leastReplicas: readonly number[];
}

export class HardwareVectors {
  private readonly bounds: TraceBounds;
  /** Per stage, the kinds of hardware that can do, with their least cost, cheapest first. */
  private readonly choices: readonly { option: StageOption; leastMicroUsd: number }[][];
  private listed: readonly HardwareVector[] = [];
  private listedUpToMicroUsd = 0;
  private readonly tight = new Map<HardwareVector, TightVector>();
  private readonly rests = new Map<string, Float64Array>();
  private readonly sloUs: number;
  private readonly minReplicas: readonly number[];

  constructor(bounds: TraceBounds, space: SearchSpace) {
    this.bounds = bounds;
    this.sloUs = usFromMs(bounds.slo.latencyMs);
    this.minReplicas = space.minReplicas;
    this.choices = space.stages.map(({ options }, s) => {
      return options
        .map((option) => {
          const fewest = this.fewestReplicas(s, option, bounds.windowUs[s]!);
          return { option, leastMicroUsd: replicasMicroUsd(option, fewest) };
        })
        .filter(({ leastMicroUsd }) => leastMicroUsd < Number.POSITIVE_INFINITY)
        .sort((a, b) => a.leastMicroUsd - b.leastMicroUsd);
    });
  }

  /** Least cost of any configuration; Infinity when some stage can run nowhere. */
  leastMicroUsd(): number {
    return this.choices.reduce((sum, options) => sum + (options[0]?.leastMicroUsd ?? Number.POSITIVE_INFINITY), 0);
  }

  /** Vectors whose cost bound is at most `limitMicroUsd`, cheapest first. */
  *within(limitMicroUsd: number): Generator<TightVector> {
    if (limitMicroUsd > this.listedUpToMicroUsd) {
      this.listedUpToMicroUsd = 2 * limitMicroUsd;
      this.listed = this.list(this.listedUpToMicroUsd);
    }
    for (const vector of this.listed) {
      if (vector.boundMicroUsd > limitMicroUsd) return;
      const tight = this.tightened(vector);
      if (tight.boundMicroUsd <= limitMicroUsd) yield tight;
    }
  }

  /** No vector that `within` has left out has a lower cost bound than this. */
  nextMicroUsd(limitMicroUsd: number): number {
    return this.listed.reduce((least, vector) => {
      const { boundMicroUsd } = this.tight.get(vector) ?? vector;
      return boundMicroUsd > limitMicroUsd ? Math.min(least, boundMicroUsd) : least;
    }, this.listedUpToMicroUsd);
  }

  /**
   * Every vector whose stages, each taken with the widest window, cost at most `limitMicroUsd`; cheapest bound first.
   */
  private list(limitMicroUsd: number): HardwareVector[] {
    const leastAfter = new Array<number>(this.choices.length + 1).fill(0);
    for (let s = this.choices.length - 1; s >= 0; s--)
      leastAfter[s] = leastAfter[s + 1]! + this.choices[s]![0]!.leastMicroUsd;
    const found: HardwareVector[] = [];
    const extend = (options: readonly StageOption[], costMicroUsd: number): void => {
      const s = options.length;
      if (s === this.choices.length) {
        found.push({ options, boundMicroUsd: costMicroUsd });
        return;
      }
      for (const choice of this.choices[s]!) {
        if (costMicroUsd + choice.leastMicroUsd + leastAfter[s + 1]! > limitMicroUsd) break;
        extend([...options, choice.option], costMicroUsd + choice.leastMicroUsd);
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
    const leastReplicas = options.map((option, s) => this.fewestReplicas(s, option, windowsUs[s]!));
    const tight = {
      options,
      windowsUs,
      restUs: restsUs(routing, routes, fastestUs).map((restUs) => this.same(restUs)),
      leastReplicas,
      boundMicroUsd: PER_REPLICA.costMicroUsd(options, leastReplicas),
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

  private fewestReplicas(stage: number, { service }: StageOption, windowUs: number): number {
    const { maxBatchSize } = service;
    const fewest = this.bounds.capacity.fewestReplicas(stage, { service, maxBatchSize, windowUs });
    return Math.max(this.minReplicas[stage]!, fewest);
  }
}

function byBound(a: HardwareVector, b: HardwareVector): number {
  return a.boundMicroUsd - b.boundMicroUsd || namesOf(a).localeCompare(namesOf(b), 'en');
}

function namesOf({ options }: HardwareVector): string {
  return options.map(({ key }) => key).join(' ');
}
