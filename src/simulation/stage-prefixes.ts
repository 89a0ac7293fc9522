/**
 * What leaves each stage of a pipeline on one trace, under any choices for the stage and those before it.
 *
 * Stages do not feed back, so what leaves a stage depends only on the choices made for it and its ancestors. Each such
 * prefix is simulated once and remembered, so a move costs the stages it touches and those downstream of them.
 *
 * A query that leaves a stage so late that even the fastest rest of its route would miss the objective is a miss under
 * every completion of the prefix. Once there are more misses than the objective allows, the simulation stops: an
 * infeasible candidate costs a small part of a feasible one, and the refutation is exact
 * (docs/algorithms.md, "Refuting a prefix").
 */
import type { Pipeline } from '../model/pipeline.js';
import { allowedMisses } from '../model/slo.js';
import { usFromMs } from '../units.js';
import { ByteLimitedCache } from './byte-limited-cache.js';
import { Completions } from './completions.js';
import { countParents, feed } from './feed.js';
import { idsOf, isSameUnder, type Prefix, type PrefixOptions, type StageChoice } from './prefix.js';
import { type Routes, routePaths, routesOf } from './routes.js';
import { Routing } from './routing.js';
import type { ServiceTimes } from './service-times.js';
import type { SharedRuns } from './shared-runs.js';
import { type Leaving, StageQueue } from './stage-queue.js';

/** Items fed between two looks at the misses. */
const SLICE = 4096;
const CACHE_BYTES = 256 * 1024 * 1024;

export class StagePrefixes {
  readonly routing: Routing;
  readonly routes: Routes;
  readonly queries: number;
  readonly allowedMisses: number;
  /** Stage simulations run, whole or until refuted. */
  stageRuns = 0;

  private readonly pipeline: Pipeline;
  private readonly shared: SharedRuns | undefined;
  readonly arrivalsUs: Float64Array;

  private readonly arrivals: Leaving;
  private readonly parentCounts: readonly (Uint16Array | null)[];
  private readonly sloUs: number;
  /** Per stage, misses counted before: by the rest of each route, then by prefix. */
  private readonly certain: readonly Map<Float64Array, Map<number, number> | 'fastest'>[];
  /** `restUs[stage][route]`: the fastest rest of the route after the stage. */
  private readonly restUs: readonly Float64Array[];
  /** `latestUs[stage][query]`: the last instant to leave the stage at which the query may still end in time. */
  private readonly latestUs: readonly Float64Array[];
  private readonly prefixes: ByteLimitedCache<readonly Prefix[]>;
  private readonly inputs: ByteLimitedCache<Leaving>;
  /** Room for one stage run, used again by the next. */
  private startUs = new Float64Array(0);
  private readonly completions = new Completions();
  private readonly seen: Int32Array;
  private sweep = 0;

  constructor(options: PrefixOptions) {
    const { pipeline, trace, slo, seed, cacheBytes = CACHE_BYTES } = options;
    const { arrivalsUs } = trace;
    const queries = arrivalsUs.length;
    this.pipeline = pipeline;
    this.queries = queries;
    this.arrivalsUs = arrivalsUs;
    this.allowedMisses = options.allowedMisses ?? allowedMisses(queries, slo.percentile);
    this.prefixes = new ByteLimitedCache(cacheBytes);
    this.inputs = new ByteLimitedCache(cacheBytes / 2);
    this.shared = options.shared;
    this.routing = options.shared?.routing ?? options.routing ?? drawnRouting(pipeline, { seed, queries });
    this.arrivals = { instantUs: arrivalsUs, query: new Int32Array(queries), from: 0, to: queries };
    for (let q = 0; q < queries; q++) this.arrivals.query[q] = q;
    this.parentCounts = this.routing.parents.map((parents, stage) => {
      if (parents.length === 1) return null;
      const counts = new Uint16Array(this.routing.mask + 1);
      countParents(counts, stage, { routing: this.routing, from: 0, to: queries });
      return counts;
    });
    this.sloUs = usFromMs(slo.latencyMs);
    this.routes = routesOf(this.routing, queries);
    const paths = this.routes.stages.map((route) => routePaths(this.routing, route, options.fastestUs));
    this.restUs = pipeline.stages.map((_, s) => Float64Array.from(paths, ({ downUs }) => downUs[s]!));
    this.latestUs = this.restUs.map((rest) => this.latestTo(rest));
    this.certain = this.restUs.map(() => new Map());
    this.seen = new Int32Array(queries);
  }

