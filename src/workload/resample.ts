/**
 * Resampled traffic: blocks of the trace, one after the other, each from an instant drawn uniformly over the trace.
 * Within a block, bursts, lulls and equal instants stay as recorded.
 *
 * Source: circular block bootstrap, Politis & Romano, "A circular block-resampling procedure for stationary data",
 * 1992. The trace is a ring: behind its last arrival, after one mean gap, follows its first. So every arrival is as
 * likely as any other.
 * Cost: O(log queries) per block and O(1) per arrival; only the trace is kept.
 */
import type { ArrivalSource, ArrivalTrace } from '../model/trace.js';
import { spanUs } from '../model/trace.js';
import { randomStream } from '../random.js';
import { usFromMs } from '../units.js';

/** A stretch of the ring. */
interface Piece {
  readonly startUs: number;
  readonly lengthUs: number;
}

/**
 * `count` arrivals of resampled blocks, in whole microseconds from 0 on.
 *
 * With a `fitSeed` the blocks come from another trace as long as the ring, which is a row of blocks itself: what might
 * have been recorded instead. Draws with different fit seeds differ by the chance of the recording too, and not only by
 * their own.
 * @param trace at least one arrival
 */
export function resampleArrivals(
  trace: ArrivalTrace,
  { blockMs, seed, count, fitSeed }: { blockMs: number; seed: number; count: number; fitSeed?: number },
): ArrivalSource {
  const { arrivalsUs } = trace;
  const firstUs = arrivalsUs[0]!;
  const ringUs = ringLengthUs(trace);
  const holds = ({ startUs, lengthUs }: Piece) => {
    const first = firstAtOrAfter(arrivalsUs, firstUs + startUs);
    const atUs = first === arrivalsUs.length ? ringUs : arrivalsUs[first]! - firstUs;
    return atUs < startUs + lengthUs;
  };
  const pieces = piecesOf(ringUs, Math.min(usFromMs(blockMs), ringUs), { seed, fitSeed, holds });
  let left = count;
  let piece: Piece = { startUs: 0, lengthUs: 0 };
  let begunUs = 0; // where the present piece stands in what is drawn
  let next = 0; // its next arrival in the ring
  let lapUs = 0; // ring length, once the piece has passed the ring's end
  let isInPiece = false;

  return {
    read(block) {
      let filled = 0;
      while (filled < block.length && left > 0) {
        if (!isInPiece) {
          begunUs += piece.lengthUs;
          piece = pieces();
          next = firstAtOrAfter(arrivalsUs, firstUs + piece.startUs);
          lapUs = 0;
          isInPiece = true;
        }
        if (next === arrivalsUs.length) {
          next = 0;
          lapUs += ringUs;
        }
        const inPieceUs = arrivalsUs[next]! - firstUs + lapUs - piece.startUs;
        if (inPieceUs >= piece.lengthUs) {
          isInPiece = false;
          continue;
        }
        block[filled++] = begunUs + inPieceUs;
        next++;
        left--;
      }
      return filled;
    },
  };
}

/**
 * The pieces of a draw, one after the other. A block of another trace is the end of one of its blocks and the start of
 * the next. The other trace is recorded again until it has an arrival.
 * @param holds whether the ring has an arrival in a piece
 */
function piecesOf(
  ringUs: number,
  blockUs: number,
  { seed, fitSeed, holds }: { seed: number; fitSeed?: number | undefined; holds(piece: Piece): boolean },
) {
  const uniform = randomStream(seed, 'blocks');
  const drawnUs = () => Math.floor(uniform() * ringUs);
  if (fitSeed === undefined) return (): Piece => ({ startUs: drawnUs(), lengthUs: blockUs });
  const recorded = randomStream(fitSeed, 'blocks');
  const record = () => Array.from({ length: Math.ceil(ringUs / blockUs) }, () => Math.floor(recorded() * ringUs));
  let startsUs = record();
  while (!startsUs.some((startUs) => holds({ startUs, lengthUs: blockUs }))) startsUs = record();
  let rest: Piece | undefined;
  return (): Piece => {
    const second = rest;
    rest = undefined;
    if (second !== undefined) return second;
    const atUs = Math.floor(uniform() * startsUs.length * blockUs);
    const block = Math.floor(atUs / blockUs);
    const offsetUs = atUs - block * blockUs;
    if (offsetUs > 0) rest = { startUs: startsUs[(block + 1) % startsUs.length]!, lengthUs: offsetUs };
    return { startUs: (startsUs[block]! + offsetUs) % ringUs, lengthUs: blockUs - offsetUs };
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
