/** The serving engine as a process under load: short versions of `node bench/run.js serve-soak`. */
import { expect, it } from 'vitest';
import { soak } from '../../bench/soak.js';
import { randomStream } from '../../src/random.js';

const SECONDS = 30;
/** Growth from the second quarter of the run to the last that is still flat: the garbage collector alone moves it by a tenth. */
const FLAT_RATIO = 1.3;

it('loses and doubles no query under load, answers each rightly, breaks no rule of batches, and its memory stays flat', async () => {
  const result = await soak({ seconds: SECONDS, utilisation: 0.9, killEveryS: 0, random: randomStream(1, 'soak') });
  const { sent, right, refused, arrivals, memory } = result;
  expect(sent).toBeGreaterThan(1000);
  expect(right + refused).toBe(sent); // a machine that is too busy fills the queues
  expect(right).toBeGreaterThan(refused);
  expect(result).toMatchObject({ wrong: 0, failed: 0, hung: 0, leftInQueues: 0, exitCode: 0 });
  expect(arrivals).toBe(sent);
  expect(result.isOrdered).toBe(true);
  expect(result.brokenRules).toEqual([]);
  expect(memory.lateMiB).toBeLessThan(memory.earlyMiB * FLAT_RATIO);
});

it('answers or refuses every query while replicas are killed, and replaces them', async () => {
  const result = await soak({ seconds: SECONDS, utilisation: 0.8, killEveryS: 2, random: randomStream(2, 'soak') });
  const { sent, right, refused, failed, kills } = result;
  expect(kills).toBeGreaterThan(5);
  expect(result.restarts).toBe(kills);
  expect(right + refused + failed).toBe(sent);
  expect(result).toMatchObject({ wrong: 0, hung: 0, leftInQueues: 0, arrivals: sent, exitCode: 0 });
  expect(result.brokenRules).toEqual([]);
});
