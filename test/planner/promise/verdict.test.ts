import { describe, expect, it } from 'vitest';
import {
  MissBound,
  NOTHING_OBSERVED,
  type Observed,
  observe,
  REPLICATIONS,
} from '../../../src/planner/promise/verdict.js';
import { randomStream } from '../../../src/random.js';
import { drawNormal } from '../../../src/workload/ziggurat.js';
import { type Dice, diceOf } from '../../helpers/random-pipelines.js';

const QUERIES = 60_000;

/** As if the parameters were known: the factor is t/√20, with which the tables below are worked. */
function boundOf(allowed = 0, traceQueries = Number.POSITIVE_INFINITY): MissBound {
  return new MissBound({ queries: QUERIES, traceQueries, allowed });
}

const KNOWN = boundOf();

function observedOf(misses: readonly number[]): Observed {
  return misses.reduce(observe, NOTHING_OBSERVED);
}

function repeated(times: number, misses: number): number[] {
  return Array.from({ length: times }, () => misses);
}

// With s the standard deviation and n = 20: mean + 1.729133 · s / √20.
it.each([
  ['no misses at all', repeated(20, 0), 0],
  ['twenty alike', repeated(20, 600), 600],
  // mean 30, s = √(20 · 10² / 19) = 10.259784, half-width 10.259784 · 0.386646 = 3.96690
  ['ten of 20 and ten of 40', [...repeated(10, 20), ...repeated(10, 40)], 33.9669],
  // mean 220, s = 4400 / √20 = 983.8699, half-width 1.7291328 · 4400 / 20 = 380.40922
  ['one of 4400', [4400, ...repeated(19, 0)], 600.40922],
])('upper bound on the mean misses: %s', (_, misses, expected) => {
  expect(KNOWN.mostMisses(observedOf(misses))).toBeCloseTo(expected, 4);
});

// With n = 20 and a trace as long as a draw: mean + 1.729133 · √(1/20 + 1/2) · s = mean + 1.282359 · s; ten times as long: √(1/20 + 1/11).
it.each([
  ['a trace as long as a draw', QUERIES, 30 + 1.282359 * 10.259784],
  ['a trace ten times as long', 10 * QUERIES, 30 + 0.649079 * 10.259784],
])('the error of the fit widens the bound: %s', (_, traceQueries, expected) => {
  const misses = observedOf([...repeated(10, 20), ...repeated(10, 40)]);
  expect(boundOf(0, traceQueries).mostMisses(misses)).toBeCloseTo(expected, 4);
});

it('lies above the true mean in 95 % of the cases when misses are normal', () => {
  const experiments = 4_000;
  const uniform = randomStream(1, 'coverage');
  let covered = 0;
  for (let i = 0; i < experiments; i++) {
    const misses = Array.from({ length: REPLICATIONS }, () => Math.round(50_000 + 10_000 * drawNormal(uniform)));
    if (KNOWN.mostMisses(observedOf(misses)) >= 50_000) covered++;
  }
  // Four standard errors of a share of 0.95: 4 · √(0.95 · 0.05 / 4000) = 0.0138.
  expect(Math.abs(covered / experiments - 0.95)).toBeLessThan(0.0138);
});

// Refused after one: 4400 · (1 + 1.7291328) / 20 = 600.4 > 600, and 4390 · 0.13645664 = 599.04.
it.each([
  [[4400], true],
  [[4390], false],
  [[700, 700], false],
  [repeated(16, 700), true],
  [[], false],
])('600 misses allowed, %j so far: refused %s', (misses, expected) => {
  expect(boundOf(600).isRefused(observedOf(misses))).toBe(expected);
});

/** Misses around what is allowed: alike, scattered, mostly none with a disaster in between. */
function randomMisses(dice: Dice): number[] {
  const level = dice.whole(1, 2_000);
  const scatter = dice.oneOf([0, 0.1, 0.5, 1]);
  const disaster = dice.oneOf([0, 0, 0.1]);
  return Array.from({ length: REPLICATIONS }, () => {
    if (dice.chance(disaster)) return dice.whole(0, QUERIES);
    return Math.max(0, Math.round(level * (1 + (scatter * (2 * dice.whole(0, 1000))) / 1000 - scatter)));
  });
}

