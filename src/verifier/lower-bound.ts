/**
 * Derives a lower bound anew: a plain depth-first walk over every cheaper configuration; each is pruned or reported.
 *
 * A configuration is pruned by the capacity bound at one of its stages (fluid-bound.ts), or because more queries than
 * may miss the objective leave one of its stages too late for the fastest way on. The walk goes stage by stage and
 * carries the hardware vectors that are still open. Left out is only what behaves like something walked already: a max
 * batch size that no batch of a larger one reached, and more replicas where one was always idle. There is no incumbent,
 * no beam, no order of cost, and nothing shared with the search but draws, service times and prices.
 */
import type { Configuration } from '../model/configuration.js';
import { FluidBound } from './fluid-bound.js';
import { KeptReplays } from './kept-replays.js';
import {
  type FastestWays,
  fastestWays,
  type KindOption,
  replicasMicroUsd,
  type VisitKinds,
  visitKinds,
} from './options.js';
import { type EnteringItems, enteringItems, replayStage, type StageReplay, type Traffic } from './stage-replay.js';

const KEPT_BYTES = 256 * 1024 * 1024;

export interface BoundQuestion {
  readonly stages: readonly string[];
  readonly options: readonly (readonly KindOption[])[];
  readonly traffic: Traffic;
  readonly sloUs: number;
  readonly allowedMisses: number;
  /** Fewest and most replicas of each stage, and most on each hardware. */
  readonly minReplicas: readonly number[];
  readonly maxReplicas: readonly number[];
  readonly inventory: ReadonlyMap<string, number>;
  /** Every configuration that costs less than this is to be proved infeasible. */
  readonly limitMicroUsd: number;
  /** Cost by hardware, where it is no sum. It never falls when a replica is added, nor below the options' prices. */
  readonly costOf?: ((replicas: ReadonlyMap<string, number>) => number) | undefined;
  /** A further condition of the search. Of configurations that behave alike on the trace, one is asked. */
  readonly accept?: (configuration: Configuration) => boolean;
}

export interface BoundProgress {
  /** Stage replays so far. */
  readonly replays: number;
  /** Share of the walk that is done, in [0, 1]. */
  readonly share: number;
}

export interface BoundAnswer {
  readonly replays: number;
  /** A cheaper configuration that meets all conditions: the bound is wrong. */
  readonly counterexample?: Configuration;
}

/** Yields after each replay, so that a caller can show progress or stop. */
export function* refuteCheaper(question: BoundQuestion): Generator<BoundProgress, BoundAnswer> {
  const walk = new BoundWalk(question);
  const counterexample = yield* walk.from([], walk.vectors(), { share: 0, width: 1 });
  return { replays: walk.replays, ...(counterexample === undefined ? {} : { counterexample }) };
}

interface Vector extends FastestWays {
  readonly options: readonly KindOption[];
  /** Per stage, the fewest replicas. */
  readonly leastReplicas: readonly number[];
  /** Per stage, the least that it and all later stages cost. */
  readonly leastFrom: readonly number[];
}

interface Chosen {
  readonly option: KindOption;
  readonly maxBatchSize: number;
  readonly replicas: number;
  readonly replay: StageReplay;
}

interface Place {
  readonly share: number;
  readonly width: number;
}

class BoundWalk {
  replays = 0;
  private readonly given: BoundQuestion;
  private readonly kinds: VisitKinds;
  private readonly fluid: FluidBound;
  private readonly ancestors: readonly (readonly number[])[];
  /** Per stage and query, the last instant to leave it that some hardware may still make up for. */
  private readonly latestUs: readonly Float64Array[];
  /** Per stage, what enters it under the choices `before` for its ancestors: the latest. */
  private readonly entering: { before: string; items: EnteringItems }[] = [];
  private readonly kept = new KeptReplays(KEPT_BYTES);

  constructor(given: BoundQuestion) {
    const { traffic, options, sloUs, allowedMisses } = given;
    const { arrivalsUs, routing } = traffic;
    this.given = given;
    this.kinds = visitKinds(traffic);
    const visitors = options.map((_, s) => {
      const items = Uint16Array.from(arrivalsUs, (_, q) => routing.itemsAt(s, q));
      return { arrivalsUs: arrivalsUs.filter((_, q) => items[q]! > 0), items: items.filter((n) => n > 0) };
    });
    this.fluid = new FluidBound(visitors, { allowedMisses, sloUs });
    const serviceUs = options.map((kinds) => Math.min(...kinds.map(({ fastestUs }) => fastestUs)));
    const { restUs } = fastestWays(traffic, this.kinds, { serviceUs, sloUs });
    this.latestUs = restUs.map((rest) =>
      arrivalsUs.map((arrivalUs, q) => Math.max(-1, arrivalUs + sloUs - rest[this.kinds.kindOf[q]!]!)),
    );
    const ancestors: number[][] = [];
    for (const [s, parents] of routing.parents.entries()) {
      ancestors[s] = [...new Set(parents.filter((p) => p >= 0).flatMap((p) => [...ancestors[p]!, p]))];
    }
    this.ancestors = ancestors;
  }

