import { describe, expect, it } from 'vitest';
import type { RunLog } from '../../src/fidelity/measured-run.js';
import { joinPieces, piecesOf, withPauses } from '../../src/fidelity/pieces.js';
import { NO_COSTS, predict } from '../../src/fidelity/predict.js';
import type { ArrivalTrace } from '../../src/model/trace.js';
import { usFromMs } from '../../src/units.js';
import { configurationOf, hardwareOf, pipelineOf, profileOf, traceOf } from '../helpers/builders.js';

const PIECE_US = usFromMs(10);
const msOf = ({ arrivalsUs }: ArrivalTrace) => [...arrivalsUs].map((us) => us / 1000);

describe('piecesOf', () => {
  it.each([
    ['no arrivals', [], []],
    ['one piece', [0, 9.999], [{ startMs: 0, first: 0, ms: [0, 9.999] }]],
    [
      'an arrival on the cut belongs to what follows it',
      [3, 10, 12],
      [
        { startMs: 0, first: 0, ms: [3] },
        { startMs: 10, first: 1, ms: [0, 2] },
      ],
    ],
    [
      'a piece without arrivals is none',
      [3, 25],
      [
        { startMs: 0, first: 0, ms: [3] },
        { startMs: 20, first: 1, ms: [5] },
      ],
    ],
  ])('%s', (_, arrivalsMs, expected) => {
    const pieces = piecesOf(traceOf(arrivalsMs), PIECE_US);
    expect(pieces.map(({ startUs, first, trace }) => ({ startMs: startUs / 1000, first, ms: msOf(trace) }))).toEqual(
      expected,
    );
  });
});

describe('joinPieces', () => {
  /** One query: scheduled, on its way in for `inMs`, 4 ms at its stage, 1 ms on its way out; the engine's clock is `aheadMs` ahead of the piece's start. */
  const logOf = (query: number, scheduledMs: number, { inMs, aheadMs }: { inMs: number; aheadMs: number }): RunLog => {
    const enteredMs = aheadMs + scheduledMs + inMs;
    return {
      scheduledUs: traceOf([scheduledMs]).arrivalsUs,
      endedUs: Float64Array.of(usFromMs(scheduledMs + inMs + 5)),
      arrivedMs: [enteredMs],
      firstQuery: query,
      batches: [
        {
          stage: 'a',
          number: query,
          startMs: enteredMs,
          endMs: enteredMs + 4,
          enteredMs: [enteredMs],
          queries: [query],
        },
      ],
    };
  };

  it('puts pieces where they stand in the trace, on both clocks', () => {
    // The second piece, at 10 ms of the trace, was sent when the engine's clock stood at 5000.
    const pieces = piecesOf(traceOf([3, 12]), PIECE_US);
    const logs = [logOf(7, 3, { inMs: 1, aheadMs: 100 }), logOf(8, 2, { inMs: 1, aheadMs: 5000 })];
    const joined = joinPieces(pieces, logs);
    expect([...joined.scheduledUs]).toEqual([3000, 12_000]);
    expect([...joined.endedUs]).toEqual([9000, 18_000]);
    expect(joined.firstQuery).toBe(7);
    expect(joined.arrivedMs).toEqual([104, 113]);
    expect(joined.batches.map(({ startMs, endMs, enteredMs }) => [enteredMs, startMs, endMs])).toEqual([
      [[104], 104, 108],
      [[113], 113, 117],
    ]);
  });

  it('keeps a query that failed at infinity', () => {
    const pieces = piecesOf(traceOf([3]), PIECE_US);
    const lost = { ...logOf(0, 3, { inMs: 1, aheadMs: 0 }), endedUs: Float64Array.of(Number.POSITIVE_INFINITY) };
    expect([...joinPieces(pieces, [lost]).endedUs]).toEqual([Number.POSITIVE_INFINITY]);
  });
});

describe('withPauses', () => {
  it('moves each piece behind the pauses before it', () => {
    const { trace, pausedUs } = withPauses(traceOf([3, 12, 35]), { pieceUs: PIECE_US, pauseUs: usFromMs(60) });
    expect(msOf(trace)).toEqual([3, 72, 215]);
    expect(pausedUs).toBe(usFromMs(180));
  });

  it('begins each piece with an empty engine, and counts the pauses in no utilisation', () => {
    // 8 ms each: the query at 10 would wait 7 ms for that at 9. In pieces of 10 ms it does not. Busy for 16 of the 9 ms + 8 ms from the first arrival to the last end.
    const request = {
      pipeline: pipelineOf({ a: {} }),
      configuration: configurationOf({ a: {} }),
      profiles: [profileOf('a', { 1: 8 })],
      hardware: [hardwareOf()],
      serviceModel: 'mean' as const,
      costs: NO_COSTS,
      seeds: [1],
    };
    const trace = traceOf([1, 10]);
    expect(predict({ ...request, trace: traceOf([9, 10]) }).latency.p99Ms).toBe(15);
    const paused = predict({
      ...request,
      ...withPauses(traceOf([9, 10]), { pieceUs: PIECE_US, pauseUs: usFromMs(60) }),
    });
    expect(paused.latency.p99Ms).toBe(8);
    const { stages } = predict({ ...request, ...withPauses(trace, { pieceUs: PIECE_US, pauseUs: usFromMs(60) }) });
    expect(stages[0]!.utilisation).toBeCloseTo(16 / 17, 12);
    expect(stages[0]!.meanServiceMs).toBeCloseTo(8, 9);
  });
});