describe.each(Array.from({ length: 40 }, (_, seed) => seed))('whatever is still to come, case %d', (seed) => {
  const dice = diceOf(seed, 'verdict');
  const misses = randomMisses(dice);
  const seen = dice.whole(1, REPLICATIONS);
  const observed = observedOf(misses.slice(0, seen));
  const traceQueries = dice.oneOf([QUERIES, 20 * QUERIES, Number.POSITIVE_INFINITY]);
  const withRest = (rest: readonly number[]) => boundOf(0, traceQueries).mostMisses(rest.reduce(observe, observed));

  it('nothing comes out below the least, and something comes out at it', () => {
    const least = boundOf(0, traceQueries).leastMostMisses(observed);
    const rest = REPLICATIONS - seen;
    for (let i = 0; i < 50; i++) {
      expect(
        withRest(Array.from({ length: rest }, () => dice.whole(0, dice.oneOf([10, 1_000, QUERIES])))),
      ).toBeGreaterThan(least * (1 - 1e-12) - 1e-9);
    }
    // The rest all equal, on a fine grid from 0 up to the largest seen.
    const top = Math.max(...misses.slice(0, seen));
    const grid = Array.from({ length: 2_001 }, (_, i) => withRest(repeated(rest, (top * i) / 2_000)));
    expect(least).toBeLessThanOrEqual(Math.min(...grid) + 1e-9);
    expect(least).toBeGreaterThan(Math.min(...grid) * 0.999 - 1e-9);
  });

  it('stopping early gives the verdict of all twenty, in any order', () => {
    for (const allowed of [1, 300, 600, 1_000]) {
      const bound = boundOf(allowed, traceQueries);
      const holds = bound.holds(observedOf(misses));
      for (let shuffle = 0; shuffle < 5; shuffle++) {
        expect(sequentially(shuffled(dice, misses), bound)).toBe(holds);
      }
    }
  });

  it('from the refusing misses on, the next replication refuses', () => {
    if (seen === REPLICATIONS) return;
    for (const allowed of [1, 600, 5_000]) {
      const bound = boundOf(allowed, traceQueries);
      const enough = bound.refusingMisses(observed);
      if (enough === Number.POSITIVE_INFINITY) {
        expect(bound.isRefused(observe(observed, QUERIES))).toBe(false);
        continue;
      }
      for (let i = 0; i < 20; i++) {
        expect(bound.isRefused(observe(observed, dice.whole(enough, QUERIES)))).toBe(true);
      }
    }
  });
});

/** As the promise does it: each replication is cut off at the misses that refuse. */
function sequentially(misses: readonly number[], bound: MissBound): boolean {
  let observed = NOTHING_OBSERVED;
  for (const m of misses) {
    const enough = bound.refusingMisses(observed);
    if (m >= enough) return false;
    observed = observe(observed, m);
    if (bound.isRefused(observed)) return false;
  }
  return bound.holds(observed);
}

function shuffled(dice: Dice, list: readonly number[]): number[] {
  const left = [...list];
  return list.map(() => left.splice(dice.whole(0, left.length - 1), 1)[0]!);
}

describe('at least so many misses in each replication', () => {
  // Ten of 20 and ten of 40 come out at 33.97, above their mean of 30, and raising the lower ones only brings it up.
  it.each([
    [33.9, true],
    [34, false],
  ])('refuses more than the mean alone, %d misses allowed: %s', (allowed, expected) => {
    expect(boundOf(allowed).isRefusedFrom([...repeated(10, 20), ...repeated(10, 40)])).toBe(expected);
  });

  // Nineteen of 100 and one of none: mean 95, bound 103.6; with the one raised to 100 the bound is 100.
  it.each([
    [99.9, true],
    [100.1, false],
  ])('raises the lowest where that brings the bound down, %d misses allowed: %s', (allowed, expected) => {
    expect(boundOf(allowed).isRefusedFrom([...repeated(19, 100), 0])).toBe(expected);
  });

  it('law: where they refuse, so does every outcome above them', () => {
    let refused = 0;
    for (let seed = 0; seed < 400; seed++) {
      const dice = diceOf(seed, 'refused from');
      const least = randomMisses(dice);
      const traceQueries = dice.oneOf([QUERIES, 20 * QUERIES, Number.POSITIVE_INFINITY]);
      const mostOf = (misses: readonly number[]) => boundOf(0, traceQueries).mostMisses(observedOf(misses));
      const outcomes = Array.from({ length: 50 }, () => {
        const level = dice.whole(0, 2 * Math.max(...least));
        return least.map((misses) => Math.max(misses, level) + (dice.chance(0.2) ? dice.whole(0, 100) : 0));
      });
      const lowest = Math.min(...[least, ...outcomes].map(mostOf));
      const allowed = lowest * dice.oneOf([0.9, 0.99, 1, 1.01]);
      if (!boundOf(allowed, traceQueries).isRefusedFrom(least)) continue;
      refused++;
      expect(lowest).toBeGreaterThan(allowed);
    }
    expect(refused).toBeGreaterThan(100);
  });
});
