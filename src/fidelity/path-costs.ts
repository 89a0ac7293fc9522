/**
 * What a query spends outside the stages, as measured. `ingress` runs from its scheduled instant to the queue of its
 * first stage (the generator's lateness, the network, reading the request). `egress` runs from the end of its last
 * batch to the end of the answer.
 *
 * The generator and the engine count from different instants. Their offset is chosen so that the shortest ingress
 * equals the shortest egress, which is wrong by at most half the shortest round trip. The sum of the two costs does not
 * depend on it.
 *
 * Worked number: scheduled at 10 and answered at 30 on one clock, entered at 110.6 and last end at 129 on the other: 20
 * − 18.4 = 1.6 ms in all. If no query had less, the offset is 110.6 − 10 − 0.8 = 99.8, and ingress and egress are 0.8
 * ms each.
 */

/** Instants of one run, each column in any order and as long as the one it is held against. */
export interface QueryInstants {
  /** On the generator's clock. */
  readonly scheduledMs: readonly number[];
  readonly answeredMs: readonly number[];
  /** On the engine's clock. */
  readonly enteredMs: readonly number[];
  readonly lastEndMs: readonly number[];
}

/** Measured costs in ms, ascending. A cost is never negative: what clocks make so counts as 0. */
export interface PathCosts {
  readonly ingressMs: readonly number[];
  readonly egressMs: readonly number[];
}

/** The costs of a run. */
export function pathCosts({ scheduledMs, answeredMs, enteredMs, lastEndMs }: QueryInstants): PathCosts {
  const into = differencesByRank(enteredMs, scheduledMs);
  const outOf = differencesByRank(answeredMs, lastEndMs);
  if (into.length === 0 || outOf.length === 0) return { ingressMs: [], egressMs: [] };
  const offsetMs = (leastOf(into) - leastOf(outOf)) / 2;
  const costs = (differencesMs: readonly number[], shiftMs: number) =>
    differencesMs.map((ms) => Math.max(0, ms + shiftMs)).sort((a, b) => a - b);
  return { ingressMs: costs(into, -offsetMs), egressMs: costs(outOf, offsetMs) };
}

/**
 * The n-th later instant less the n-th earlier one. It need not know which query is which: the mean is right, and the
 * differences are never negative if the true ones are not.
 */
function differencesByRank(laterMs: readonly number[], earlierMs: readonly number[]): readonly number[] {
  const earlier = [...earlierMs].sort((a, b) => a - b);
  const later = [...laterMs].sort((a, b) => a - b).slice(0, earlier.length);
  return later.map((ms, rank) => ms - earlier[rank]!);
}

function leastOf(values: readonly number[]): number {
  return values.reduce((least, value) => Math.min(least, value), Number.POSITIVE_INFINITY);
}
