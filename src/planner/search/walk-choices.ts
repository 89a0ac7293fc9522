/**
 * What the exact search may choose for the next stage of a walk, given the choices for those before it: replicas and
 * batch sizes that no bound and no simulated prefix prunes.
 */

import type { Leaving } from '../../simulation/item-rows.js';
import type { Prefix, StageChoice } from '../../simulation/verdict/prefix.js';
import type { StageOption } from '../space/option.js';
import { PER_REPLICA } from '../space/pricing.js';
import type { SearchSpace } from '../space/search-space.js';
import type { TraceBounds } from '../space/trace-bounds.js';
import type { TightVector } from './hardware-vectors.js';
import { backjump, EXPLORED, type Outcome } from './outcome.js';

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
/** A beam simulates only the second-longest level, the first quarter of the trace. */
const BEAM_LEVELS_LESS = 2;
export const EVERYTHING: Breadth = { vectors: ALL, extraReplicas: ALL, prefixes: ALL, maxRuns: ALL };

/** Whether configurations must also be accepted, or only hold on the trace. */
export interface Demand {
  readonly isDemanding: boolean;
}

/** Where a walk through one hardware vector stands. */
export interface Walk extends Demand {
  readonly vector: TightVector;
  /** Only whole configurations that cost more than `aboveMicroUsd` and at most `upToMicroUsd` are of interest. */
  readonly aboveMicroUsd: number;
  readonly upToMicroUsd: number;
  readonly breadth: Breadth;
  /** Per stage, the longest part of the trace simulated since its choice was made, as an index of its level. */
  readonly reached: number[];
}

export class WalkChoices {
  private readonly bounds: TraceBounds;
  private readonly space: SearchSpace;
  /** Per stage, the stages before it on which it depends. */
  private readonly ancestors: readonly ReadonlySet<number>[];

  constructor(bounds: TraceBounds, space: SearchSpace) {
    this.bounds = bounds;
    this.space = space;
    const ancestors: Set<number>[] = [];
    for (const parents of bounds.simulator.routing.parents) {
      const stages = parents.filter((p) => p >= 0);
      ancestors.push(new Set([...stages, ...stages.flatMap((p) => [...ancestors[p]!])]));
    }
    this.ancestors = ancestors;
  }

  /**
   * Replicas of every stage: those chosen, and from the next stage on the fewest that may do given the choices. A stage
   * whose parents are all chosen needs as many as the first number, counting up, under which some batch size is not
   * pruned.
   * @param highestMicroUsd once all of them together cost more than this, the numbers are not made exact
   */
  *leastReplicas(walk: Walk, choices: readonly StageChoice[], highestMicroUsd: number): Generator<void, number[]> {
    const { options, leastReplicas } = walk.vector;
    const s = choices.length;
    const replicas = leastReplicas.map((least, i) => choices[i]?.replicas ?? least);
    for (let j = s; j < options.length; j++) {
      if (this.bounds.simulator.routing.parents[j]!.some((p) => p >= s)) continue;
      for (;;) {
        if (PER_REPLICA.costMicroUsd(options, replicas) > highestMicroUsd) return replicas;
        if (this.isPossible(walk, j, choices, replicas[j]!)) break;
        replicas[j]!++;
        yield;
      }
    }
    return replicas;
  }

  /**
   * What to look at for the next stage: everything that is open, largest batch first, or what a beam finds most
   * promising.
   */
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
   * The batch sizes of a stage that nothing known so far prunes, largest first. Only the shortest part of the trace is
   * simulated for it. The caller looks at everything that follows from one before it asks for the next: those that
   * would behave alike in all that was simulated meanwhile are left out.
   */
  private *open(
    walk: Walk,
    stage: number,
    choices: readonly StageChoice[],
    replicas: number,
  ): Generator<StageChoice, void> {
    const { levels, capacity } = this.bounds;
    const { key: option, service, batchSizes } = walk.vector.options[stage]!;
    const windowUs = walk.vector.windowsUs[stage]!;
    const extended = [...choices];
    let cap = Number.POSITIVE_INFINITY;
    for (let i = batchSizes.length - 1; i >= 0; i--) {
      const maxBatchSize = batchSizes[i]!;
      if (maxBatchSize > cap) continue;
      if (capacity.fewestReplicas(stage, { service, maxBatchSize, windowUs }) > replicas) return;
      extended[stage] = { option, service, maxBatchSize, replicas };
      walk.reached[stage] = 0;
      const refuted = this.knownRefutation(walk, stage, extended);
      if (refuted === undefined) yield extended[stage]!;
      // Every cap from the largest batch taken up to this one gives the same batches, as far as anything was simulated.
      // Where
      // something beyond the trace is asked of what holds on all of it, that says nothing.
      const level = walk.reached[stage]!;
      const prefix = refuted ?? levels[level]!.prefix(stage, extended);
      if (refuted !== undefined || level < levels.length - 1 || !walk.isDemanding) cap = prefix.largestBatch - 1;
    }
  }