  private latestTo(restUs: Float64Array): Float64Array {
    const { arrivalsUs, sloUs, queries } = this;
    const { routeOf } = this.routes;
    const latestUs = new Float64Array(queries);
    for (let q = 0; q < queries; q++) latestUs[q] = arrivalsUs[q]! + sloUs - restUs[routeOf[q]!]!;
    return latestUs;
  }

  /**
   * Misses that are certain at a stage when the rest of each route takes at least `restUs[route]`: those of the prefix, and
   * the queries that leave too late for that rest.
   * @param restUs one array for all equal ones
   */
  certainMisses(stage: number, prefix: Prefix, restUs: Float64Array): number {
    let known = this.certain[stage]!.get(restUs);
    if (known === undefined) {
      const fastest = this.restUs[stage]!;
      known = restUs.every((us, route) => us === fastest[route]) ? 'fastest' : new Map<number, number>();
      this.certain[stage]!.set(restUs, known);
    }
    if (known === 'fastest') return prefix.late.length;
    let misses = known.get(prefix.id);
    if (misses === undefined) {
      misses = this.countCertainMisses(prefix, restUs);
      known.set(prefix.id, misses);
    }
    return misses;
  }

  private countCertainMisses({ leaving, late }: Prefix, restUs: Float64Array): number {
    const { seen, arrivalsUs, sloUs } = this;
    const { routeOf } = this.routes;
    const { instantUs, query, to } = leaving;
    const sweep = ++this.sweep;
    let misses = late.length;
    for (const q of late) seen[q] = sweep;
    for (let row = 0; row < to; row++) {
      const q = query[row]!;
      if (instantUs[row]! + restUs[routeOf[q]!]! > arrivalsUs[q]! + sloUs && seen[q] !== sweep) misses++;
    }
    return misses;
  }

  /** Items entering a stage, in order, or undefined when the choices for its ancestors are refuted. */
  entering(stage: number, choices: readonly StageChoice[]): Leaving | undefined {
    const parents = this.parentPrefixes(stage, choices);
    return parents.some(({ isRefuted }) => isRefuted) ? undefined : this.input(stage, parents);
  }

  /** Items that enter each stage over the whole trace. */
  itemCounts(): number[] {
    return this.pipeline.stages.map((_, s) => {
      if (this.routing.isPlain[s]) return this.queries;
      return this.routing.items[s]!.subarray(0, this.queries).reduce((sum, n) => sum + n, 0);
    });
  }

  /** Gives back the room that earlier simulations take. */
  forget(): void {
    this.prefixes.clear();
    this.inputs.clear();
  }

  /** What leaves a stage under the choices for it and its ancestors; those of other stages may be missing. */
  prefix(stage: number, choices: readonly StageChoice[]): Prefix {
    const parents = this.parentPrefixes(stage, choices);
    const key = `${stage} ${idsOf(parents)} ${choices[stage]!.hardware}`;
    const alike = this.prefixes.get(key) ?? [];
    const known = alike.find((prefix) => isSameUnder(choices[stage]!, prefix));
    if (known !== undefined) return known;
    const late = this.union(parents.map((parent) => parent.late));
    const elsewhere = this.shared?.find(key, choices[stage]!, this.sloUs);
    const prefix =
      elsewhere === undefined
        ? this.run(stage, choices[stage]!, { input: this.input(stage, parents), late })
        : this.judged(stage, elsewhere, late);
    if (elsewhere === undefined) this.shared?.add(key, prefix, this.sloUs);
    const all = [...alike, prefix];
    this.prefixes.set(
      key,
      all,
      all.reduce((bytes, { leaving, late }) => bytes + 12 * leaving.to + 4 * late.length, 256),
    );
    return prefix;
  }

  private parentPrefixes(stage: number, choices: readonly StageChoice[]): Prefix[] {
    return this.routing.parents[stage]!.filter((p) => p >= 0).map((p) => this.prefix(p, choices));
  }

  /** Items in the order in which they enter a stage: the same for every choice made for the stage itself. */
  private input(stage: number, prefixes: readonly Prefix[]): Leaving {
    const parents = prefixes.map(({ leaving }) => leaving);
    if (this.routing.parents[stage]!.includes(-1)) parents.push(this.arrivals);
    if (parents.length === 1 && this.routing.isPlain[stage]) return parents[0]!;
    const key = `${stage} ${idsOf(prefixes)}`;
    const known = this.inputs.get(key);
    if (known !== undefined) return known;
    const rows = new StageQueue({ service: IDLE, maxBatchSize: 1, replicas: 1, batchTimeoutUs: 0, isSingle: true });
    feed(rows, stage, { parents, routing: this.routing, waitingFor: this.parentCounts[stage]?.slice() ?? null });
    const to = rows.entered;
    const input = { instantUs: rows.enteredUs.slice(0, to), query: rows.query.slice(0, to), from: 0, to };
    this.inputs.set(key, input, 12 * to + 256);
    return input;
  }

