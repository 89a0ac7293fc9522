// @module-tag slow
/** What other hardware would cost, against a plan made where there is no other. */
import { expect, it } from 'vitest';
import { planConfiguration } from '../../../src/planner/plan-configuration.js';
import { instance } from '../instances.js';

it('law: without a kind of hardware, and with a stage on another, the cost is that of a plan made under that rule', () => {
  let answers = 0;
  for (let seed = 61_000; seed < 61_010; seed++) {
    const input = instance(seed, { stageCount: ((seed % 2) + 1) as 1 | 2, queries: 300 });
    const result = planConfiguration(input, { search: 'exact', explain: true });
    if (!result.feasible) continue;
    for (const { hardware, stage, isProved, costUsdPerHour } of result.whatIfs!) {
      const profiles = input.profiles.filter((profile) => {
        if (stage === undefined) return profile.hardware !== hardware;
        return profile.model !== `model-${stage}` || profile.hardware === hardware;
      });
      const under = planConfiguration({ ...input, profiles }, { search: 'exact' });
      const cost = under.feasible ? under.plan.costUsdPerHour : undefined;
      expect([seed, stage, hardware, costUsdPerHour]).toEqual([seed, stage, hardware, cost]);
      expect(isProved || cost === undefined).toBe(true);
      answers++;
    }
  }
  expect(answers).toBeGreaterThan(15);
});

it('says of each cheaper choice what it attains, or that the bound rules it out', () => {
  let attained = 0;
  for (let seed = 62_000; seed < 62_010; seed++) {
    const input = instance(seed, { queries: 300 });
    const result = planConfiguration(input, { search: 'exact', explain: true });
    if (!result.feasible) continue;
    for (const { reason, sloAttainment } of result.moves) {
      const isSimulated = !/capacity bound|inventory/.test(reason);
      expect([reason, sloAttainment !== undefined]).toEqual([reason, isSimulated]);
      if (sloAttainment === undefined) continue;
      attained++;
      expect(sloAttainment).toBeLessThan(input.slo.percentile / 100);
    }
  }
  expect(attained).toBeGreaterThan(3);
});
