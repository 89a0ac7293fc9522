/**
 * A run in pieces. The trace is cut at multiples of a length. Each piece begins with an empty engine, and measurements
 * run between two pieces. So both see the same machine, though its speed varies from one minute to the next.
 *
 * Worked number: in pieces of 10 s an arrival at 12 s is that of the second piece at 2 s. With a pause of 60 s before
 * each but the first piece, it is simulated at 72 s.
 */
import type { ArrivalTrace } from '../model/trace.js';
import { msFromUs } from '../units.js';
import type { RunLog } from './measured-run.js';

export interface TracePiece {
  /** Where it begins in the trace. */
  readonly startUs: number;
  /** Place of its first arrival in the trace. */
  readonly first: number;
  /** Counted from `startUs`; at least one arrival. */
  readonly trace: ArrivalTrace;
}

/** The pieces that have arrivals, in order. */
export function piecesOf({ arrivalsUs }: ArrivalTrace, pieceUs: number): readonly TracePiece[] {
  const pieces: TracePiece[] = [];
  for (let first = 0; first < arrivalsUs.length; ) {
    const startUs = pieceStartUs(arrivalsUs[first]!, pieceUs);
    const after = arrivalsUs.findIndex((us) => us >= startUs + pieceUs);
    const end = after === -1 ? arrivalsUs.length : after;
    pieces.push({ startUs, first, trace: { arrivalsUs: arrivalsUs.slice(first, end).map((us) => us - startUs) } });
    first = end;
  }
  return pieces;
}

/** The logs of the pieces joined, without the pauses between them. */
export function joinPieces(pieces: readonly TracePiece[], logs: readonly RunLog[]): RunLog {
  const [firstLog] = logs;
  // The engine's clock went on in the pauses. Its least lead over the schedule, the quickest way in, equals the first
  // piece's.
  const leadsMs = logs.map(({ scheduledUs, arrivedMs }, n) => leastLeadMs(arrivedMs, scheduledUs, pieces[n]!.startUs));
  const shifted = logs.map((log, n) => ({ ...log, startUs: pieces[n]!.startUs, shiftMs: leadsMs[0]! - leadsMs[n]! }));
  return {
    scheduledUs: concatenated(shifted.map(({ scheduledUs, startUs }) => scheduledUs.map((us) => us + startUs))),
    endedUs: concatenated(shifted.map(({ endedUs, startUs }) => endedUs.map((us) => us + startUs))),
    arrivedMs: shifted.flatMap(({ arrivedMs, shiftMs }) => arrivedMs.map((ms) => ms + shiftMs)),
    firstQuery: firstLog?.firstQuery ?? 0,
    batches: shifted.flatMap(({ batches, shiftMs }) =>
      batches.map((batch) => ({
        ...batch,
        startMs: batch.startMs + shiftMs,
        endMs: batch.endMs + shiftMs,
        enteredMs: batch.enteredMs.map((ms) => ms + shiftMs),
      })),
    ),
  };
}

/** The trace with a pause before each piece but the first, and how much longer that makes it. */
export function withPauses(
  { arrivalsUs }: ArrivalTrace,
  { pieceUs, pauseUs }: { readonly pieceUs: number; readonly pauseUs: number },
): { readonly trace: ArrivalTrace; readonly pausedUs: number } {
  const pausesUs = arrivalsUs.map((us) => (pieceStartUs(us, pieceUs) / pieceUs) * pauseUs);
  return {
    trace: { arrivalsUs: arrivalsUs.map((us, n) => us + pausesUs[n]!) },
    pausedUs: arrivalsUs.length === 0 ? 0 : pausesUs[pausesUs.length - 1]! - pausesUs[0]!,
  };
}

function pieceStartUs(us: number, pieceUs: number): number {
  return Math.floor(us / pieceUs) * pieceUs;
}

/** Both in the order of their instants; 0 where no query arrived. */
function leastLeadMs(arrivedMs: readonly number[], scheduledUs: Float64Array, startUs: number): number {
  const leads = arrivedMs.map((ms, rank) => ms - msFromUs(scheduledUs[rank]! + startUs));
  return leads.length === 0 ? 0 : leads.reduce((least, ms) => Math.min(least, ms));
}

function concatenated(parts: readonly Float64Array[]): Float64Array {
  const whole = new Float64Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
