/** Independent replications, and whether what theory says lies where they put it. */
import { expect } from 'vitest';

const REPLICATIONS = 25;
/** Student's t with 24 degrees of freedom leaves 0.05 % above this (two-sided 99.9 %). */
const T_24 = 3.745;

/**
 * Runs the replications of seeds 1 to 25 and holds each measure against theory: the expected value lies inside the 99.9 %
 * confidence interval of the replications' mean, and the interval's half-width is at most `narrow` of the expected value.
 */
export function expectTheory(
  run: (seed: number) => Readonly<Record<string, number>>,
  expected: Readonly<Record<string, number>>,
  narrow = 0.05,
): void {
  const found = Array.from({ length: REPLICATIONS }, (_, index) => run(index + 1));
  for (const [measure, theory] of Object.entries(expected)) {
    const values = found.map((measures) => measures[measure]!);
    const mean = values.reduce((sum, value) => sum + value, 0) / REPLICATIONS;
    const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
    const halfWidth = T_24 * Math.sqrt(squares / (REPLICATIONS - 1) / REPLICATIONS);
    const context = `${measure}: ${mean} ± ${halfWidth}, theory ${theory}`;
    expect(halfWidth, context).toBeLessThan(narrow * theory);
    expect(Math.abs(mean - theory), context).toBeLessThan(halfWidth);
  }
}
