/** Waits in ever longer pauses for a pipe or a device, up to a limit. Holds up the whole process. */
const FIRST_PAUSE_MS = 0.1;
const LONGEST_PAUSE_MS = 20;

const STILL = new Int32Array(new SharedArrayBuffer(4));

export class Patience {
  private pauseMs = FIRST_PAUSE_MS;
  private waitedMs = 0;

  /** Pauses; false, at once, when all pauses since `renew` come to the limit. */
  wait(limitMs: number): boolean {
    if (this.waitedMs >= limitMs) return false;
    Atomics.wait(STILL, 0, 0, this.pauseMs);
    this.waitedMs += this.pauseMs;
    this.pauseMs = Math.min(LONGEST_PAUSE_MS, 2 * this.pauseMs);
    return true;
  }

  /** Something has come: patience begins anew. */
  renew(): void {
    this.pauseMs = FIRST_PAUSE_MS;
    this.waitedMs = 0;
  }
}
