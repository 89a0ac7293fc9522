import { describe, expect, it } from 'vitest';
import type { LoadOutcome } from '../../src/load/load-result.js';
import { LoadTally } from '../../src/load/load-tally.js';
import type { Slo } from '../../src/model/slo.js';

/** Queries 10 ms apart, each sent at once and ended after so many milliseconds. */
function tallyOf(ends: readonly (readonly [outcome: LoadOutcome, latencyMs: number])[], slo?: Slo): LoadTally {
  const tally = new LoadTally(slo);
  ends.forEach(([outcome, latencyMs], query) => {
    const arrivalUs = 10_000 * query;
    tally.schedule(arrivalUs);
    if (outcome !== 'notSent') tally.send(100 * query, query);
    tally.end(outcome, arrivalUs, arrivalUs + 1000 * latencyMs);
  });
  return tally;
}

const answers = (...latenciesMs: number[]) => latenciesMs.map((ms) => ['answered', ms] as const);

describe('the objective', () => {
  const atHalf = { latencyMs: 20, percentile: 50 };
  it.each<[string, Parameters<typeof tallyOf>[0], Slo, [number, number, number, boolean, number | null]]>([
    // 4 queries, p50: 2 must be on time; 20 ms is on time, so 3 are. The 2nd smallest is 10 ms.
    ['an answer exactly at the SLO is on time', answers(5, 10, 20, 30), atHalf, [0.75, 1, 2, true, 10]],
    // 2 of 4 answered, both on time: attainment 2/4; the 2nd smallest with failures last is 10 ms.
    ['failures are late', [...answers(5, 10), ['refused', 1], ['timeouts', 1]], atHalf, [0.5, 2, 2, true, 10]],
    // 1 of 3 answered: p50 needs rank 2, which failed.
    [
      'most failed: no latency would do',
      [...answers(5), ['refused', 1], ['notSent', 0]],
      atHalf,
      [1 / 3, 2, 1, false, null],
    ],
    ['one of one late', answers(21), { latencyMs: 20, percentile: 99 }, [0, 1, 0, false, 21]],
    // 100 queries at p99: one may miss.
    [
      'one of a hundred failed at p99',
      [...answers(...Array<number>(99).fill(7)), ['connectionErrors', 3]],
      { latencyMs: 20, percentile: 99 },
      [0.99, 1, 1, true, 7],
    ],
  ])('%s', (_, ends, slo, [attainment, misses, allowed, holds, latency]) => {
    expect(tallyOf(ends, slo).result({ interrupted: false }).slo).toEqual({
      ...slo,
      sloAttainment: attainment,
      misses,
      allowedMisses: allowed,
      holds,
      percentileLatencyMs: latency,
    });
  });

  it('is absent without an SLO, and without queries', () => {
    expect(tallyOf(answers(5)).result({ interrupted: false })).not.toHaveProperty('slo');
    expect(tallyOf([], atHalf).result({ interrupted: false })).not.toHaveProperty('slo');
  });

  it('that holds never reads as late, however the histogram rounds: 99.999 ms counts in steps of 4 us above 65.5 ms', () => {
    const slo = { latencyMs: 99.999, percentile: 100 };
    const result = tallyOf(answers(50, 99.999), slo).result({ interrupted: false }).slo!;
    expect(result.holds).toBe(true);
    expect(result.percentileLatencyMs).toBeLessThanOrEqual(99.999);
  });
});

it('gives nearest-rank percentiles of the answers alone, and the sum of everything', () => {
  // 1 … 10 ms: p50 is the 5th, p90 the 9th, p95, p99 and p99.9 the 10th; mean 5.5. Two more failed.
  const tally = tallyOf([...answers(1, 2, 3, 4, 5, 6, 7, 8, 9, 10), ['errorAnswers', 2], ['unfinished', 900]]);
  expect(tally.result({ interrupted: true })).toMatchObject({
    queries: 12,
    answered: 10,
    failed: 2,
    failures: { refused: 0, errorAnswers: 1, timeouts: 0, connectionErrors: 0, notSent: 0, unfinished: 1 },
    latency: { meanMs: 5.5, p50Ms: 5, p90Ms: 9, p95Ms: 10, p99Ms: 10, p999Ms: 10, maxMs: 10 },
    // Lags 0, 0.1, …, 1.1 ms.
    sendLag: { p50Ms: 0.5, maxMs: 1.1 },
    mostInFlight: 11,
    // From 0 to 110 + 900 ms; 12 instants over 110 ms.
    spanMs: 1010,
    interrupted: true,
  });
});

it('closes seconds one after another, each with what it holds', () => {
  const tally = tallyOf([...answers(1, 2), ['refused', 1]], { latencyMs: 1.5, percentile: 99 });
  expect(tally.closeSecond(4)).toEqual({
    second: 1,
    sent: 3,
    answered: 2,
    failed: 1,
    p50Ms: 1,
    p99Ms: 2,
    sloAttainment: 1 / 3,
    inFlight: 4,
    sendLagP99Ms: 0.2,
  });
  expect(tally.hasOpenSecond).toBe(false);
  expect(tally.closeSecond(0)).toEqual({
    second: 2,
    sent: 0,
    answered: 0,
    failed: 0,
    p50Ms: null,
    p99Ms: null,
    inFlight: 0,
    sendLagP99Ms: null,
  });
  expect(tally.result({ interrupted: false }).seconds).toHaveLength(2);
});
