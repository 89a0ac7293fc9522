/**
 * Ends batches that take memory without end. A thread's own heap limit does not: a single allocation beyond it aborts the
 * whole process, and buffers do not count. So the process is watched from outside the threads. Which of the running
 * batches makes it grow cannot be seen, so all end during which it has grown too much, and each is tried once more.
 */

/** What a batch may add to the process at most, and at most of the memory that there is. */
const MOST_BYTES = 2 * 1024 ** 3;
const MOST_SHARE = 0.25;

export class GrowthWatch<Batch extends object> {
  readonly mostBytes: number;
  /** What the process held when each batch was first seen. */
  private readonly atFirst = new WeakMap<Batch, number>();

  /** @param memoryBytes of the machine, or of the container */
  constructor(memoryBytes: number) {
    this.mostBytes = Math.min(MOST_BYTES, MOST_SHARE * memoryBytes);
  }

  /** Those of the running batches that must end, at an instant at which the process holds so many bytes. */
  tooLarge(running: readonly Batch[], residentBytes: number): Batch[] {
    return running.filter((batch) => {
      const first = this.atFirst.get(batch);
      if (first === undefined) this.atFirst.set(batch, residentBytes);
      return first !== undefined && residentBytes - first > this.mostBytes;
    });
  }
}
