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
import { countParents, feed } from './feed.js';
import { ItemRows, type Leaving, SPARE_ROWS } from './item-rows.js';
import { idsOf, isSameUnder, type Prefix, type PrefixOptions, type StageChoice } from './prefix.js';
import { type Routes, restsUs, routesOf } from './routes.js';
import { Routing } from './routing.js';
import type { SharedRuns } from './shared-runs.js';
import { StageRun } from './stage-run.js';

const CACHE_BYTES = 192 * 1024 * 1024;

export class StagePrefixes {
  readonly routing: Routing;
  readonly routes: Routes;
  readonly queries: number;
  readonly allowedMisses: number;
  /** Per stage, the items that enter it over the whole trace. */
  readonly items: readonly number[];
  /** Stage simulations run, whole or until refuted. */
  stageRuns = 0;
  /** Items dispatched in them. */
  rowsRun = 0;

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
  private readonly stageRun: StageRun;
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
    this.items = this.routing.items.map((itemsOf, s) => {
      return this.routing.isPlain[s] ? queries : itemsOf!.subarray(0, queries).reduce((sum, n) => sum + n, 0);
    });
    this.sloUs = usFromMs(slo.latencyMs);
    this.routes = routesOf(this.routing, queries);
    this.restUs = restsUs(this.routing, this.routes, options.fastestUs);
    this.latestUs = this.restUs.map((rest) => this.latestTo(rest));
    this.certain = this.restUs.map(() => new Map());
    this.seen = new Int32Array(queries);
    this.stageRun = new StageRun(queries);
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

  /** Gives back the room that earlier simulations take. */
  forget(): void {
    this.prefixes.clear();
    this.inputs.clear();
  }

  /** The same as `prefix` where that takes no simulation, and no ancestor is refuted. */
  known(stage: number, choices: readonly StageChoice[]): Prefix | undefined {
    const parents: Prefix[] = [];
    for (const p of this.routing.parents[stage]!) {
      if (p < 0) continue;
      const parent = this.known(p, choices);
      if (parent === undefined || parent.isRefuted) return undefined;
      parents.push(parent);
    }
    return this.prefixes.get(keyOf(stage, parents, choices))?.find((prefix) => isSameUnder(choices[stage]!, prefix));
  }

  /** What leaves a stage under the choices for it and its ancestors; those of other stages may be missing. */
  prefix(stage: number, choices: readonly StageChoice[]): Prefix {
    const parents = this.parentPrefixes(stage, choices);
    const key = keyOf(stage, parents, choices);
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
    const to = this.items[stage]!;
    const rows = new ItemRows(to + SPARE_ROWS);
    const waitingFor = this.parentCounts[stage]?.slice(0, this.queries) ?? null;
    feed(rows, stage, { parents, routing: this.routing, waitingFor });
    const input = { instantUs: rows.enteredUs, query: rows.query, from: 0, to };
    this.inputs.set(key, input, 12 * rows.query.length + 256);
    return input;
  }

  private run(stage: number, choice: StageChoice, { input, late }: { input: Leaving; late: Int32Array }): Prefix {
    this.stageRuns++;
    const batchTimeoutUs = usFromMs(this.pipeline.stages[stage]!.batchTimeoutMs ?? 0);
    const { stageRun, allowedMisses } = this;
    const { maxBatchSize, replicas } = choice;
    const isSingle = this.routing.isSingle[stage]!;
    const latestUs = this.latestUs[stage]!;
    stageRun.judge({ ...choice, batchTimeoutUs, isSingle, rows: input, latestUs, late, allowedMisses });
    const isRefuted = stageRun.lateCount > allowedMisses;
    this.rowsRun += stageRun.dispatched;
    return {
      id: this.shared?.nextId() ?? this.stageRuns,
      maxBatchSize,
      // Under a batch timeout a full batch leaves early, so the cap matters even where no batch was larger.
      largestBatch: batchTimeoutUs > 0 ? maxBatchSize : stageRun.largestBatch,
      replicas,
      peakBusy: replicas - stageRun.leastIdle,
      leaving: isRefuted ? NOTHING : stageRun.leaving(),
      late: stageRun.late.slice(0, stageRun.lateCount),
      isRefuted,
    };
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
      ? { ...prefix, leaving: NOTHING, late, isRefuted: true }
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

function keyOf(stage: number, parents: readonly Prefix[], choices: readonly StageChoice[]): string {
  return `${stage} ${idsOf(parents)} ${choices[stage]!.hardware}`;
}

function drawnRouting(pipeline: Pipeline, { seed, queries }: { seed: number; queries: number }): Routing {
  const routing = new Routing({ pipeline, seed, capacity: queries });
  routing.draw(0, queries);
  return routing;
}

const NO_QUERIES = new Int32Array(0);
const NOTHING: Leaving = { instantUs: new Float64Array(0), query: NO_QUERIES, from: 0, to: 0 };
