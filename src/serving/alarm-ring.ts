/** Alarms on their way to the thread that keeps them: a ring in shared memory, written by one thread and read by another. */

/** Cells of the control column. */
const SIGNAL = 0;
const WRITTEN = 1;
const READ = 2;

const CAPACITY = 1 << 16;
const CONTROL_BYTES = 64;
const INSTANT_BYTES = 8;
const TOKEN_BYTES = 4;

export class AlarmRing {
  readonly memory: SharedArrayBuffer;
  private readonly control: Int32Array;
  private readonly atMs: Float64Array;
  private readonly token: Int32Array;

  constructor(memory = new SharedArrayBuffer(CONTROL_BYTES + CAPACITY * (INSTANT_BYTES + TOKEN_BYTES))) {
    this.memory = memory;
    this.control = new Int32Array(memory, 0, CONTROL_BYTES / Int32Array.BYTES_PER_ELEMENT);
    this.atMs = new Float64Array(memory, CONTROL_BYTES, CAPACITY);
    this.token = new Int32Array(memory, CONTROL_BYTES + CAPACITY * INSTANT_BYTES, CAPACITY);
  }

  /** Adds an alarm and wakes the reader; false when there is no room. */
  write(atMs: number, token: number): boolean {
    const written = Atomics.load(this.control, WRITTEN);
    if (((written - Atomics.load(this.control, READ)) | 0) >= CAPACITY) return false;
    this.atMs[written & (CAPACITY - 1)] = atMs;
    this.token[written & (CAPACITY - 1)] = token;
    Atomics.store(this.control, WRITTEN, (written + 1) | 0);
    Atomics.add(this.control, SIGNAL, 1);
    Atomics.notify(this.control, SIGNAL);
    return true;
  }

  /** Changes with every alarm written. */
  get signal(): number {
    return Atomics.load(this.control, SIGNAL);
  }

  /** Hands over what was written since the last time. */
  read(add: (atMs: number, token: number) => void): void {
    const written = Atomics.load(this.control, WRITTEN);
    let at = Atomics.load(this.control, READ);
    for (; at !== written; at = (at + 1) | 0) add(this.atMs[at & (CAPACITY - 1)]!, this.token[at & (CAPACITY - 1)]!);
    Atomics.store(this.control, READ, at);
  }

  /** Sleeps until an alarm is written after `signal` was read, or for a while. */
  sleep(signal: number, ms: number): void {
    Atomics.wait(this.control, SIGNAL, signal, ms);
  }
}
