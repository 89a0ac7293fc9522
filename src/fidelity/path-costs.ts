/**
 * What a query spends outside the stages, measured: `ingress`, from its scheduled instant to the queue of its first stage (the generator's lateness, the
 * network, reading the request), and `egress`, from the end of its last batch to the end of the answer.
 *
 * The generator and the engine count from different instants. Their offset is taken so that the shortest ingress equals the shortest egress, which is
 * wrong by at most half the shortest round trip; the sum of the two costs does not depend on it.
 *
 * Worked number: scheduled at 10 and answered at 30 on one clock, entered at 110.6 and last end at 129 on the other: 20 − 18.4 = 1.6 ms in all. If no query had
 * less, the offset is 110.6 − 10 − 0.8 = 99.8, and ingress and egress are 0.8 ms each.
 */

/** One query on both clocks; rows of the four columns. */
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

/** The costs of every query; columns are equally long. */
export function pathCosts({ scheduledMs, answeredMs, enteredMs, lastEndMs }: QueryInstants): PathCosts {
  const into = scheduledMs.map((ms, query) => enteredMs[query]! - ms);
  const outOf = answeredMs.map((ms, query) => ms - lastEndMs[query]!);
  const shortestIn = into.reduce((least, ms) => Math.min(least, ms), Number.POSITIVE_INFINITY);
  const shortestOut = outOf.reduce((least, ms) => Math.min(least, ms), Number.POSITIVE_INFINITY);
  const offsetMs = (shortestIn - shortestOut) / 2;
  const ascending = (costs: number[]) => costs.map((ms) => Math.max(0, ms)).sort((a, b) => a - b);
  return {
    ingressMs: ascending(into.map((ms) => ms - offsetMs)),
    egressMs: ascending(outOf.map((ms) => ms + offsetMs)),
  };
}
