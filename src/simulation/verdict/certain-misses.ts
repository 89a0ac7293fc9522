/** Certain misses at one stage, given that the stages after it run on slower hardware than the fastest. */
import type { Leaving } from '../item-rows.js';
import type { Prefix } from './prefix.js';
import type { Routes } from './routes.js';

/** Counts remembered for one set of rests. */
const MOST_COUNTS = 1_000_000;

export class CertainMisses {
  private readonly arrivalsUs: Float64Array;
  private readonly sloUs: number;
  private readonly routes: Routes;
  private readonly fastestUs: Float64Array;
  private readonly enough: number;
  /** By the array of rests, then by the prefix's id. The fastest rests need no count: the prefix has it. */
  private readonly known = new Map<Float64Array, Map<number, number> | 'fastest'>();

  constructor(options: {
    readonly arrivalsUs: Float64Array;
    readonly sloUs: number;
    readonly routes: Routes;
    /** Per route, the fastest rest after the stage on any hardware. */
    readonly fastestUs: Float64Array;
    /** Counting stops above this number of misses. */
    readonly enough: number;
  }) {
    this.arrivalsUs = options.arrivalsUs;
    this.sloUs = options.sloUs;
    this.routes = options.routes;
    this.fastestUs = options.fastestUs;
    this.enough = options.enough;
  }

  /**
   * Misses of a prefix that is not pruned, plus queries that leave too late for the rest of their route. A result above
   * `enough` is some number above it, not the exact count.
   * @param restUs per route, the least time after the stage; equal rests must be the same array
   */
  count(prefix: Prefix, restUs: Float64Array, leaving: () => Leaving): number {
    let counts = this.known.get(restUs);
    if (counts === undefined) {
      const isFastest = restUs.every((us, route) => us === this.fastestUs[route]);
      counts = isFastest ? 'fastest' : new Map<number, number>();
      this.known.set(restUs, counts);
    }
    if (counts === 'fastest') return prefix.lateCount;
    let misses = counts.get(prefix.id);
    if (misses === undefined) {
      misses = this.countIn(prefix, leaving(), restUs);
      if (counts.size >= MOST_COUNTS) counts.clear();
      counts.set(prefix.id, misses);
    }
    return misses;
  }

  private countIn({ late }: Prefix, { instantUs, query, to }: Leaving, restUs: Float64Array): number {
    const { arrivalsUs, sloUs, enough } = this;
    const { routeOf } = this.routes;
    const isLate = new Set(late);
    let misses = late.length;
    for (let row = 0; row < to && misses <= enough; row++) {
      const q = query[row]!;
      if (instantUs[row]! + restUs[routeOf[q]!]! > arrivalsUs[q]! + sloUs && !isLate.has(q)) misses++;
    }
    return misses;
  }
}
