/**
 * Departures from each stage of a pipeline on one trace, under any choices for the stage and its ancestors.
 *
 * Stages do not feed back, so what leaves a stage depends only on the choices for it and its ancestors. Each such
 * prefix is simulated once and cached, so a move costs the stages it changes and those downstream. The rows that leave
 * a stage take far more memory than the prefix. They are evicted first and simulated again on demand; the prefix keeps
 * its id.
 *
 * A query that leaves a stage too late for even the fastest rest of its route is certain to miss the objective under
 * every completion of the prefix. Once there are more such misses than the objective allows, the simulation stops and
 * the prefix is pruned: an infeasible candidate costs a small part of a feasible one, and pruning is exact
 * (docs/algorithms.md, on pruning a prefix).
 */
import type { Pipeline } from '../../model/pipeline.js';
import { allowedMisses } from '../../model/slo.js';
import { usFromMs } from '../../units.js';
import { countParents, feed } from '../feed.js';
import { bytesOf, ItemRows, type Leaving, OVERWRITTEN } from '../item-rows.js';
import { Routing } from '../routing.js';
import { ByteLimitedCache } from './byte-limited-cache.js';
import { CertainMisses } from './certain-misses.js';
import { idsOf, isSameUnder, type Prefix, roomOf, type StageChoice } from './prefix.js';
import type { PrefixOptions } from './prefix-options.js';
import { QueryMarks } from './query-marks.js';
import { firstRoutes, type Routes, restsUs, routesOf } from './routes.js';
import type { SharedRun, SharedRuns } from './shared-runs.js';
import { StageRun } from './stage-run.js';

const CACHE_BYTES = 192 * 1024 * 1024;

/** A prefix and the rows that leave its stage. */
type Run = Omit<SharedRun, 'sloUs'>;

export class StagePrefixes {
  readonly routing: Routing;
  readonly routes: Routes;
  readonly queries: number;
  readonly allowedMisses: number;
  /** Per stage, how many items enter it over the whole trace. */
  readonly items: readonly number[];
  /** Stage simulations run, to the end or until pruned. */
  stageRuns = 0;
  /** Items dispatched in them. */
  rowsRun = 0;

  private readonly pipeline: Pipeline;
  private readonly shared: SharedRuns | undefined;
  readonly arrivalsUs: Float64Array;

  private readonly arrivals: Leaving;
  private readonly parentCounts: readonly (Uint16Array | null)[];
  private readonly sloUs: number;
  private readonly certain: readonly CertainMisses[];
  /** `restUs[stage][route]`: the fastest rest of the route after the stage. */
  private readonly restUs: readonly Float64Array[];
  /** `slackUs[stage][route]`: a query that leaves the stage longer than this after its arrival is certain to miss. */
  private readonly slackUs: readonly Float64Array[];
  private readonly prefixes: ByteLimitedCache<string, readonly Prefix[]>;
  /** By the prefix's id. */
  private readonly leavings: ByteLimitedCache<number, Leaving>;
  private readonly inputs: ByteLimitedCache<string, Leaving>;
  private readonly stageRun: StageRun;
  private readonly marks: QueryMarks;

  /** @param whole the same on a trace that begins with this one: what is known of each of its queries is shared */
  constructor(options: PrefixOptions, whole?: StagePrefixes) {
    const { pipeline, trace, slo, seed, cacheBytes = CACHE_BYTES } = options;
    const { arrivalsUs } = trace;
    const queries = arrivalsUs.length;
    this.pipeline = pipeline;
    this.queries = queries;
    this.arrivalsUs = arrivalsUs;
    this.allowedMisses = options.allowedMisses ?? allowedMisses(queries, slo.percentile);
    this.prefixes = new ByteLimitedCache(cacheBytes);
    this.leavings = new ByteLimitedCache(cacheBytes);
    this.inputs = new ByteLimitedCache(cacheBytes / 2);
    this.shared = options.shared;
    this.routing = options.shared?.routing ?? options.routing ?? drawnRouting(pipeline, { seed, queries });
    const query = whole?.arrivals.query.subarray(0, queries) ?? firstNumbers(queries);
    this.arrivals = { instantUs: arrivalsUs, query, from: 0, to: queries };
    this.parentCounts =
      whole?.parentCounts ??
      this.routing.parents.map((parents, stage) => {
        if (parents.length === 1) return null;
        const counts = new Uint16Array(queries);
        countParents(counts, stage, { routing: this.routing, from: 0, to: queries });
        return counts;
      });
    this.items = this.routing.items.map((itemsOf, s) => {
      return this.routing.isPlain[s] ? queries : sumOf(itemsOf, queries);
    });
    this.sloUs = usFromMs(slo.latencyMs);
    this.routes = whole === undefined ? routesOf(this.routing, queries) : firstRoutes(whole.routes, queries);
    this.restUs = whole?.restUs ?? restsUs(this.routing, this.routes, options.fastestUs);
    this.slackUs = this.restUs.map((restUs) => restUs.map((us) => this.sloUs - us));
    this.marks = whole?.marks ?? new QueryMarks(queries);
    const { allowedMisses: enough, sloUs, routes } = this;
    this.certain = this.restUs.map((fastestUs) => new CertainMisses({ arrivalsUs, sloUs, routes, fastestUs, enough }));
    this.stageRun = new StageRun({ arrivalsUs, routeOf: routes.routeOf, marks: this.marks });
  }