  /** Every hardware vector that may cost less than the limit. */
  vectors(): Vector[] {
    const { options, traffic, sloUs, limitMicroUsd } = this.given;
    const fastest = options.map((kinds) => Math.min(...kinds.map(({ fastestUs }) => fastestUs)));
    const loose = fastestWays(traffic, this.kinds, { serviceUs: fastest, sloUs });
    const least = options.map((kinds, s) =>
      kinds.map((option) => replicasMicroUsd(option, this.leastReplicas(s, option, loose.windowsUs[s]!))),
    );
    const leastAfter = sumsFrom(least.map((costs) => Math.min(...costs))).slice(1);
    const found: Vector[] = [];
    const extend = (chosen: readonly KindOption[], costMicroUsd: number): void => {
      const s = chosen.length;
      if (s < options.length) {
        options[s]!.forEach((option, o) => {
          const next = costMicroUsd + least[s]![o]!;
          if (next + leastAfter[s]! < limitMicroUsd) extend([...chosen, option], next);
        });
        return;
      }
      const ways = fastestWays(traffic, this.kinds, { serviceUs: chosen.map(({ fastestUs }) => fastestUs), sloUs });
      const leastReplicas = chosen.map((option, i) => this.leastReplicas(i, option, ways.windowsUs[i]!));
      const leastFrom = sumsFrom(chosen.map((option, i) => replicasMicroUsd(option, leastReplicas[i]!)));
      if (leastFrom[0]! < limitMicroUsd) found.push({ ...ways, options: chosen, leastReplicas, leastFrom });
    };
    extend([], 0);
    return found;
  }

  /** The fewest replicas that may be and the capacity bound leaves; Infinity when they cost as much as the limit. */
  private leastReplicas(stage: number, option: KindOption, windowUs: number): number {
    const { service, priceMicroUsd } = option;
    const mayDo = (replicas: number) => {
      return this.fluid.mayDo(stage, { service, maxBatchSize: service.maxBatchSize, replicas, windowUs });
    };
    let tooFew = 0;
    let enough = Math.floor((this.given.limitMicroUsd - 1) / priceMicroUsd);
    if (enough === 0 || !mayDo(enough)) return Number.POSITIVE_INFINITY;
    while (enough - tooFew > 1) {
      const middle = Math.floor((tooFew + enough) / 2);
      if (mayDo(middle)) enough = middle;
      else tooFew = middle;
    }
    return Math.max(this.given.minReplicas[stage]!, enough);
  }

  /** Walks every way to extend `chosen`; returns the first configuration that meets all conditions. */
  *from(
    chosen: readonly Chosen[],
    vectors: readonly Vector[],
    { share, width }: Place,
  ): Generator<BoundProgress, Configuration | undefined> {
    const s = chosen.length;
    const { accept, limitMicroUsd, traffic, stages, options } = this.given;
    if (s === options.length) {
      const configuration = chosen.map(({ option: { hardware }, maxBatchSize, replicas }, i) => {
        return { stage: stages[i]!, hardware, maxBatchSize, replicas };
      });
      return (accept?.(configuration) ?? true) ? configuration : undefined;
    }
    const costMicroUsd = chosen.reduce((sum, { option, replicas }) => sum + replicasMicroUsd(option, replicas), 0);
    const steps = this.steps(chosen, vectors, costMicroUsd);
    const settled = new Set<string>();
    for (const [index, { option, open, replicas }] of steps.entries()) {
      const place = { share: share + (width * index) / steps.length, width: width / steps.length };
      let unfelt = Number.POSITIVE_INFINITY;
      for (const maxBatchSize of option.batchSizes) {
        if (maxBatchSize >= unfelt || settled.has(`${option.hardware}:${maxBatchSize}`)) continue;
        const left = open.filter((vector) => {
          const { leastFrom, windowsUs } = vector;
          const sum = costMicroUsd + replicasMicroUsd(option, replicas) + leastFrom[s + 1]!;
          const isCheap = sum < limitMicroUsd && this.leastWhole(chosen, { option, replicas }, vector) < limitMicroUsd;
          const { service } = option;
          return isCheap && this.fluid.mayDo(s, { service, maxBatchSize, replicas, windowUs: windowsUs[s]! });
        });
        if (left.length === 0) continue;
        const replay = this.replay(chosen, { option, maxBatchSize, replicas });
        yield { replays: this.replays, share: place.share };
        // A full batch leaves before its timeout, so there a cap is felt even where no batch is larger.
        if (traffic.batchTimeoutsUs[s] === 0 && replay.largestBatch < maxBatchSize) {
          unfelt = Math.min(unfelt, replay.largestBatch);
        }
        if (replay.mostBusy < replicas) {
          for (const b of option.batchSizes) {
            if (b === maxBatchSize || (b < maxBatchSize && b >= unfelt)) settled.add(`${option.hardware}:${b}`);
          }
        }
        if (replay.isStopped) continue;
        const extended = [...chosen, { option, maxBatchSize, replicas, replay }];
        const survivors = left.filter((vector) => this.misses(extended, vector) <= this.given.allowedMisses);
        if (survivors.length === 0) continue;
        const counterexample = yield* this.from(extended, survivors, place);
        if (counterexample !== undefined) return counterexample;
      }
    }
    return undefined;
  }

