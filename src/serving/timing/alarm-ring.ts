/**
 * Alarms on their way to the thread that keeps them: a ring in shared memory, written by one thread and read by
 * another.
 *
 * Waking a thread costs its waker tens of microseconds when all cores are busy. So the thread sleeps on unless the new
 * alarm is due before the instant until which it sleeps. It publishes that instant, then looks at the ring once more.
 * The writer writes first, then looks at the instant. So one of the two always sees the other.
 */
import { usFromMs } from '../../units.js';

/** Cells of the control column. */
const SIGNAL = 0;
const WRITTEN = 1;
const READ = 2;

const CAPACITY = 1 << 16;
const CONTROL_BYTES = 64;
const SLEEPS_UNTIL_BYTES = 8;
const INSTANT_BYTES = 8;
const TOKEN_BYTES = 4;
const FOR_EVER = 2n ** 62n;

export class AlarmRing {
  readonly memory: SharedArrayBuffer;
  private readonly control: Int32Array;
  /** Microseconds on the clock of the alarms. */
  private readonly sleepsUntil: BigInt64Array;
  private readonly atMs: Float64Array;
  private readonly token: Int32Array;

  constructor(
    memory = new SharedArrayBuffer(CONTROL_BYTES + SLEEPS_UNTIL_BYTES + CAPACITY * (INSTANT_BYTES + TOKEN_BYTES)),
  ) {
    const instants = CONTROL_BYTES + SLEEPS_UNTIL_BYTES;
    this.memory = memory;
    this.control = new Int32Array(memory, 0, CONTROL_BYTES / Int32Array.BYTES_PER_ELEMENT);
    this.sleepsUntil = new BigInt64Array(memory, CONTROL_BYTES, 1);
    this.atMs = new Float64Array(memory, instants, CAPACITY);
    this.token = new Int32Array(memory, instants + CAPACITY * INSTANT_BYTES, CAPACITY);
  }

  /** Adds an alarm, and wakes the reader if it sleeps longer than that; false when there is no room. */
  write(atMs: number, token: number): boolean {
    const written = Atomics.load(this.control, WRITTEN);
    if (((written - Atomics.load(this.control, READ)) | 0) >= CAPACITY) return false;
    this.atMs[written & (CAPACITY - 1)] = atMs;
    this.token[written & (CAPACITY - 1)] = token;
    Atomics.store(this.control, WRITTEN, (written + 1) | 0);
    if (BigInt(usFromMs(atMs)) < Atomics.load(this.sleepsUntil, 0)) {
      Atomics.add(this.control, SIGNAL, 1);
      Atomics.notify(this.control, SIGNAL);
    }
    return true;
  }

  /** Hands over what was written since the last time. */
  read(add: (atMs: number, token: number) => void): void {
    const written = Atomics.load(this.control, WRITTEN);
    let at = Atomics.load(this.control, READ);
    for (; at !== written; at = (at + 1) | 0) add(this.atMs[at & (CAPACITY - 1)]!, this.token[at & (CAPACITY - 1)]!);
    Atomics.store(this.control, READ, at);
  }

  /**
   * Sleeps until an instant of the alarms' clock or until an earlier alarm is written; not at all when the ring holds
   * one.
   */
  sleepUntil(untilMs: number, nowMs: number): void {
    const signal = Atomics.load(this.control, SIGNAL);
    Atomics.store(this.sleepsUntil, 0, untilMs === Number.POSITIVE_INFINITY ? FOR_EVER : BigInt(usFromMs(untilMs)));
    if (Atomics.load(this.control, WRITTEN) !== Atomics.load(this.control, READ)) return;
    Atomics.wait(this.control, SIGNAL, signal, untilMs - nowMs);
  }
}