  /**
   * Certain misses at a prefix's stage when the rest of each route takes at least `restUs[route]`: those of the prefix,
   * plus the queries that leave too late for that rest. A result above the allowed misses is not the exact count.
   * @param restUs equal rests must be the same array
   */
  certainMisses(prefix: Prefix, restUs: Float64Array): number {
    if (prefix.isRefuted) return prefix.lateCount;
    return this.certain[prefix.stage]!.count(prefix, restUs, () => this.leaving(prefix));
  }

  /** Items entering a stage, in order; undefined when the choices for its ancestors are pruned. */
  entering(stage: number, choices: readonly StageChoice[]): Leaving | undefined {
    const parents = this.parentPrefixes(stage, choices);
    return parents.some(({ isRefuted }) => isRefuted) ? undefined : this.input(stage, parents);
  }

  /** Empties the caches. */
  forget(): void {
    this.prefixes.clear();
    this.leavings.clear();
    this.inputs.clear();
  }

  /** Like `prefix`, but undefined where the prefix or its rows would need a simulation, or an ancestor is pruned. */
  known(stage: number, choices: readonly StageChoice[]): Prefix | undefined {
    const prefix = this.remembered(stage, choices);
    return prefix?.isRefuted || (prefix && this.leavings.has(prefix.id)) ? prefix : undefined;
  }

  private remembered(stage: number, choices: readonly StageChoice[]): Prefix | undefined {
    const parents: Prefix[] = [];
    for (const p of this.routing.parents[stage]!) {
      if (p < 0) continue;
      const parent = this.remembered(p, choices);
      if (parent === undefined || parent.isRefuted) return undefined;
      parents.push(parent);
    }
    const choice = choices[stage]!;
    return this.prefixes.get(keyOf(stage, parents, choice))?.find((prefix) => isSameUnder(choice, prefix));
  }

  /** Outcome of a stage under the choices for it and its ancestors; choices for other stages may be missing. */
  prefix(stage: number, choices: readonly StageChoice[]): Prefix {
    const parents = this.parentPrefixes(stage, choices);
    const choice = choices[stage]!;
    const key = keyOf(stage, parents, choice);
    const alike = this.prefixes.get(key) ?? [];
    const known = alike.find((prefix) => isSameUnder(choice, prefix));
    if (known !== undefined) return known;
    const elsewhere = this.shared?.find(key, choice, this.sloUs);
    const run = elsewhere === undefined ? this.run(stage, choice, parents) : this.judged(elsewhere, stage, parents);
    const { prefix, leaving } = run;
    if (elsewhere === undefined) this.shared?.add(key, { ...run, sloUs: this.sloUs });
    if (!prefix.isRefuted) this.leavings.set(prefix.id, leaving, bytesOf(leaving));
    const all = [...alike, prefix];
    this.prefixes.set(
      key,
      all,
      all.reduce((bytes, one) => bytes + roomOf(one), 0),
    );
    return prefix;
  }

  /** Rows that left the prefix's stage; none when it is pruned. */
  leaving(prefix: Prefix): Leaving {
    if (prefix.isRefuted) return NOTHING;
    let leaving = this.leavings.get(prefix.id);
    if (leaving === undefined) {
      this.simulate(prefix.stage, prefix.choice, prefix.parents);
      leaving = this.stageRun.leaving();
      this.leavings.set(prefix.id, leaving, bytesOf(leaving));
    }
    return leaving;
  }

  private parentPrefixes(stage: number, choices: readonly StageChoice[]): Prefix[] {
    return this.routing.parents[stage]!.filter((p) => p >= 0).map((p) => this.prefix(p, choices));
  }

