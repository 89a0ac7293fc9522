/**
 * Ray Serve's aggregate of reported requests (2.60, serve/_private/metrics_utils.py): step functions of all sources,
 * added up, then averaged over the window of the reports.
 *
 * Each source keeps the points at which its value changes, from 0 on; their times are rounded to 10 ms. The window goes
 * from the latest of the sources' first points, if that is not after the last merged point, to now. The last value
 * holds until now, so it ages until the next push.
 * Worked: one source 2 from 0 s and 4 from 10 s, now 15 s: (2·10 + 4·5) ÷ 15 = 2.67.
 */

/** Points of one source: instants ascending. */
export interface RaySeries {
  readonly atS: readonly number[];
  readonly value: readonly number[];
}

export const RAY_AGGREGATIONS = ['mean', 'max', 'min'] as const;
export type RayAggregation = (typeof RAY_AGGREGATIONS)[number];

const PARTS_PER_S = 100;

/** Sources added up, and where their window begins. It stands until the next push. */
export interface RayMerged extends RaySeries {
  readonly startS: number;
}

export function rayMerge(sources: readonly RaySeries[]): RayMerged {
  const filled = sources.filter(({ atS }) => atS.length > 0);
  const { atS, value } = filled.length === 1 ? filled[0]! : merge(filled);
  const latestFirst = Math.max(...filled.map((source) => source.atS[0]!));
  const startS = atS.length > 0 && latestFirst > atS.at(-1)! ? atS[0]! : latestFirst;
  return { atS, value, startS };
}

/** 0 without any point. */
export function rayAggregate({ atS, value, startS }: RayMerged, nowS: number, by: RayAggregation): number {
  if (atS.length === 0) return 0;
  if (by !== 'mean') {
    const within = value.filter((_, i) => atS[i]! >= startS && atS[i]! <= nowS);
    if (within.length === 0) return 0;
    return by === 'max' ? Math.max(...within) : Math.min(...within);
  }
  let sum = 0;
  for (let i = 0; i < atS.length; i++) {
    const from = Math.max(atS[i]!, startS);
    const to = Math.min(i + 1 < atS.length ? atS[i + 1]! : nowS, nowS);
    if (to > from) sum += value[i]! * (to - from);
  }
  const span = nowS - Math.max(startS, atS[0]!);
  return span > 0 ? sum / span : value[atS.length - 1]!;
}

/** Adds step functions up. */
function merge(sources: readonly RaySeries[]): RaySeries {
  const changes = new Map<number, number>();
  for (const { atS, value } of sources) {
    let last = 0;
    for (let i = 0; i < atS.length; i++) {
      const by = value[i]! - last;
      last = value[i]!;
      if (by === 0) continue;
      const at = Math.round(atS[i]! * PARTS_PER_S) / PARTS_PER_S;
      changes.set(at, (changes.get(at) ?? 0) + by);
    }
  }
  const atS: number[] = [];
  const value: number[] = [];
  for (const [at, by] of [...changes].sort(([a], [b]) => a - b)) {
    atS.push(at);
    value.push((value.at(-1) ?? 0) + by);
  }
  return { atS, value };
}
