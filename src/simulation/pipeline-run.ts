/**
 * The estimator: one run of a pipeline in one configuration, advanced in steps of any size.
 *
 * Stages do not feed back, so each step advances every stage, in topological order, to the step's end: the stage takes
 * the queries that left its parents, dispatches every batch that starts in the step and hands its completions on
 * (docs/algorithms.md, "Estimator"). State is columns indexed by `query & mask`, a window over the queries still in the
 * pipeline: memory grows with the queries in flight, not with the trace.
 */
import { InputError } from '../errors.js';
import type { Pipeline } from '../model/pipeline.js';
import { usFromMs } from '../units.js';
import { countParents, feed } from './feed.js';
import type { Leaving } from './item-rows.js';
import { type KnownRoutes, Routing } from './routing.js';
import type { ServiceTimes } from './service-times.js';
import { StageQueue } from './stage-queue.js';

const FIRST_CAPACITY = 1 << 14;
/** Query numbers are 32-bit. */
const MOST_QUERIES = 2 ** 31 - 1;

export interface StageSetup {
  readonly service: ServiceTimes;
  readonly maxBatchSize: number;
  readonly replicas: number;
}

/** Receives a stage's queue after each step, before its dispatched rows are removed. */
export type DispatchObserver = (stage: number, queue: StageQueue) => void;

/** Queries [from, to), which have ended. Their columns are indexed by `query & mask` and valid until the next step. */
export interface EndedQueries {
  readonly from: number;
  readonly to: number;
  readonly mask: number;
  readonly arrivalUs: Float64Array;
  readonly endUs: Float64Array;
}

/** Receives queries, in query order, once their last stage has completed them. */
export type EndObserver = (ended: EndedQueries) => void;

export class PipelineRun {
  readonly queues: readonly StageQueue[];
  /** Queries admitted. */
  admitted = 0;
  /** Queries before this one have ended. */
  ended = 0;
  /** Latest completion so far. */
  lastEndUs = 0;

  private readonly routing: Routing;
  private readonly waitingFor: (Uint16Array | null)[];
  /** Stages at which a query can end: those without a child that always follows. */
  private readonly canEndAt: readonly boolean[];
  private arrivalUs: Float64Array;
  private endUs: Float64Array;
  /** For each query, how many of the stages that can end it have not completed it yet. */
  private open: Uint16Array;
  private arrivals: { instantUs: Float64Array; query: Int32Array; count: number };
  private readonly onDispatch: DispatchObserver;
  private readonly onEnd: EndObserver;

  constructor(options: {
    readonly pipeline: Pipeline;
    readonly stages: readonly StageSetup[];
    readonly seed: number;
    /** Routes of all queries; drawn from the seed when left out. */
    readonly routes?: KnownRoutes | undefined;
    readonly onDispatch?: DispatchObserver;
    readonly onEnd?: EndObserver;
  }) {
    const { pipeline, stages, seed, routes } = options;
    this.routing = new Routing({ pipeline, seed, capacity: FIRST_CAPACITY, known: routes });
    this.queues = pipeline.stages.map((stage, s) => {
      const batchTimeoutUs = usFromMs(stage.batchTimeoutMs ?? 0);
      return new StageQueue({ ...stages[s]!, batchTimeoutUs, isSingle: this.routing.isSingle[s]! });
    });
    const capacity = this.routing.mask + 1;
    this.waitingFor = this.routing.parents.map((parents) => (parents.length > 1 ? new Uint16Array(capacity) : null));
    // Known routes may leave out an edge whose probability is 1 in the file.
    this.canEndAt = routes?.map(() => true) ?? endingStages(pipeline);
    this.arrivalUs = new Float64Array(capacity);
    this.endUs = new Float64Array(capacity);
    this.open = new Uint16Array(capacity);
    this.arrivals = { instantUs: new Float64Array(0), query: new Int32Array(0), count: 0 };
    this.onDispatch = options.onDispatch ?? (() => {});
    this.onEnd = options.onEnd ?? (() => {});
  }

