/** `tune --apply` against a live `serve` under random faults: a short version of `node bench/run.js chaos`. */
import { expect, it } from 'vitest';
import { runChaos } from '../../bench/chaos/run-chaos.js';

/** The clock of the arrivals over the wall clock. */
const SPEED = 120;
/** Where the machine is slow, the last decision is carried out late, and still is. */
const SETTLE_MS = 300_000;

it.each([
  { isMortal: true, count: 40, seed: 11 },
  { isMortal: false, count: 10, seed: 12 },
])(
  'holds under $count faults, ended by some: $isMortal',
  async ({ isMortal, count, seed }) => {
    const result = await runChaos({ count, seed, speed: SPEED, dayMs: 0, settleMs: SETTLE_MS, isMortal });
    expect(result.checks).toEqual(Object.fromEntries(Object.keys(result.checks).map((check) => [check, []])));
    expect(result.faults.reduce((sum, { thrown }) => sum + thrown, 0)).toBe(count);
    expect(result.arrivals).toBeGreaterThan(0);
    expect(result.decisions.records).toBeGreaterThan(0);
    if (!isMortal) expect(result.ends).toEqual({ 0: 1 });
  },
  900_000,
);
