/** Misses that are certain at one stage, whatever follows it, for hardware behind it that is slower than the fastest. */
import type { Leaving } from '../item-rows.js';
import type { Prefix } from './prefix.js';
import type { Routes } from './routes.js';

/** Counts kept for one rest of the routes. */
const MOST_COUNTS = 1_000_000;

export class CertainMisses {
  private readonly arrivalsUs: Float64Array;
  private readonly sloUs: number;
  private readonly routes: Routes;
  private readonly fastestUs: Float64Array;
  private readonly enough: number;
  /** By the rest of each route, then by the prefix's number; a rest that is the fastest of all needs no count. */
  private readonly known = new Map<Float64Array, Map<number, number> | 'fastest'>();

  /** @param options `fastestUs`: of each route, the fastest rest after the stage on any hardware; `enough`: misses beyond which nobody counts */
  constructor(options: {
    readonly arrivalsUs: Float64Array;
    readonly sloUs: number;
    readonly routes: Routes;
    readonly fastestUs: Float64Array;
    readonly enough: number;
  }) {
    this.arrivalsUs = options.arrivalsUs;
    this.sloUs = options.sloUs;
    this.routes = options.routes;
    this.fastestUs = options.fastestUs;
    this.enough = options.enough;
  }

  /**
   * Misses of a prefix that is not refuted, and queries that leave too late for what follows; beyond `enough`, some number above it.
   * @param restUs of each route, the least time after the stage; one array for all equal ones
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
