import { describe, expect, it } from 'vitest';
import { ReplicaKeeper } from '../../src/control-loop/replica-keeper.js';
import type { TunerLimits } from '../../src/tuner/tuner-limits.js';
import { FakeClock, FakeTarget } from '../tuner/live-fakes.js';
import { tunerPlanOf } from '../tuner/tuner-plans.js';

/** Stages a (6 replicas) and b (2) on one kind of hardware at $1 each. */
async function keeping(limits: Partial<TunerLimits>) {
  const clock = new FakeClock();
  const target = new FakeTarget({ a: 6, b: 2 }, clock);
  target.activationMs = 0;
  const stop = new AbortController();
  const keeper = new ReplicaKeeper(
    {
      target,
      plan: tunerPlanOf({ a: {}, b: {} }, { limits }),
      clock,
      random: () => 0,
      signal: stop.signal,
      isApplying: true,
      told: [6, 2],
      onEvent: () => {},
      onApplied: () => {},
      onForeign: () => {},
      isHearing: () => true,
      onHand: () => {},
    },
    await target.readReplicas(),
  );
  const asked = () => target.calls.map(({ stage, replicas }) => `${stage} ${replicas}`);
  return { clock, target, keeper, stop, asked };
}

describe.each([
  ['an inventory', { inventory: { cpu: 8 } }],
  ['the cost', { mostUsdPerHour: 8 }],
])('where stages share %s', (_, limits) => {
  it('an addition waits until a removal that hangs has taken place', async () => {
    const { clock, target, keeper, stop, asked } = await keeping(limits);
    target.nextSets.push('hangs');
    keeper.want([2, 2]);
    await clock.runTo(1000);
    keeper.want([2, 6]);
    await clock.runTo(60_000);
    expect(asked()).toEqual([]);
    expect(keeper.stages[1]!.problem).toContain('waits until other stages have given up replicas');
    // The hanging call ends after two minutes, and the next one succeeds.
    await clock.runTo(130_000);
    expect(asked()).toEqual(['a 2', 'b 6']);
    stop.abort();
  });

  it('an addition waits for a removal of the same instant', async () => {
    const { clock, keeper, stop, asked } = await keeping(limits);
    keeper.want([3, 5]);
    await clock.runTo(5000);
    expect(asked()).toEqual(['a 3', 'b 5']);
    stop.abort();
  });
});

it('an addition with room waits for nobody', async () => {
  const { clock, target, keeper, stop, asked } = await keeping({ inventory: { cpu: 12 } });
  target.nextSets.push('hangs');
  keeper.want([2, 2]);
  await clock.runTo(1000);
  keeper.want([2, 6]);
  await clock.runTo(2000);
  expect(asked()).toEqual(['b 6']);
  stop.abort();
});

it('an addition that no removal helps is asked for: limits below the plan keep what was there', async () => {
  const { clock, keeper, stop, asked } = await keeping({ inventory: { cpu: 4 } });
  keeper.want([6, 3]);
  await clock.runTo(1000);
  expect(asked()).toEqual(['b 3']);
  stop.abort();
});
