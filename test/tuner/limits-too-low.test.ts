import { expect, it } from 'vitest';
import { limitsTooLow } from '../../src/tuner/limits-too-low.js';
import { NO_LIMITS, type TunerLimits } from '../../src/tuner/tuner-limits.js';
import { tunerPlanOf } from './tuner-plans.js';

/** Two replicas of `a` on `cpu` and three of `b` on `gpu`, $1 each. */
const { stages } = tunerPlanOf({ a: {}, b: { replicas: 3, hardware: 'gpu' } });
const STAYS = 'no replica can be added there, and the planned ones stay';
const BELOW = 'some stages stay below what --min-replicas asks for';

it.each<[Partial<TunerLimits>, string[]]>([
  [{}, []],
  [{ mostUsdPerHour: 5, inventory: { cpu: 2, gpu: 3, t4: 0 }, mostReplicas: { a: 2, b: 3 } }, []],
  [{ mostUsdPerHour: 4.99 }, [`4.99 USD per hour are less than the plan costs: ${STAYS}`]],
  [
    { inventory: { cpu: 0, gpu: 2 } },
    [
      `0 of cpu are fewer than the plan's 2: ${STAYS}`,
      `2 of gpu are fewer than the plan's 3: ${STAYS}`,
      `0 of cpu are fewer than the fewest replicas there, 1: ${BELOW}`,
    ],
  ],
  [{ mostReplicas: { b: 1 } }, [`1 replicas of b are fewer than the plan's 3: ${STAYS}`]],
  [{ mostUsdPerHour: 6, fewestReplicas: { a: 4, b: 2 } }, []],
  [
    { mostUsdPerHour: 6, fewestReplicas: { a: 4, b: 3 } },
    [`6 USD per hour do not pay for the fewest replicas: ${BELOW}`],
  ],
  [
    { inventory: { gpu: 3 }, fewestReplicas: { b: 4 } },
    [`3 of gpu are fewer than the fewest replicas there, 4: ${BELOW}`],
  ],
])('%j', (limits, lines) => {
  expect(limitsTooLow(stages, { ...NO_LIMITS, ...limits })).toEqual(lines);
});
