/** A recorded or drawn sequence of arrivals: whole microseconds from the trace's start, non-decreasing. */
export interface ArrivalTrace {
  readonly arrivalsUs: Float64Array;
}

/**
 * A trace read in order, block by block, so that it need not fit in memory.
 * `read` fills the front of `block` and returns how many arrivals it wrote; 0 at the end of the trace.
 */
export interface ArrivalSource {
  read(block: Float64Array): number;
}

/** Span of a trace from the first arrival to the last, in microseconds. */
export function spanUs({ arrivalsUs }: ArrivalTrace): number {
  return arrivalsUs.length === 0 ? 0 : arrivalsUs[arrivalsUs.length - 1]! - arrivalsUs[0]!;
}

/** Reads a trace held in memory as a source. */
export function sourceOf({ arrivalsUs }: ArrivalTrace): ArrivalSource {
  let next = 0;
  return {
    read(block) {
      const count = Math.min(block.length, arrivalsUs.length - next);
      block.set(arrivalsUs.subarray(next, next + count));
      next += count;
      return count;
    },
  };
}
