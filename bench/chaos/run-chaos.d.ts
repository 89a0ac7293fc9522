export interface ChaosResult {
  /** By what must hold: where it did not, in words. */
  readonly checks: Readonly<Record<string, readonly string[]>>;
  /** By kind: how many were thrown; how many requests and streams met them, for those that go over the wire. */
  readonly faults: readonly { readonly kind: string; readonly thrown: number; readonly met: number | undefined }[];
  /** How many lives of the tuner ended with each exit code or signal. */
  readonly ends: Readonly<Record<string, number>>;
  /** Starts of `serve`. */
  readonly eras: number;
  /** Of the emulated day, and those for which the tuner knew the arrivals. */
  readonly hours: number;
  readonly watchedHours: number;
  readonly arrivals: number;
  readonly decisions: {
    readonly ups: number;
    readonly downs: number;
    readonly hands: number;
    readonly records: number;
  };
  readonly seen: { readonly requests: number; readonly changes: number; readonly samples: number };
  readonly memory: Readonly<Record<'tune' | 'serve', Growth>>;
}

interface Growth {
  readonly earlyMiB: number;
  readonly lateMiB: number;
  readonly peakMiB: number;
}

/**
 * @param options `count` faults of one `seed`; the day runs `speed` times as fast as the clock, for `dayMs` at least;
 * after the last fault, `serve` has what was decided last within `settleMs`; without `isMortal` nothing ends the tuner
 */
export function runChaos(options: {
  readonly count: number;
  readonly seed: number;
  readonly speed: number;
  readonly dayMs: number;
  readonly settleMs: number;
  readonly isMortal?: boolean;
  readonly onProgress?: (now: object) => void;
}): Promise<ChaosResult>;
