/** Decides whether a configuration holds the objective on the planning trace: by proof where one is cheap, else by simulation. */
import type { Configuration, StageConfiguration } from '../model/configuration.js';
import type { ArrivalTrace } from '../model/trace.js';
import type { Routing } from '../simulation/routing.js';
import type { Leaving } from '../simulation/stage-queue.js';
import { type StageChoice, StagewiseSimulator } from '../simulation/stagewise.js';
import type { Tally } from '../simulation/tally.js';
import { usFromMs } from '../units.js';
import { insufficientRate, replicaRate } from './capacity-bound.js';
import { optionOf, type PlanningInput, type SearchSpace } from './search-space.js';

/** Whether a configuration holds, and why not. `stage` is the index at which it was refuted. */
export type Judgement =
  | { readonly holds: true; readonly misses: number }
  | {
      readonly holds: false;
      readonly stage: number;
      readonly reason: 'capacity' | 'simulated';
      readonly misses: number;
    };

export class Feasibility {
  /** Configurations simulated, whole or until refuted. */
  simulations = 0;
  readonly simulator: StagewiseSimulator;
  readonly space: SearchSpace;
  readonly queries: number;

  /** Mean items of each stage per query of the trace. */
  readonly scaleFactors: readonly number[];
  /** Whether more queries than allowed miss the objective on the fastest way through the pipeline: a proof. */
  readonly isImpossible: boolean;

  private readonly judgements = new Map<string, Judgement>();
  private readonly windowUs: readonly number[];
  private readonly neededRate: readonly number[];

  constructor(input: PlanningInput, space: SearchSpace) {
    this.space = space;
    this.queries = input.trace.arrivalsUs.length;
    const fastestUs = space.stages.map(({ options }) =>
      Math.min(...options.map(({ service }) => least(service.fastestUs))),
    );
    this.simulator = new StagewiseSimulator({ ...input, fastestUs });
    const { routing, allowedMisses } = this.simulator;
    const sloUs = usFromMs(input.slo.latencyMs);
    this.scaleFactors = this.simulator.itemCounts().map((items) => items / this.queries);
    this.isImpossible = this.simulator.missesOfFastest() > allowedMisses;
    const paths = leastPaths(this.simulator, fastestUs);
    this.windowUs = paths.map(({ up, down }) => sloUs - up - down);
    this.neededRate = space.stages.map((_, s) =>
      insufficientRate(
        visitors(input.trace, (q) => routing.itemsAt(s, q) > 0),
        {
          windowUs: this.windowUs[s]!,
          allowedMisses,
        },
      ),
    );
  }

  /** Fewest replicas that the capacity bound does not rule out; Infinity when no number can do. */
  leastReplicas(stage: number, choice: Pick<StageConfiguration, 'hardware' | 'maxBatchSize'>): number {
    const needed = this.neededRate[stage]!;
    if (needed === 0) return 1;
    const { service } = optionOf(this.space.stages[stage]!, choice as StageConfiguration);
    const rate = replicaRate(service.fastestUs, choice.maxBatchSize, this.windowUs[stage]!);
    return rate === 0 ? Number.POSITIVE_INFINITY : Math.max(1, Math.floor(needed / rate) + 1);
  }

  judge(configuration: Configuration): Judgement {
    const key = configuration.map(choiceKey).join(' ');
    const known = this.judgements.get(key);
    if (known !== undefined) return known;
    const judgement = this.decide(configuration);
    this.judgements.set(key, judgement);
    return judgement;
  }

  /**
   * Replicas of a stage with which no item queues at batch size 1, under the given choices for its ancestors: more replicas
   * change nothing. Undefined when the ancestors' choices are refuted.
   */
  replicasWithoutQueueing(stage: number, configuration: Configuration): number | undefined {
    const choices = this.choices(configuration);
    const input = this.simulator.entering(stage, choices);
    return input === undefined ? undefined : peakConcurrency(input, choices[stage]!.service.tableUs[1]!);
  }

