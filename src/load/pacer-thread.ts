/**
 * The thread that sleeps between scheduled instants. A sleeping thread wakes within 0.1 to 0.2 ms and leaves the
 * processor to the replicas. A timer of the event loop is three times as late, and spinning takes a whole core from
 * what is measured.
 */

/** Slots of the shared `Int32Array`. */
export const SLOT = {
  /** Instants written to the ring so far; the run begins when this leaves 0. */
  filled: 0,
  /** 1 when no more will be written. */
  isComplete: 1,
  /** Instants that have come. */
  released: 2,
  /** 1 while a message is on its way: one is enough however many instants come. */
  isTold: 3,
  /** 1 when the thread shall end. */
  isStopped: 4,
} as const;

/** What the thread is given. */
export interface PacerData {
  readonly slots: Int32Array<SharedArrayBuffer>;
  readonly slot: typeof SLOT;
  /** Instants in milliseconds from the start, at `index & (length − 1)`. */
  readonly ring: Float64Array<SharedArrayBuffer>;
  /** One element: start of the run in nanoseconds of `process.hrtime`. */
  readonly start: BigInt64Array<SharedArrayBuffer>;
  readonly msPerNs: number;
}

/**
 * Body of the thread. It starts from its own source text, so it may use nothing from outside. That works in the
 * compiled package and from the sources alike.
 */
export function pacerLoop(data: PacerData, tell: () => void): void {
  const { slots, slot, ring, start, msPerNs } = data;
  const mask = ring.length - 1;
  let next = 0;
  for (;;) {
    while (Atomics.load(slots, slot.filled) === next) {
      if (Atomics.load(slots, slot.isStopped) === 1) return;
      // The last instants are written before the mark that they are the last.
      if (Atomics.load(slots, slot.isComplete) === 1 && Atomics.load(slots, slot.filled) === next) return;
      Atomics.wait(slots, slot.filled, next, 100);
    }
    const filled = Atomics.load(slots, slot.filled);
    for (;;) {
      const nowMs = Number(process.hrtime.bigint() - start[0]!) * msPerNs;
      const first = next;
      while (next < filled && ring[next & mask]! <= nowMs) next++;
      if (next > first) {
        Atomics.store(slots, slot.released, next);
        if (Atomics.exchange(slots, slot.isTold, 1) === 0) tell();
      }
      if (next === filled) break;
      if (Atomics.wait(slots, slot.isStopped, 0, Math.max(0, ring[next & mask]! - nowMs)) === 'not-equal') return;
    }
  }
}
