/**
 * What the exact search may choose for the next stage of a walk, given the choices for those before it: replicas and batch sizes
 * that no bound and no simulated prefix refutes.
 */
import type { Prefix, StageChoice } from '../simulation/prefix.js';
import type { Leaving } from '../simulation/stage-queue.js';
import type { TightVector } from './hardware-vectors.js';
import type { HardwareOption, SearchSpace } from './search-space.js';
import type { TraceBounds } from './trace-bounds.js';

/** How much of the tree a search looks at. */
export interface Breadth {
  /** Hardware vectors in a bucket, cheapest bound first. */
  readonly vectors: number;
  /** Replicas of a stage that is not the last, beyond the fewest that may do. */
  readonly extraReplicas: number;
  /** Prefixes kept for each stage, hardware and number of replicas, most promising first. */
  readonly prefixes: number;
  /** Stage simulations after which it gives up, once something is found. */
  readonly maxRuns: number;
}

const ALL = Number.POSITIVE_INFINITY;
export const EVERYTHING: Breadth = { vectors: ALL, extraReplicas: ALL, prefixes: ALL, maxRuns: ALL };

/** Whether configurations must also be accepted, or only hold on the trace. */
export interface Demand {
  readonly isDemanding: boolean;
}

/** Where a walk through one hardware vector stands. */
export interface Walk extends Demand {
  readonly vector: TightVector;
  /** Only whole configurations that cost more than `above` and at most `upTo` are of interest. */
  readonly above: number;
  readonly upTo: number;
  readonly breadth: Breadth;
}

export class WalkChoices {
  private readonly bounds: TraceBounds;
  private readonly space: SearchSpace;

  constructor(bounds: TraceBounds, space: SearchSpace) {
    this.bounds = bounds;
    this.space = space;
  }

  /**
   * Fewest replicas of the next stage, least cost of those after it, and of each from the next on, given the choices so far. A
   * stage whose parents are all chosen needs as many replicas as the first number, counting up, under which some batch size is
   * not refuted.
   * @param budget whole micro-dollars per hour left; once the sum is over it, it is not made exact
   */
  leastGiven(
    walk: Walk,
    choices: readonly StageChoice[],
    budget: number,
  ): [least: number, rest: number, costs: readonly number[]] {
    const { vector } = walk;
    const s = choices.length;
    const costs = vector.leastCosts.slice(s);
    let sum = costs.reduce((a, b) => a + b, 0);
    for (let j = s; j < vector.options.length && sum <= budget; j++) {
      if (this.bounds.simulator.routing.parents[j]!.some((p) => p >= s)) continue;
      const { price } = vector.options[j]!;
      while (sum <= budget && !this.isPossible(walk, j, choices, costs[j - s]! / price)) {
        costs[j - s]! += price;
        sum += price;
      }
    }
    const rest = sum - costs[0]!;
    return [costs[0]! / vector.options[s]!.price, rest, costs];
  }

  private isPossible(walk: Walk, stage: number, choices: readonly StageChoice[], replicas: number): boolean {
    return this.prefixesOf(walk, stage, choices, replicas, 1).length > 0;
  }

  /**
   * The batch sizes of a stage that are not refuted, largest first; at most so many. Those that behave alike on the trace count
   * once, but where something beyond the trace is asked of everything.
   */
  prefixesOf(
    { vector, breadth, isDemanding }: Walk,
    stage: number,
    choices: readonly StageChoice[],
    replicas: number,
    most = Number.POSITIVE_INFINITY,
  ): Promising[] {
    const { simulator, early, capacity, allowedMisses } = this.bounds;
    const { hardware, service, batchSizes } = vector.options[stage]!;
    const windowUs = vector.windowsUs[stage]!;
    const isAlikeOnce = !isDemanding || breadth !== EVERYTHING;
    const extended = [...choices];
    const found: Promising[] = [];
    let cap = Number.POSITIVE_INFINITY;
    for (let i = batchSizes.length - 1; i >= 0 && found.length < most; i--) {
      const maxBatchSize = batchSizes[i]!;
      if (maxBatchSize > cap) continue;
      if (capacity.fewestReplicas(stage, { service, maxBatchSize, windowUs }) > replicas) break;
      const choice = { hardware, service, maxBatchSize, replicas };
      extended[stage] = choice;
      // A beam keeps most of what it looks at; elsewhere most is refuted, and the first part of the trace often shows it.
      const first = breadth === EVERYTHING ? early.prefix(stage, extended) : undefined;
      const prefix = first?.isRefuted ? first : simulator.prefixes.prefix(stage, extended);
      // Every cap from the largest batch taken up to this one gives the same batches.
      if (isAlikeOnce || prefix.isRefuted) cap = prefix.largestBatch - 1;
      // With a replica always idle, one fewer behaves the same for less.
      if (prefix.isRefuted || (isAlikeOnce && prefix.peakBusy < replicas)) continue;
      const misses = simulator.prefixes.certainMisses(stage, prefix, vector.restUs[stage]!);
      if (misses <= allowedMisses) found.push({ choice, prefix, misses });
    }
    return found;
  }

  /** Most replicas that the replica limit and what the inventory has left allow. */
  mostReplicas({ hardware }: HardwareOption, choices: readonly StageChoice[]): number {
    const used = choices.reduce((sum, choice) => sum + (choice.hardware === hardware ? choice.replicas : 0), 0);
    const left = (this.space.inventory.get(hardware) ?? Number.POSITIVE_INFINITY) - used;
    return Math.min(this.space.maxReplicas, left);
  }
}

/** A choice for a stage whose prefix may still become a plan. */
export interface Promising {
  readonly choice: StageChoice;
  readonly prefix: Prefix;
  readonly misses: number;
}

/** Fewest certain misses first, then the earliest departures taken together. */
export function mostPromising(found: readonly Promising[], most: number): readonly Promising[] {
  if (found.length <= most) return found;
  const sorted = found.toSorted(
    (a, b) => a.misses - b.misses || leavingSumUs(a.prefix.leaving) - leavingSumUs(b.prefix.leaving),
  );
  return sorted.slice(0, most);
}

const sums = new WeakMap<Float64Array, number>();

/** Sum of the instants at which queries leave. */
function leavingSumUs({ instantUs }: Leaving): number {
  let sum = sums.get(instantUs);
  if (sum === undefined) {
    sum = 0;
    for (let i = 0; i < instantUs.length; i++) sum += instantUs[i]!;
    sums.set(instantUs, sum);
  }
  return sum;
}