  private run(stage: number, choice: StageChoice, given: { input: Leaving; late: Int32Array }): Prefix {
    this.stageRuns++;
    const { input } = given;
    if (this.startUs.length < input.to) this.startUs = new Float64Array(input.to);
    this.completions.clear();
    const timeoutUs = usFromMs(this.pipeline.stages[stage]!.batchTimeoutMs ?? 0);
    const queue = new StageQueue({
      ...choice,
      batchTimeoutUs: timeoutUs,
      isSingle: this.routing.isSingle[stage]!,
      given: { rows: input, startUs: this.startUs, completions: this.completions },
    });
    const latestUs = this.latestUs[stage]!;
    const { seen } = this;
    const allowed = this.allowedMisses;
    const { completions } = this;
    const sweep = ++this.sweep;
    for (const q of given.late) this.seen[q] = sweep;
    const late = Array.from(given.late);
    for (let fed = 0; fed < input.to && late.length <= allowed; ) {
      fed = Math.min(fed + SLICE, input.to);
      const untilUs = fed === input.to ? Number.POSITIVE_INFINITY : input.instantUs[fed - 1]!;
      queue.advance(untilUs);
      const { instantUs, query, count } = completions;
      let row = completions.handedOn;
      for (; row < count; row++) {
        const instant = instantUs[row]!;
        if (instant > untilUs) break;
        const q = query[row]!;
        if (instant <= latestUs[q]! || seen[q] === sweep) continue;
        seen[q] = sweep;
        late.push(q);
      }
      completions.handedOn = row;
    }
    const isRefuted = late.length > allowed;
    const id = this.shared?.nextId() ?? this.stageRuns;
    const { maxBatchSize, replicas } = choice;
    // Under a batch timeout a full batch leaves early, so the cap matters even where no batch was larger.
    const largestBatch = timeoutUs > 0 ? maxBatchSize : queue.largestBatch;
    const peakBusy = replicas - queue.leastIdle;
    const leaving = isRefuted
      ? { instantUs: NO_INSTANTS, query: NO_QUERIES, from: 0, to: 0 }
      : {
          instantUs: completions.instantUs.slice(0, completions.count),
          query: completions.query.slice(0, completions.count),
          from: 0,
          to: completions.count,
        };
    const found = { leaving, late: Int32Array.from(late), isRefuted };
    return { id, maxBatchSize, largestBatch, replicas, peakBusy, ...found };
  }

  /** What was simulated under another objective, with the misses of this one. */
  private judged(stage: number, prefix: Prefix, given: Int32Array): Prefix {
    if (prefix.isRefuted) return prefix;
    const { instantUs, query, to } = prefix.leaving;
    const latestUs = this.latestUs[stage]!;
    const own: number[] = [];
    for (let row = 0; row < to; row++) if (instantUs[row]! > latestUs[query[row]!]!) own.push(query[row]!);
    const late = this.union([given, Int32Array.from(own)]);
    return late.length > this.allowedMisses
      ? { ...prefix, leaving: { instantUs: NO_INSTANTS, query: NO_QUERIES, from: 0, to: 0 }, late, isRefuted: true }
      : { ...prefix, late };
  }

  /** Queries that stand in any of the lists. */
  union(lists: readonly Int32Array[]): Int32Array {
    if (lists.length === 0) return NO_QUERIES;
    if (lists.length === 1) return lists[0]!;
    const sweep = ++this.sweep;
    const all: number[] = [];
    for (const list of lists) {
      for (const q of list) {
        if (this.seen[q] === sweep) continue;
        this.seen[q] = sweep;
        all.push(q);
      }
    }
    return Int32Array.from(all);
  }
}

function drawnRouting(pipeline: Pipeline, { seed, queries }: { seed: number; queries: number }): Routing {
  const routing = new Routing({ pipeline, seed, capacity: queries });
  routing.draw(0, queries);
  return routing;
}

const NO_INSTANTS = new Float64Array(0);
const NO_QUERIES = new Int32Array(0);
const IDLE: ServiceTimes = {
  maxBatchSize: 1,
  tableUs: new Float64Array(2),
  fastestUs: new Float64Array(2),
  drawUs: null,
};
