/**
 * What the exact search may choose for the next stage of a walk, given the choices for those before it: replicas and batch sizes
 * that no bound and no simulated prefix refutes.
 */

import type { Leaving } from '../../simulation/item-rows.js';
import type { Prefix, StageChoice } from '../../simulation/verdict/prefix.js';
import type { HardwareOption, SearchSpace } from '../space/search-space.js';
import type { TraceBounds } from '../space/trace-bounds.js';
import type { TightVector } from './hardware-vectors.js';

/** How much of the tree a search looks at. */
export interface Breadth {
  /** Hardware vectors in a bucket, cheapest bound first. */
  readonly vectors: number;
  /** Replicas of a stage that is not the last, beyond the fewest that may do. */
  readonly extraReplicas: number;
  /** Prefixes kept for each stage, hardware and number of replicas, most promising first. */
  readonly prefixes: number;
  /** Work after which it gives up, once something is found, in stage simulations on the whole trace. */
  readonly maxRuns: number;
}

const ALL = Number.POSITIVE_INFINITY;
/** A beam looks at the part of the trace that is so many from the longest: a quarter. */
const BEAM_LEVELS_LESS = 2;
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
  /** Per stage, the longest part of the trace simulated since its choice was made. */
  private readonly reached: number[];
  /** Per stage, the stages before it on which it depends. */
  private readonly ancestors: readonly ReadonlySet<number>[];

  constructor(bounds: TraceBounds, space: SearchSpace) {
    this.bounds = bounds;
    this.space = space;
    this.reached = space.stages.map(() => 0);
    const ancestors: Set<number>[] = [];
    for (const parents of bounds.simulator.routing.parents) {
      const stages = parents.filter((p) => p >= 0);
      ancestors.push(new Set([...stages, ...stages.flatMap((p) => [...ancestors[p]!])]));
    }
    this.ancestors = ancestors;
  }

  /**
   * Fewest replicas of the next stage, least cost of those after it, and of each from the next on, given the choices so far. A
   * stage whose parents are all chosen needs as many replicas as the first number, counting up, under which some batch size is
   * not refuted.
   * @param budget whole micro-dollars per hour left; once the sum is over it, it is not made exact
   */
  *leastGiven(
    walk: Walk,
    choices: readonly StageChoice[],
    budget: number,
  ): Generator<void, [least: number, rest: number, costs: readonly number[]]> {
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
        yield;
      }
    }
    const rest = sum - costs[0]!;
    return [costs[0]! / vector.options[s]!.price, rest, costs];
  }

  /** What to look at for the next stage: everything that is open, largest batch first, or what a beam finds most promising. */
  next(walk: Walk, choices: readonly StageChoice[], replicas: number): Iterable<StageChoice> {
    const s = choices.length;
    const { breadth, vector } = walk;
    if (breadth === EVERYTHING) return this.open(walk, s, choices, replicas);
    const found = this.promising(walk, s, choices, replicas);
    const isLast = s === vector.options.length - 1;
    return this.mostPromising(found, isLast ? found.length : breadth.prefixes).map(({ choice }) => choice);
  }

  private isPossible(walk: Walk, stage: number, choices: readonly StageChoice[], replicas: number): boolean {
    if (walk.breadth !== EVERYTHING) return this.promising(walk, stage, choices, replicas).length > 0;
    return !this.open(walk, stage, choices, replicas).next().done;
  }

  /**
   * The batch sizes of a stage that nothing known so far refutes, largest first. Only the shortest part of the trace is simulated
   * for it. The caller looks at everything that follows from one before it asks for the next: those that would behave alike in
   * all that was simulated meanwhile are left out.
   */
  private *open(
    walk: Walk,
    stage: number,
    choices: readonly StageChoice[],
    replicas: number,
  ): Generator<StageChoice, void> {
    const { levels, capacity } = this.bounds;
    const { hardware, service, batchSizes } = walk.vector.options[stage]!;
    const windowUs = walk.vector.windowsUs[stage]!;
    const extended = [...choices];
    let cap = Number.POSITIVE_INFINITY;
    for (let i = batchSizes.length - 1; i >= 0; i--) {
      const maxBatchSize = batchSizes[i]!;
      if (maxBatchSize > cap) continue;
      if (capacity.fewestReplicas(stage, { service, maxBatchSize, windowUs }) > replicas) return;
      extended[stage] = { hardware, service, maxBatchSize, replicas };
      this.reached[stage] = 0;
      const refuted = this.knownRefutation(walk, stage, extended);
      if (refuted === undefined) yield extended[stage]!;
      // Every cap from the largest batch taken up to this one gives the same batches, as far as anything was simulated. Where
      // something beyond the trace is asked of what holds on all of it, that says nothing.
      const level = this.reached[stage]!;
      const prefix = refuted ?? levels[level]!.prefix(stage, extended);
      if (refuted !== undefined || level < levels.length - 1 || !walk.isDemanding) cap = prefix.largestBatch - 1;
    }
  }

  /** A prefix that refutes the choice for a stage, on the shortest part of the trace or on a longer one simulated before. */
  private knownRefutation(walk: Walk, stage: number, choices: readonly StageChoice[]): Prefix | undefined {
    const { levels } = this.bounds;
    for (let level = 0; level < levels.length; level++) {
      const prefix = level === 0 ? levels[0]!.prefix(stage, choices) : levels[level]!.known(stage, choices);
      if (prefix === undefined) return undefined;
      if (!this.isRefuted(walk, { level, stage, prefix, choices })) continue;
      this.reach(level, this.ancestors[stage]!);
      return prefix;
    }
    return undefined;
  }

  /**
   * Simulates choices for all stages, on longer and longer parts of the trace and stage by stage, until something refutes them.
   * @returns index of the stage whose choice is refuted under those before it, or the number of stages
   */
  firstRefuted(walk: Walk, choices: readonly StageChoice[]): number {
    const { levels } = this.bounds;
    for (let level = 1; level < levels.length; level++) {
      const refuted = this.refutedOn(level, walk, choices);
      if (refuted < choices.length) return refuted;
    }
    return choices.length;
  }

  /** The same on one part of the trace, for choices that no shorter one refutes; those for the last stages may be missing. */
  refutedOn(level: number, walk: Walk, choices: readonly StageChoice[]): number {
    const { levels, allowedMisses } = this.bounds;
    const late: Int32Array[] = [];
    this.reach(level, choices.keys());
    for (let stage = 0; stage < choices.length; stage++) {
      const prefix = levels[level]!.prefix(stage, choices);
      if (this.isRefuted(walk, { level, stage, prefix, choices })) return stage;
      late.push(prefix.late);
    }
    return levels[level]!.union(late).length > allowedMisses ? choices.length - 1 : choices.length;
  }

  /** Rows that it takes to simulate the first stages on a part of the trace. */
  rowsOf(level: number, stages: number): number {
    let rows = 0;
    for (let s = 0; s < stages; s++) rows += this.bounds.levels[level]!.items[s]!;
    return rows;
  }

  /** Notes that something was refuted by what these stages do on so much of the trace. */
  private reach(level: number, stages: Iterable<number>): void {
    for (const s of stages) this.reached[s] = Math.max(this.reached[s]!, level);
  }

  private isRefuted(
    { vector, isDemanding }: Walk,
    given: { level: number; stage: number; prefix: Prefix; choices: readonly StageChoice[] },
  ): boolean {
    const { levels, allowedMisses } = this.bounds;
    const { level, stage, prefix, choices } = given;
    if (prefix.isRefuted) return true;
    // With a replica always idle, one fewer behaves the same for less.
    const isWhole = level === levels.length - 1;
    if (isWhole && !isDemanding && prefix.peakBusy < choices[stage]!.replicas) return true;
    return levels[level]!.certainMisses(prefix, vector.restUs[stage]!) > allowedMisses;
  }

  /** The same for a beam, which ranks them by what leaves on its part of the trace. Those that behave alike there count once. */
  private promising(walk: Walk, stage: number, choices: readonly StageChoice[], replicas: number): Promising[] {
    const { levels, capacity } = this.bounds;
    const { hardware, service, batchSizes } = walk.vector.options[stage]!;
    const windowUs = walk.vector.windowsUs[stage]!;
    const level = levels.length - BEAM_LEVELS_LESS;
    const extended = [...choices];
    const found: Promising[] = [];
    let cap = Number.POSITIVE_INFINITY;
    for (let i = batchSizes.length - 1; i >= 0; i--) {
      const maxBatchSize = batchSizes[i]!;
      if (maxBatchSize > cap) continue;
      if (capacity.fewestReplicas(stage, { service, maxBatchSize, windowUs }) > replicas) break;
      const choice = { hardware, service, maxBatchSize, replicas };
      extended[stage] = choice;
      const prefix = levels[level]!.prefix(stage, extended);
      cap = prefix.largestBatch - 1;
      if (this.isRefuted(walk, { level, stage, prefix, choices: extended })) continue;
      const misses = levels[level]!.certainMisses(prefix, walk.vector.restUs[stage]!);
      found.push({ choice, prefix, misses });
    }
    return found;
  }

  /** Fewest certain misses first, then the earliest departures taken together. */
  private mostPromising(found: readonly Promising[], most: number): readonly Promising[] {
    if (found.length <= most) return found;
    const level = this.bounds.levels.at(-BEAM_LEVELS_LESS)!;
    const leaveUs = ({ prefix }: Promising) => leavingSumUs(level.leaving(prefix));
    return found.toSorted((a, b) => a.misses - b.misses || leaveUs(a) - leaveUs(b)).slice(0, most);
  }

  /** Most replicas that the replica limit and what the inventory has left allow. */
  mostReplicas({ hardware }: HardwareOption, choices: readonly StageChoice[]): number {
    const used = choices.reduce((sum, choice) => sum + (choice.hardware === hardware ? choice.replicas : 0), 0);
    const left = (this.space.inventory.get(hardware) ?? Number.POSITIVE_INFINITY) - used;
    return Math.min(this.space.maxReplicas, left);
  }
}

/** A choice for a stage whose prefix may still become a plan. */
interface Promising {
  readonly choice: StageChoice;
  readonly prefix: Prefix;
  readonly misses: number;
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
