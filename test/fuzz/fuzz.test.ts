// @module-tag slow
/**
 * Law: whatever comes in, it is used, or refused in words with its place. No other error ever comes out. A seed that is
 * fixed, so that every run is the same; `npm run fuzz` tries others, and many more of them (docs/threat-model.md).
 */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { TARGETS } from './targets.js';

const SEED = 18;
const RUNS = 100;

it.each(TARGETS.map((target) => [target.name, target] as const))('%s', async (_, target) => {
  const subject = await target.open();
  const seen = { accepted: 0, refused: 0 };
  try {
    const property = fc.asyncProperty(target.inputs, async (input) => {
      seen[await subject.take(input)]++;
    });
    const numRuns = Math.ceil(RUNS * (target.share ?? 1));
    const examples = (target.examples ?? []).map((input) => [input] as [unknown]);
    await fc.assert(property, { seed: SEED, numRuns: numRuns + examples.length, examples });
  } finally {
    await subject.close?.();
  }
  expect(seen.accepted + seen.refused).toBeGreaterThan(0);
});
