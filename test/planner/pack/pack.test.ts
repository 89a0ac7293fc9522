/** Whole instances: packings against trying everything, plans against every configuration. */
import { beforeAll, describe, expect, it } from 'vitest';
import { configurationsByCost } from '../../../bench/small-instances.js';
import type { Hardware, InstanceType } from '../../../src/model/hardware.js';
import { leastPrices, packModel } from '../../../src/model/pack-model.js';
import { allowedMisses } from '../../../src/model/slo.js';
import { packingOf, replicasByKind } from '../../../src/planner/pack/pack-plan.js';
import { loadPackSolver, PackSolver } from '../../../src/planner/pack/pack-solver.js';
import { planConfiguration } from '../../../src/planner/plan-configuration.js';
import { randomStream } from '../../../src/random.js';
import { microUsd } from '../../../src/units.js';
import { PlainPacking, packingProblems } from '../../../src/verifier/plain-packing.js';
import { verifyPlan } from '../../../src/verifier/verify-plan.js';
import { hardwareOf } from '../../helpers/builders.js';
import { instance, simulated } from '../instances.js';

const BOX: InstanceType = { name: 'box', costUsdPerHour: 8, resources: { gpu: 8, vcpu: 16 } };
const SMALL: InstanceType = { name: 'small', costUsdPerHour: 0.5, resources: { vcpu: 4 } };
const GPU = hardwareOf({ name: 'gpu', costUsdPerHour: 1, takes: { gpu: 1, vcpu: 1 } });
const CPU = hardwareOf({ name: 'cpu', costUsdPerHour: 0.125, takes: { vcpu: 1 } });
const WIDE = hardwareOf({ name: 'wide', costUsdPerHour: 0.375, takes: { vcpu: 3 } });

async function solverOf(hardware: readonly Hardware[], listed: readonly InstanceType[] = []): Promise<PackSolver> {
  return loadPackSolver(packModel(hardware, listed));
}

describe('a packing worked by hand', () => {
  // A GPU replica needs a box at $8. What is left of it, 8 - 1 GPUs and 16 - 1 vCPU, hosts others for nothing.
  it.each([
    ['nothing', {}, 0],
    ['one GPU: a whole box', { gpu: 1 }, 8],
    ['eight GPUs: one box', { gpu: 8 }, 8],
    ['nine GPUs: two boxes', { gpu: 9 }, 16],
    ['four CPUs: a small one', { cpu: 4 }, 0.5],
    ['five CPUs: two small ones', { cpu: 5 }, 1],
    ['CPUs beside a GPU: 15 vCPU are left', { gpu: 1, cpu: 15 }, 8],
    ['one CPU too many: a small one beside the box', { gpu: 1, cpu: 16 }, 8.5],
    ['three vCPU do not fit twice into four', { wide: 2 }, 1],
    ['what is left beside a wide one hosts a CPU', { wide: 2, cpu: 2 }, 1],
    ['... and no more', { wide: 2, cpu: 3 }, 1.5],
    ['64 CPUs: 16 small ones cost as much as a box that hosts 16', { cpu: 64 }, 8],
    ['five wide ones beside a GPU take all 15 vCPU', { gpu: 1, wide: 5 }, 8],
    ['five wide ones and a CPU beside a GPU', { gpu: 1, wide: 5, cpu: 1 }, 8.5],
  ])('%s', async (_, replicas, usd) => {
    const solver = await solverOf([GPU, CPU, WIDE], [BOX, SMALL]);
    const counts = new Map(Object.entries(replicas));
    expect(solver.costMicroUsd(counts)).toBe(microUsd(usd));
    expect(new PlainPacking(solver.model).leastCost(counts)).toBe(microUsd(usd));
  });

  it('by shares: four quarters, two halves, an eighth of a box each', async () => {
    const solver = await solverOf([
      hardwareOf({ name: 'quarter', costUsdPerHour: 0.25, instance: 'm', share: 0.25 }),
      hardwareOf({ name: 'half', costUsdPerHour: 0.5, instance: 'm', share: 0.5 }),
      hardwareOf({ name: 'eighth', costUsdPerHour: 1, instance: 'g', share: 0.125 }),
      hardwareOf({ name: 'alone', costUsdPerHour: 3 }),
    ]);
    expect(
      solver.costMicroUsd(
        new Map([
          ['quarter', 2],
          ['half', 1],
        ]),
      ),
    ).toBe(microUsd(1));
    expect(
      solver.costMicroUsd(
        new Map([
          ['quarter', 3],
          ['half', 1],
        ]),
      ),
    ).toBe(microUsd(2));
    expect(
      solver.costMicroUsd(
        new Map([
          ['eighth', 1],
          ['alone', 2],
        ]),
      ),
    ).toBe(microUsd(14));
  });
});

