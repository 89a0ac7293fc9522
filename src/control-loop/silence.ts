/** Says when nothing was heard of arrivals for long, for sources that do not say so themselves. */
import type { ArrivalSource } from '../backends/contracts/arrival-source.js';
import { formatDuration } from '../model/notation/quantity.js';
import { msFromS } from '../units.js';
import type { LoopClock } from './loop-clock.js';

const LONGEST_SILENCE_MS = msFromS(60);
const LOOK_EVERY_MS = msFromS(5);

export interface SilenceOptions {
  readonly source: ArrivalSource;
  readonly clock: LoopClock;
  readonly signal: AbortSignal;
  /** When a span last came, on the loop's clock; undefined before the first. */
  readonly heardAtMs: () => number | undefined;
  /** Called every few seconds while the silence lasts. */
  readonly onSilence: (problem: string) => void;
}

/** Runs until the signal. */
export async function watchSilence({ source, clock, signal, heardAtMs, onSilence }: SilenceOptions): Promise<void> {
  const { place, finestWindowMs } = source.describe();
  const longestMs = Math.max(LONGEST_SILENCE_MS, 2 * finestWindowMs);
  const startMs = clock.nowMs();
  while (!signal.aborted) {
    await clock.pause(LOOK_EVERY_MS, signal);
    if (clock.nowMs() - (heardAtMs() ?? startMs) <= longestMs) continue;
    onSilence(`nothing was heard from ${place} for ${formatDuration(longestMs)}`);
  }
}
