/**
 * A day in minutes: the clock of the arrivals runs `speed` times as fast as the wall clock, and arrivals are drawn on
 * it. Each start of `serve` begins an era: its clock is at zero and its count of arrivals as well.
 */
const MEAN_QPS = 9;
const SWING = { share: 0.6, periodMs: 12 * 60_000 };
/** One spike in every block, at a place of its own. */
const SPIKE = { everyMs: 20 * 60_000, longMs: 2 * 60_000, factor: 4 };

export class EmulatedDay {
  /** Eras so far, oldest first: what really arrived, for the checks afterwards. */
  eras = [];
  #random;
  #speed;
  #startedMs = performance.now();
  #jumpedMs = 0;
  #nextMs = 0;
  #isRunning = false;

  /** @param options `random` draws from [0, 1) */
  constructor({ speed, random }) {
    this.#speed = speed;
    this.#random = random;
  }

  /** Milliseconds of the emulated day. */
  nowMs() {
    return (performance.now() - this.#startedMs) * this.#speed + this.#jumpedMs;
  }

  /** The same without what its clock jumped over. */
  passedMs() {
    return this.nowMs() - this.#jumpedMs;
  }

  beginEra() {
    this.#drawTo(this.nowMs());
    this.eras.push({ zeroMs: this.nowMs(), stampsMs: [], jumps: [] });
    this.#isRunning = true;
  }

  /** Nothing arrives at a system that is dead. */
  endEra() {
    this.#drawTo(this.nowMs());
    this.#isRunning = false;
  }

  /** What the clock of `serve` says now. */
  clock() {
    const nowMs = this.nowMs();
    this.#drawTo(nowMs);
    const era = this.eras.at(-1);
    return { nowMs: nowMs - era.zeroMs, arrivals: era.stampsMs.length };
  }

  /** The clock of the arrivals jumps forward; nothing arrives meanwhile. */
  jump(ms) {
    const fromMs = this.nowMs();
    this.#drawTo(fromMs);
    this.#jumpedMs += ms;
    const { zeroMs, jumps } = this.eras.at(-1);
    jumps.push({ fromMs: fromMs - zeroMs, toMs: fromMs + ms - zeroMs });
    this.#nextMs = fromMs + ms;
  }

  /** Draws arrivals up to an instant. */
  #drawTo(nowMs) {
    const era = this.eras.at(-1);
    while (this.#nextMs <= nowMs) {
      // Whole microseconds, as the engine writes them.
      if (this.#isRunning && this.#nextMs > era.zeroMs)
        era.stampsMs.push(Math.round((this.#nextMs - era.zeroMs) * 1000) / 1000);
      this.#nextMs += (-Math.log(1 - this.#random()) * 1000) / rateAt(this.#nextMs);
    }
  }
}

function rateAt(ms) {
  const wave = 1 + SWING.share * Math.sin((2 * Math.PI * ms) / SWING.periodMs);
  const block = Math.floor(ms / SPIKE.everyMs);
  const startMs = ((block * 7919) % 15) * 60_000;
  const within = ms - block * SPIKE.everyMs - startMs;
  return MEAN_QPS * wave * (within >= 0 && within < SPIKE.longMs ? SPIKE.factor : 1);
}