it.each([
  [
    'kinds that disagree on the price of their instance',
    [
      hardwareOf({ name: 'a', costUsdPerHour: 0.5, instance: 'm', share: 0.5 }),
      hardwareOf({ name: 'b', costUsdPerHour: 0.5, instance: 'm', share: 0.25 }),
    ],
    [],
    'hardware b: price_usd_per_hour / share = 2 for m, must be 1 as of others on it',
  ],
  [
    'a kind that fits nowhere',
    [hardwareOf({ name: 'a', takes: { vcpu: 5 } })],
    [SMALL],
    'hardware a: fits no instance',
  ],
  ['a kind that takes what there is not', [hardwareOf({ name: 'a', takes: { tpu: 1 } })], [SMALL], 'fits no instance'],
])('refuses %s', (_, hardware, listed, problem) => {
  expect(() => packModel(hardware, listed)).toThrow(problem);
});

/** Random kinds and instances: shares, amounts that divide nothing, boxes that hold several kinds. */
function drawModel(seed: number) {
  const random = randomStream(seed, 'pack');
  const between = (low: number, high: number) => low + Math.floor(random() * (high - low + 1));
  const listed = Array.from({ length: between(1, 3) }, (_, i) => ({
    name: `i${i}`,
    costUsdPerHour: between(1, 40) / 10,
    resources: { vcpu: between(4, 9), ...(i > 0 ? { gpu: between(1, 4) } : {}) },
  }));
  const takes = () => ({ vcpu: between(1, 4), ...(listed.length > 1 && random() < 0.4 ? { gpu: 1 } : {}) });
  const kinds = Array.from({ length: between(1, 3) }, (_, k) => hardwareOf({ name: `k${k}`, takes: takes() }));
  const shared = [0.3, 0.45].map((share, s) => {
    return hardwareOf({ name: `s${s}`, instance: 'shared', share, costUsdPerHour: Math.round(share * 2e6) / 1e6 });
  });
  const hardware = [...kinds, ...shared];
  const counts = new Map(hardware.map(({ name }) => [name, between(0, 5)]));
  return { model: packModel(hardware, listed), counts };
}

describe('laws', { tags: ['slow'] }, () => {
  let highs: PackSolver;
  beforeAll(async () => {
    highs = await solverOf([CPU], [SMALL]);
  });

  it('law: the packing is the cheapest there is, hosts all, and no kind is priced above it', () => {
    let programs = 0;
    for (let seed = 0; seed < 60; seed++) {
      const { model, counts } = drawModel(seed);
      const solver = new PackSolver(model, {
        solve: (...args) => {
          programs++;
          return highs.highs.solve(...args);
        },
      });
      const least = new PlainPacking(model).leastCost(counts);
      expect([seed, solver.costMicroUsd(counts)]).toEqual([seed, least]);
      const prices = leastPrices(model);
      const worth = [...counts].reduce((sum, [kind, n]) => sum + n * prices.get(kind)!, 0);
      expect(worth).toBeLessThanOrEqual(least);
      expect(Math.min(...prices.values())).toBeGreaterThan(0);
      const configuration = [...counts].map(([hardware, replicas]) => {
        return { stage: hardware, hardware, maxBatchSize: 1, replicas };
      });
      const packing = packingOf(configuration, solver.solve(counts));
      expect([seed, packingProblems(model, configuration, packing)]).toEqual([seed, []]);
    }
    expect(programs).toBeGreaterThan(5);
  });

  it('law: the plan is the one whose instances cost least of all that hold, and is verified', () => {
    let dearer = 0;
    for (let seed = 51_000; seed < 51_016; seed++) {
      const drawn = instance(seed, { stageCount: ((seed % 2) + 1) as 1 | 2, queries: 200 });
      const hardware = drawn.hardware.map((kind, k) => ({
        ...kind,
        instance: 'm',
        ...(k === 0 ? { takes: { gpu: 1, vcpu: 1 } } : { takes: { vcpu: k + 1 } }),
      }));
      const listed = [
        { name: 'box', costUsdPerHour: 5, resources: { gpu: 2, vcpu: 4 } },
        { name: 'small', costUsdPerHour: 1, resources: { vcpu: 3 } },
      ];
      const input = { ...drawn, hardware };
      const model = packModel(hardware, listed);
      const plain = new PlainPacking(model);
      const result = planConfiguration(input, { search: 'exact', packing: new PackSolver(model, highs.highs) });
      let least = Number.POSITIVE_INFINITY;
      for (const { configuration } of configurationsByCost(input)) {
        const cost = plain.leastCost(replicasByKind(configuration));
        if (cost < least && simulated(input, configuration).holds) least = cost;
      }
      if (!result.feasible) {
        expect([seed, least]).toEqual([seed, Number.POSITIVE_INFINITY]);
        continue;
      }
      const { plan } = result;
      expect([seed, microUsd(plan.packing!.costUsdPerHour), plan.certificate!.isProved]).toEqual([seed, least, true]);
      expect(plan.certificate!.misses).toBeLessThanOrEqual(allowedMisses(200, input.slo.percentile));
      const alone = planConfiguration(input, { search: 'exact' });
      if (alone.feasible && plain.leastCost(replicasByKind(alone.plan.stages)) > least) dearer++;
      const steps = verifyPlan({ ...input, plan, packing: model });
      let step = steps.next();
      while (!step.done) step = steps.next();
      expect([seed, step.value.findings.filter(({ ok }) => !ok)]).toEqual([seed, []]);
    }
    expect(dearer).toBeGreaterThan(0);
  });
});
