/** A binary heap of events: the earliest first, the lowest rank first among those at one instant. */
export interface Ranked {
  readonly atUs: number;
  readonly rank: number;
}

export class EventHeap<T extends Ranked> {
  private readonly heap: T[] = [];

  /** The instant of the earliest event; `Infinity` without any. */
  nextUs(): number {
    return this.heap[0]?.atUs ?? Number.POSITIVE_INFINITY;
  }

  push(event: T): void {
    const { heap } = this;
    let place = heap.length;
    heap.push(event);
    while (place > 0) {
      const above = (place - 1) >> 1;
      if (!precedes(event, heap[above]!)) break;
      heap[place] = heap[above]!;
      place = above;
    }
    heap[place] = event;
  }

  /** Takes the earliest event out. The heap must not be empty. */
  pop(): T {
    const { heap } = this;
    const first = heap[0]!;
    const last = heap.pop()!;
    if (heap.length === 0) return first;
    let place = 0;
    for (;;) {
      let below = 2 * place + 1;
      if (below >= heap.length) break;
      if (below + 1 < heap.length && precedes(heap[below + 1]!, heap[below]!)) below++;
      if (!precedes(heap[below]!, last)) break;
      heap[place] = heap[below]!;
      place = below;
    }
    heap[place] = last;
    return first;
  }
}

function precedes(a: Ranked, b: Ranked): boolean {
  return a.atUs < b.atUs || (a.atUs === b.atUs && a.rank < b.rank);
}
