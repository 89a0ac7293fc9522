/**
 * Fresh traffic made of recorded traffic: blocks of the trace, each from an instant drawn uniformly over the whole trace, one
 * after the other. What happens within a block (bursts, lulls, equal instants) stays as it was recorded.
 *
 * Source: circular block bootstrap, Politis & Romano, "A circular block-resampling procedure for stationary data", 1992. The
 * trace is a ring: behind its last arrival, after one mean gap, follows its first. So every arrival is as likely as any other.
 * Cost: O(log queries) a block and O(1) an arrival; nothing is kept but the trace.
 */
import type { ArrivalSource, ArrivalTrace } from '../model/trace.js';
import { spanUs } from '../model/trace.js';
import { randomStream } from '../random.js';
import { usFromMs } from '../units.js';

/**
 * `count` arrivals of resampled blocks, in whole microseconds from 0 on.
 * @param trace at least one arrival
 */
export function resampleArrivals(
  trace: ArrivalTrace,
  { blockMs, seed, count }: { blockMs: number; seed: number; count: number },
): ArrivalSource {
  const { arrivalsUs } = trace;
  const uniform = randomStream(seed, 'blocks');
  const firstUs = arrivalsUs[0]!;
  const ringUs = ringLengthUs(trace);
  const blockUs = Math.min(usFromMs(blockMs), ringUs);
  let left = count;
  let begunUs = -blockUs; // where the present block stands in what is drawn
  let startUs = 0; // where it stands in the ring
  let next = 0; // its next arrival in the ring
  let lapUs = 0; // ring length, once the block has passed the ring's end
  let isInBlock = false;

  return {
    read(block) {
      let filled = 0;
      while (filled < block.length && left > 0) {
        if (!isInBlock) {
          begunUs += blockUs;
          startUs = Math.floor(uniform() * ringUs);
          next = firstAtOrAfter(arrivalsUs, firstUs + startUs);
          lapUs = 0;
          isInBlock = true;
        }
        if (next === arrivalsUs.length) {
          next = 0;
          lapUs += ringUs;
        }
        const inBlockUs = arrivalsUs[next]! - firstUs + lapUs - startUs;
        if (inBlockUs >= blockUs) {
          isInBlock = false;
          continue;
        }
        block[filled++] = begunUs + inBlockUs;
        next++;
        left--;
      }
      return filled;
    },
  };
}

/** The trace's span and one mean gap, so that the ring's rate is the trace's. */
function ringLengthUs(trace: ArrivalTrace): number {
  const span = spanUs(trace);
  const gaps = trace.arrivalsUs.length - 1;
  return Math.max(1, span + (gaps === 0 ? 0 : Math.round(span / gaps)));
}

function firstAtOrAfter(arrivalsUs: Float64Array, instantUs: number): number {
  let low = 0;
  let high = arrivalsUs.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (arrivalsUs[middle]! < instantUs) low = middle + 1;
    else high = middle;
  }
  return low;
}
