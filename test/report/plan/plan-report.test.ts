import { expect, it } from 'vitest';
import { formatPlanResult, planJson } from '../../../src/report/plan/plan-report.js';
import { feasiblePlanOf, infeasiblePlanOf } from '../../helpers/results.js';

const SLO = { latencyMs: 200, percentile: 99 };
const PLAIN = { terminal: false, color: false, explain: false };

it('prints a plan', async () => {
  await expect(formatPlanResult(feasiblePlanOf(), SLO, PLAIN)).toMatchFileSnapshot('../../golden/report/plan.txt');
});

it('prints a plan on a terminal', async () => {
  const text = formatPlanResult(feasiblePlanOf(), SLO, { ...PLAIN, terminal: true });
  await expect(text).toMatchFileSnapshot('../../golden/report/plan-terminal.txt');
});

it('explains every move', async () => {
  const text = formatPlanResult(feasiblePlanOf(), SLO, { ...PLAIN, explain: true });
  await expect(text).toMatchFileSnapshot('../../golden/report/plan-explained.txt');
});

it('prints why there is no plan', async () => {
  const text = formatPlanResult(infeasiblePlanOf(), { latencyMs: 1, percentile: 99 }, PLAIN);
  await expect(text).toMatchFileSnapshot('../../golden/report/infeasible.txt');
});

it('says when no SLO could be met', () => {
  const { smallestSloMs: _, ...result } = infeasiblePlanOf();
  expect(formatPlanResult(result, SLO, PLAIN)).toContain('No SLO at this percentile can be met on this trace');
});

it('compares each yardstick with the plan: 2.1805 / 1.09025 = 2', () => {
  const lines = formatPlanResult(feasiblePlanOf(), SLO, PLAIN).split('\n');
  expect(lines.find((line) => /^t4 /.test(line))).toMatch(/^t4 +1 +2\.1805 +2\.00$/);
});

it('writes versioned JSON with every move, and leaves names of hardware as they are', () => {
  expect(JSON.parse(planJson(feasiblePlanOf(), SLO))).toMatchObject({
    version: 1,
    feasible: true,
    slo: { latency_ms: 200 },
    plan: { stages: [{}, { tail_share: 0.952, throughput_qps: 320 }], provenance: { inventory: { bigT4: 4 } } },
    moves: [{}, { to: { max_batch_size: 8 }, cost_usd_per_hour: 1.09025 }, {}],
    yardsticks: [{ hardware: 'cpu-1' }, { cost_usd_per_hour: 2.1805 }],
  });
  expect(JSON.parse(planJson(infeasiblePlanOf(), SLO))).toMatchObject({
    version: 1,
    feasible: false,
    binding_stage: 'classify',
    smallest_slo_ms: 37.216,
    best_configuration: [{ hardware: 'cpu-1' }, { replicas: 12 }],
  });
});