  /** Items in the order in which they enter a stage: the same for every choice made for the stage itself. */
  private input(stage: number, prefixes: readonly Prefix[]): Leaving {
    const parents = prefixes.map((prefix) => this.leaving(prefix));
    if (this.routing.parents[stage]!.includes(-1)) parents.push(this.arrivals);
    if (parents.length === 1 && this.routing.isPlain[stage]) return parents[0]!;
    const key = `${stage} ${idsOf(prefixes)}`;
    const known = this.inputs.get(key);
    if (known !== undefined) return known;
    const to = this.items[stage]!;
    const rows = new ItemRows(to + OVERWRITTEN);
    const waitingFor = this.parentCounts[stage]?.slice(0, this.queries) ?? null;
    feed(rows, stage, { parents, routing: this.routing, waitingFor, entering: to });
    const input = { instantUs: rows.enteredUs.subarray(0, to), query: rows.query.subarray(0, to), from: 0, to };
    this.inputs.set(key, input, 12 * to + 256);
    return input;
  }

  private run(stage: number, choice: StageChoice, parents: readonly Prefix[]): Run {
    this.simulate(stage, choice, parents);
    const { largestBatch, leastIdle, lateCount, late } = this.stageRun;
    const isRefuted = lateCount > this.allowedMisses;
    const prefix = {
      id: this.shared?.nextId() ?? this.stageRuns,
      stage,
      choice,
      parents,
      // Under a batch timeout a full batch leaves early, so the cap matters even where no batch was larger.
      largestBatch: this.batchTimeoutUs(stage) > 0 ? choice.maxBatchSize : largestBatch,
      peakBusy: choice.replicas - leastIdle,
      lateCount,
      late: isRefuted ? NO_QUERIES : late.slice(0, lateCount),
      isRefuted,
    };
    return { prefix, leaving: isRefuted ? NOTHING : this.stageRun.leaving() };
  }

  private simulate(stage: number, choice: StageChoice, parents: readonly Prefix[]): void {
    this.stageRuns++;
    const rows = this.input(stage, parents);
    const late = this.union(parents.map((parent) => parent.late));
    const { stageRun, allowedMisses } = this;
    const isSingle = this.routing.isSingle[stage]!;
    const slackUs = this.slackUs[stage]!;
    const batchTimeoutUs = this.batchTimeoutUs(stage);
    stageRun.judge({ ...choice, batchTimeoutUs, isSingle, rows, slackUs, late, allowedMisses });
    this.rowsRun += stageRun.dispatched;
  }

  private batchTimeoutUs(stage: number): number {
    return usFromMs(this.pipeline.stages[stage]!.batchTimeoutMs ?? 0);
  }

  /** A run made under another objective, with the misses counted anew under this one. */
  private judged({ prefix, leaving }: SharedRun, stage: number, parents: readonly Prefix[]): Run {
    if (prefix.isRefuted) return { prefix, leaving };
    const { instantUs, query, to } = leaving;
    const { arrivalsUs } = this;
    const { routeOf } = this.routes;
    const slackUs = this.slackUs[stage]!;
    const own: number[] = [];
    for (let row = 0; row < to; row++) {
      const q = query[row]!;
      if (instantUs[row]! > arrivalsUs[q]! + slackUs[routeOf[q]!]!) own.push(q);
    }
    const late = this.union([...parents.map((parent) => parent.late), Int32Array.from(own)]);
    const lateCount = late.length;
    return lateCount > this.allowedMisses
      ? { prefix: { ...prefix, parents, lateCount, late: NO_QUERIES, isRefuted: true }, leaving: NOTHING }
      : { prefix: { ...prefix, parents, lateCount, late }, leaving };
  }

  /** Union of lists of queries. */
  union(lists: readonly Int32Array[]): Int32Array {
    const some = lists.filter(({ length }) => length > 0);
    if (some.length < 2) return some[0] ?? NO_QUERIES;
    return this.marks.union(some);
  }
}

function keyOf(stage: number, parents: readonly Prefix[], { option }: StageChoice): string {
  return `${stage} ${idsOf(parents)} ${option}`;
}

/** 0, 1, 2, … */
function firstNumbers(count: number): Int32Array {
  const numbers = new Int32Array(count);
  for (let i = 0; i < count; i++) numbers[i] = i;
  return numbers;
}

function sumOf(items: Uint16Array, count: number): number {
  let sum = 0;
  for (let i = 0; i < count; i++) sum += items[i]!;
  return sum;
}

function drawnRouting(pipeline: Pipeline, { seed, queries }: { seed: number; queries: number }): Routing {
  const routing = new Routing({ pipeline, seed, capacity: queries });
  routing.draw(0, queries);
  return routing;
}

const NO_QUERIES = new Int32Array(0);
const NOTHING: Leaving = { instantUs: new Float64Array(0), query: NO_QUERIES, from: 0, to: 0 };