  /**
   * A prefix that prunes the choice for a stage, on the shortest part of the trace or on a longer one simulated before.
   */
  private knownRefutation(walk: Walk, stage: number, choices: readonly StageChoice[]): Prefix | undefined {
    const { levels } = this.bounds;
    for (let level = 0; level < levels.length; level++) {
      const prefix = level === 0 ? levels[0]!.prefix(stage, choices) : levels[level]!.known(stage, choices);
      if (prefix === undefined) return undefined;
      if (!this.isPruned(walk, { level, stage, prefix, choices })) continue;
      reach(walk, level, this.ancestors[stage]!);
      return prefix;
    }
    return undefined;
  }

  /**
   * Simulates choices for all stages, on longer and longer parts of the trace and stage by stage, until something
   * prunes them.
   */
  *lookAtAll(walk: Walk, choices: readonly StageChoice[]): Generator<void, Outcome> {
    for (let level = 1; level < this.bounds.levels.length; level++) {
      const outcome = yield* this.look(level, walk, choices);
      if (outcome.kind === 'backjump') return outcome;
    }
    return EXPLORED;
  }

  /** Simulates choices for the first stages, or all, on one part of the trace; with a step for each on a long one. */
  *look(level: number, walk: Walk, choices: readonly StageChoice[]): Generator<void, Outcome> {
    const { levels, allowedMisses, isLong } = this.bounds;
    const late: Int32Array[] = [];
    reach(walk, level, choices.keys());
    for (let stage = 0; stage < choices.length; stage++) {
      const prefix = levels[level]!.prefix(stage, choices);
      if (this.isPruned(walk, { level, stage, prefix, choices })) return backjump(stage);
      late.push(prefix.late);
      if (isLong) yield;
    }
    return levels[level]!.union(late).length > allowedMisses ? backjump(choices.length - 1) : EXPLORED;
  }

  /** Rows that it takes to simulate the first stages on a part of the trace. */
  rowsOf(level: number, stages: number): number {
    let rows = 0;
    for (let s = 0; s < stages; s++) rows += this.bounds.levels[level]!.items[s]!;
    return rows;
  }

  private isPruned(walk: Walk, looked: Looked): boolean {
    return looked.prefix.isRefuted || this.isDominated(walk, looked) || this.hasTooManyMisses(walk, looked);
  }

  /**
   * With a replica always idle, one fewer behaves the same for less, where the stage may have one fewer. Under a
   * further condition the trace does not show that.
   */
  private isDominated({ isDemanding }: Walk, { level, stage, prefix, choices }: Looked): boolean {
    const isWhole = level === this.bounds.levels.length - 1;
    const { replicas } = choices[stage]!;
    return isWhole && !isDemanding && replicas > this.space.minReplicas[stage]! && prefix.peakBusy < replicas;
  }

  /** Whether more queries than may leave the stage too late for the fastest way on. */
  private hasTooManyMisses({ vector }: Walk, { level, stage, prefix }: Looked): boolean {
    const { levels, allowedMisses } = this.bounds;
    return levels[level]!.certainMisses(prefix, vector.restUs[stage]!) > allowedMisses;
  }

  /**
   * The same for a beam, which ranks them by what leaves on its part of the trace. Those that behave alike there count
   * once.
   */
  private promising(walk: Walk, stage: number, choices: readonly StageChoice[], replicas: number): Promising[] {
    const { levels, capacity } = this.bounds;
    const { key: option, service, batchSizes } = walk.vector.options[stage]!;
    const windowUs = walk.vector.windowsUs[stage]!;
    const level = levels.length - BEAM_LEVELS_LESS;
    const extended = [...choices];
    const found: Promising[] = [];
    let cap = Number.POSITIVE_INFINITY;
    for (let i = batchSizes.length - 1; i >= 0; i--) {
      const maxBatchSize = batchSizes[i]!;
      if (maxBatchSize > cap) continue;
      if (capacity.fewestReplicas(stage, { service, maxBatchSize, windowUs }) > replicas) break;
      const choice = { option, service, maxBatchSize, replicas };
      extended[stage] = choice;
      const prefix = levels[level]!.prefix(stage, extended);
      cap = prefix.largestBatch - 1;
      if (this.isPruned(walk, { level, stage, prefix, choices: extended })) continue;
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
  mostReplicas({ hardware }: StageOption, vector: TightVector, choices: readonly StageChoice[]): number {
    const used = choices.reduce((sum, { replicas }, i) => {
      return sum + (vector.options[i]!.hardware === hardware ? replicas : 0);
    }, 0);
    const left = (this.space.inventory.get(hardware) ?? Number.POSITIVE_INFINITY) - used;
    return Math.min(this.space.maxReplicas[choices.length]!, left);
  }
}

/** Notes that something was pruned by what these stages do up to this level of the trace. */
function reach({ reached }: Walk, level: number, stages: Iterable<number>): void {
  for (const s of stages) reached[s] = Math.max(reached[s]!, level);
}

/** A stage under choices, on one part of the trace. */
interface Looked {
  readonly level: number;
  readonly stage: number;
  readonly prefix: Prefix;
  readonly choices: readonly StageChoice[];
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