  /** Latencies of a configuration that holds. */
  latencies(configuration: Configuration): Tally {
    return this.simulator.latencies(this.choices(configuration));
  }

  choices(configuration: Configuration): StageChoice[] {
    return configuration.map((c, s) => ({
      key: choiceKey(c),
      service: optionOf(this.space.stages[s]!, c).service,
      maxBatchSize: c.maxBatchSize,
      replicas: c.replicas,
    }));
  }

  private decide(configuration: Configuration): Judgement {
    for (let s = 0; s < configuration.length; s++) {
      if (configuration[s]!.replicas < this.leastReplicas(s, configuration[s]!)) {
        return { holds: false, stage: s, reason: 'capacity', misses: this.simulator.allowedMisses + 1 };
      }
    }
    this.simulations++;
    const { holds, misses, refutedAt } = this.simulator.judge(this.choices(configuration));
    return holds ? { holds, misses } : { holds, stage: refutedAt, reason: 'simulated', misses };
  }
}

/** Most items in service at one instant when each is served at once for `serviceUs`. */
function peakConcurrency({ instantUs, to }: Leaving, serviceUs: number): number {
  let peak = 1;
  for (let first = 0, last = 0; last < to; last++) {
    while (instantUs[first]! + serviceUs <= instantUs[last]!) first++;
    peak = Math.max(peak, last - first + 1);
  }
  return peak;
}

function choiceKey({ hardware, maxBatchSize, replicas }: StageConfiguration): string {
  return `${hardware}:${maxBatchSize}:${replicas}`;
}

function least(tableUs: Float64Array): number {
  return tableUs.subarray(1).reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
}

function visitors({ arrivalsUs }: ArrivalTrace, visits: (query: number) => boolean): Float64Array {
  return arrivalsUs.filter((_, q) => visits(q));
}

/**
 * Per stage, the fastest way from arrival to the stage (`up`) and from its batch on (`down`, without the stage's own service),
 * each the least over the queries that visit it. The two minima are taken apart: the least sum over queries is not a bound.
 */
function leastPaths(simulator: StagewiseSimulator, fastestUs: readonly number[]): { up: number; down: number }[] {
  const { routing, queries } = simulator;
  const stages = fastestUs.map((_, s) => s);
  const children = stages.map((s) => stages.filter((c) => routing.parents[c]!.includes(s)));
  const least = stages.map(() => ({ up: Number.POSITIVE_INFINITY, down: Number.POSITIVE_INFINITY }));
  const branching = stages.filter((s) => !routing.isPlain[s]);
  const routes = new Set<number | string>();
  for (let q = 0; q < queries; q++) {
    const route = routeOf(q, branching, routing);
    if (routes.has(route)) continue;
    routes.add(route);
    const visited = stages.filter((s) => routing.itemsAt(s, q) > 0);
    const up: number[] = [];
    const down: number[] = [];
    for (const s of visited) {
      const before = routing.parents[s]!.filter((p) => visited.includes(p)).map((p) => up[p]! + fastestUs[p]!);
      up[s] = Math.max(0, ...before);
      least[s]!.up = Math.min(least[s]!.up, up[s]);
    }
    for (const s of visited.toReversed()) {
      const after = children[s]!.filter((c) => visited.includes(c)).map((c) => down[c]! + fastestUs[c]!);
      down[s] = Math.max(0, ...after);
      least[s]!.down = Math.min(least[s]!.down, down[s]);
    }
  }
  return least.map(({ up, down }) => (up === Number.POSITIVE_INFINITY ? { up: 0, down: 0 } : { up, down }));
}

/** Names the set of stages a query visits: one bit each while a number has room for them. */
function routeOf(query: number, branching: readonly number[], routing: Routing): number | string {
  if (branching.length > 52) return branching.filter((s) => routing.itemsAt(s, query) > 0).join();
  let bits = 0;
  for (const s of branching) bits = bits * 2 + (routing.itemsAt(s, query) > 0 ? 1 : 0);
  return bits;
}
