import { copyInto } from './completions.js';

const FIRST_CAPACITY = 64;

/** Batches that a stage has started, in the order of its queue, until somebody clears them. */
export class BatchLog {
  startUs = new Float64Array(FIRST_CAPACITY);
  finishUs = new Float64Array(FIRST_CAPACITY);
  size = new Int32Array(FIRST_CAPACITY);
  count = 0;

  add(startUs: number, finishUs: number, size: number): void {
    if (this.count === this.size.length) this.grow();
    this.startUs[this.count] = startUs;
    this.finishUs[this.count] = finishUs;
    this.size[this.count++] = size;
  }

  clear(): void {
    this.count = 0;
  }

  private grow(): void {
    const capacity = 2 * this.size.length;
    this.startUs = copyInto(new Float64Array(capacity), this.startUs);
    this.finishUs = copyInto(new Float64Array(capacity), this.finishUs);
    this.size = copyInto(new Int32Array(capacity), this.size);
  }
}
