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
  const { bestConfiguration: __, sloAttainment: ___, ...nothing } = result;
  expect(formatPlanResult(nothing, SLO, PLAIN)).toContain('No SLO can be met within the limits');
  const onTrace = formatPlanResult({ ...result, sloOnTraceMs: 30, sloLowerBoundMs: 20 }, SLO, PLAIN);
  expect(onTrace).toContain('On the trace alone 30ms\n  can be met, none below 20ms can');
});

it('says how far below the smallest SLO found the smallest may lie, when the search was cut short', () => {
  const text = formatPlanResult(infeasiblePlanOf({ sloLowerBoundMs: 20.5 }), SLO, PLAIN);
  expect(text).toContain('Smallest SLO found that could be met: 37.216ms, none below 20.5ms can');
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