  /** Adds arrivals: whole microseconds, non-decreasing, none before an instant already advanced to. */
  admit(arrivalsUs: Float64Array): void {
    const from = this.admitted;
    const to = from + arrivalsUs.length;
    if (to > MOST_QUERIES)
      throw new InputError('TRACE_LONG', `trace = more than ${MOST_QUERIES} queries, must be fewer`);
    while (to - this.ended > this.routing.mask + 1) this.growWindow();
    const { mask } = this.routing;
    this.routing.draw(from, to);
    this.waitingFor.forEach((waitingFor, s) => {
      if (waitingFor !== null) countParents(waitingFor, s, { routing: this.routing, from, to });
    });

    const instantUs = new Float64Array(this.arrivals.count + arrivalsUs.length);
    const query = new Int32Array(instantUs.length);
    instantUs.set(this.arrivals.instantUs.subarray(0, this.arrivals.count));
    query.set(this.arrivals.query.subarray(0, this.arrivals.count));
    instantUs.set(arrivalsUs, this.arrivals.count);
    for (let q = from, row = this.arrivals.count; q < to; q++, row++) query[row] = q;
    this.arrivals = { instantUs, query, count: instantUs.length };

    const { arrivalUs, endUs, open } = this;
    const alwaysOpen = this.canEndAt.filter((canEnd, s) => canEnd && this.routing.isPlain[s]).length;
    for (let q = from; q < to; q++) {
      const arrival = arrivalsUs[q - from]!;
      arrivalUs[q & mask] = arrival;
      endUs[q & mask] = arrival;
      open[q & mask] = alwaysOpen;
    }
    this.canEndAt.forEach((canEnd, s) => {
      if (!canEnd || this.routing.isPlain[s]) return;
      const items = this.routing.items[s]!;
      for (let q = from; q < to; q++) if (items[q & mask]! > 0) open[q & mask]!++;
    });
    this.admitted = to;
  }

  /**
   * Advances every stage to `untilUs` (inclusive). Every arrival up to then must have been admitted. `Infinity` drains
   * the pipeline.
   */
  advance(untilUs: number): void {
    const arrived: Leaving = { ...this.arrivals, from: 0, to: this.arrivedBy(untilUs) };
    const leaving: Leaving[] = [];
    for (let s = 0; s < this.queues.length; s++) {
      const queue = this.queues[s]!;
      const parents = this.routing.parents[s]!.map((p) => (p < 0 ? arrived : leaving[p]!));
      feed(queue, s, { parents, routing: this.routing, waitingFor: this.waitingFor[s]! });

      queue.advance(untilUs);
      this.onDispatch(s, queue);
      queue.forgetDispatched();

      const { completions } = queue;
      completions.forget();
      const to = completions.completedBy(untilUs);
      leaving[s] = { instantUs: completions.instantUs, query: completions.query, from: 0, to };
      completions.handedOn = to;
      if (this.canEndAt[s]) this.close(leaving[s]!);
    }
    this.dropArrivals(arrived.to);
    this.endQueries(untilUs);
  }

  /** Changes the replicas of a stage after everything at `nowUs`, the instant last advanced to, has happened. */
  setReplicas(stage: number, replicas: number, when: { nowUs: number; activationDelayUs: number }): void {
    this.queues[stage]!.setReplicas(replicas, when);
  }

  private arrivedBy(untilUs: number): number {
    let to = 0;
    while (to < this.arrivals.count && this.arrivals.instantUs[to]! <= untilUs) to++;
    return to;
  }

  private dropArrivals(rows: number): void {
    const { instantUs, query, count } = this.arrivals;
    this.arrivals = { instantUs: instantUs.subarray(rows), query: query.subarray(rows), count: count - rows };
  }

  private close({ instantUs, query, from, to }: Leaving): void {
    const { endUs, open } = this;
    const { mask } = this.routing;
    for (let row = from; row < to; row++) {
      const slot = query[row]! & mask;
      const instant = instantUs[row]!;
      open[slot] = open[slot]! - 1;
      if (instant > endUs[slot]!) endUs[slot] = instant;
    }
  }

  private endQueries(untilUs: number): void {
    const { mask } = this.routing;
    const { arrivalUs, endUs, open, admitted } = this;
    const from = this.ended;
    let to = from;
    let lastEndUs = this.lastEndUs;
    while (to < admitted && open[to & mask] === 0 && arrivalUs[to & mask]! <= untilUs) {
      if (endUs[to & mask]! > lastEndUs) lastEndUs = endUs[to & mask]!;
      to++;
    }
    this.lastEndUs = lastEndUs;
    this.ended = to;
    if (to > from) this.onEnd({ from, to, mask, arrivalUs, endUs });
  }

  private growWindow(): void {
    const { mask } = this.routing;
    const newMask = mask * 2 + 1;
    const widen = <T extends Float64Array | Uint16Array>(old: T, wider: T): T => {
      for (let q = this.ended; q < this.admitted; q++) wider[q & newMask] = old[q & mask]!;
      return wider;
    };
    this.arrivalUs = widen(this.arrivalUs, new Float64Array(newMask + 1));
    this.endUs = widen(this.endUs, new Float64Array(newMask + 1));
    this.open = widen(this.open, new Uint16Array(newMask + 1));
    this.waitingFor.forEach((old, s) => {
      if (old !== null) this.waitingFor[s] = widen(old, new Uint16Array(newMask + 1));
    });
    this.routing.grow(this.ended, this.admitted);
  }
}

/** Per stage, whether a query can end there: not when some child always follows. */
export function endingStages(pipeline: Pipeline): boolean[] {
  return pipeline.stages.map(
    ({ name }) => !pipeline.stages.some(({ parents }) => parents.some((e) => e.from === name && e.probability === 1)),
  );
}
