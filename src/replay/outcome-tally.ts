/** Adds up how queries fare under one policy: latencies, lateness over time, and how long late episodes last. */

import type { EndedQueries } from '../simulation/pipeline-run.js';
import { Tally } from '../simulation/tally.js';
import { usFromMs } from '../units.js';

/** Late queries that arrive further apart than this belong to two episodes. */
export const EPISODE_GAP_MS = 10_000;

export class OutcomeTally {
  readonly latencies = new Tally();
  readonly queries: Float64Array;
  readonly misses: Float64Array;
  /** Since they were last set to 0. */
  attained = 0;
  late = 0;
  /** From the first late arrival of an episode to its last, the longest. */
  longestEpisodeUs = 0;

  private readonly sloUs: number;
  private readonly binUs: number;
  private episodeUs = Number.NEGATIVE_INFINITY;
  private lastLateUs = Number.NEGATIVE_INFINITY;
  private readonly gapUs = usFromMs(EPISODE_GAP_MS);

  constructor({ sloUs, binUs, lastUs }: { sloUs: number; binUs: number; lastUs: number }) {
    this.sloUs = sloUs;
    this.binUs = binUs;
    const bins = Math.floor(lastUs / binUs) + 1;
    this.queries = new Float64Array(bins);
    this.misses = new Float64Array(bins);
  }

  count(ended: EndedQueries): void {
    const { from, to, mask, arrivalUs, endUs } = ended;
    this.latencies.addDifferences({ ...ended, laterUs: endUs, earlierUs: arrivalUs });
    const { queries, misses, sloUs, binUs } = this;
    let late = 0;
    let bin = 0;
    let binEndUs = 0;
    for (let q = from; q < to; q++) {
      const arrival = arrivalUs[q & mask]!;
      if (arrival >= binEndUs) {
        // Queries end in the order of their arrival, so most stay within the last one's bin.
        bin = Math.floor(arrival / binUs);
        binEndUs = (bin + 1) * binUs;
      }
      queries[bin]!++;
      if (endUs[q & mask]! - arrival <= sloUs) continue;
      misses[bin]!++;
      late++;
      this.lengthen(arrival);
    }
    this.late += late;
    this.attained += to - from - late;
  }

  /** Late queries in all. */
  get allLate(): number {
    return this.latencies.count - this.latencies.countAtMost(this.sloUs);
  }

  private lengthen(arrivalUs: number): void {
    if (arrivalUs - this.lastLateUs > this.gapUs) this.episodeUs = arrivalUs;
    this.lastLateUs = arrivalUs;
    this.longestEpisodeUs = Math.max(this.longestEpisodeUs, arrivalUs - this.episodeUs);
  }
}