  /** The least that any way to go on costs where the cost is no sum. */
  private leastWhole(
    chosen: readonly Chosen[],
    next: Pick<Chosen, 'option' | 'replicas'>,
    { options, leastReplicas }: Vector,
  ): number {
    const { costOf } = this.given;
    if (costOf === undefined) return 0;
    const counts = new Map<string, number>();
    const before = [...chosen, next];
    options.forEach(({ hardware }, s) => {
      const fewest = before[s]?.replicas ?? leastReplicas[s]!;
      counts.set(hardware, (counts.get(hardware) ?? 0) + fewest);
    });
    return costOf(counts);
  }

  /** Hardware and replicas of the next stage that fit the budget, the replica limit and the inventory. */
  private steps(
    chosen: readonly Chosen[],
    vectors: readonly Vector[],
    costMicroUsd: number,
  ): { option: KindOption; open: readonly Vector[]; replicas: number }[] {
    const s = chosen.length;
    const { options, limitMicroUsd, maxReplicas, inventory } = this.given;
    return options[s]!.flatMap((option) => {
      const open = vectors.filter((vector) => vector.options[s] === option);
      if (open.length === 0) return [];
      const rest = Math.min(...open.map(({ leastFrom }) => leastFrom[s + 1]!));
      const used = chosen.reduce((n, c) => n + (c.option.hardware === option.hardware ? c.replicas : 0), 0);
      const inStock = (inventory.get(option.hardware) ?? Number.POSITIVE_INFINITY) - used;
      const affordable = Math.floor((limitMicroUsd - 1 - costMicroUsd - rest) / option.priceMicroUsd);
      const most = Math.min(maxReplicas[s]!, inStock, affordable);
      const fewest = Math.min(...open.map(({ leastReplicas }) => leastReplicas[s]!));
      return Array.from({ length: Math.max(0, most - fewest + 1) }, (_, n) => ({ option, open, replicas: fewest + n }));
    });
  }

  private replay(chosen: readonly Chosen[], next: Omit<Chosen, 'replay'>): StageReplay {
    const stage = chosen.length;
    const name = (c: Omit<Chosen, 'replay'>) => `${c.option.hardware}:${c.maxBatchSize}:${c.replicas}`;
    const before = this.ancestors[stage]!.map((a) => name(chosen[a]!)).join(' ');
    const key = `${stage} ${before} ${name(next)}`;
    const known = this.kept.get(key);
    if (known !== undefined) return known;
    this.replays++;
    const { traffic, allowedMisses: allowed } = this.given;
    if (this.entering[stage]?.before !== before) {
      const leftUs = chosen.map(({ replay }) => replay.leftUs);
      this.entering[stage] = { before, items: enteringItems(traffic, stage, leftUs) };
    }
    const replay = replayStage(traffic, stage, {
      items: this.entering[stage]!.items,
      choice: { service: next.option.service, maxBatchSize: next.maxBatchSize, replicas: next.replicas },
      stop: { latestUs: this.latestUs[stage]!, allowed },
    });
    return this.kept.keep(key, replay);
  }

  /** Queries that leave some chosen stage too late for the fastest way on that the vector has. */
  private misses(chosen: readonly Chosen[], { restUs }: Vector): number {
    const { arrivalsUs } = this.given.traffic;
    const { sloUs } = this.given;
    const { kindOf } = this.kinds;
    let misses = 0;
    for (let q = 0; q < arrivalsUs.length; q++) {
      const lastUs = arrivalsUs[q]! + sloUs;
      for (let s = 0; s < chosen.length; s++) {
        const leftUs = chosen[s]!.replay.leftUs[q]!;
        if (leftUs >= 0 && leftUs + restUs[s]![kindOf[q]!]! > lastUs) {
          misses++;
          break;
        }
      }
    }
    return misses;
  }
}

/** Sums of the entries from s on, for each s, and 0 past the end. */
function sumsFrom(costs: readonly number[]): number[] {
  const sums = [...costs, 0];
  for (let s = costs.length - 1; s >= 0; s--) sums[s]! += sums[s + 1]!;
  return sums;
}
