/** Latencies at many percentiles: the curve behind the few that a result holds. */
import { msFromUs } from '../units.js';
import type { EndObserver } from './pipeline-run.js';
import { Tally } from './tally.js';

/** Every percent, and finer towards the end. */
const PERCENTILES: readonly number[] = [
  ...Array.from({ length: 99 }, (_, n) => n + 1),
  ...Array.from({ length: 9 }, (_, n) => 99 + (n + 1) / 10),
  99.99,
  100,
];

export class LatencyCurve {
  private readonly tally = new Tally();

  /** Takes queries as they end; for `SimulationInput.onEnd`. */
  readonly take: EndObserver = (ended) => {
    this.tally.addDifferences({ ...ended, laterUs: ended.endUs, earlierUs: ended.arrivalUs });
  };

  /** Percentile and nearest-rank latency in ms, rising. */
  points(): readonly (readonly [percentile: number, ms: number])[] {
    const us = this.tally.percentilesUs(PERCENTILES);
    return PERCENTILES.map((percentile, n) => [percentile, msFromUs(us[n]!)] as const);
  }
}
