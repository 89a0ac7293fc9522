import { expect, it } from 'vitest';
import { formatSimulation, simulationJson } from '../../src/report/simulation-report.js';
import { simulationResultOf, stageSummaryOf, timesOf } from '../helpers/results.js';

const PLAIN = { terminal: false, color: false };

it('prints one configuration on one trace', async () => {
  await expect(formatSimulation(simulationResultOf(), PLAIN)).toMatchFileSnapshot('../golden/report/simulation.txt');
});

it('names the overloaded stage and by how much', () => {
  const stages = [stageSummaryOf({ offeredLoadRatio: 1 }), stageSummaryOf({ stage: 'detect', offeredLoadRatio: 1.37 })];
  const overloads = formatSimulation(simulationResultOf({ stages }), PLAIN)
    .split('\n')
    .filter((line) => line.includes('overloaded'));
  expect(overloads).toEqual(['stage detect is overloaded: offered load is 1.37 x its capacity']);
});

it('says that an objective is missed', () => {
  const slo = {
    latencyMs: 150,
    percentile: 99.9,
    percentileLatencyMs: 231.007,
    sloAttainment: 0.9989,
    misses: 132,
    allowedMisses: 120,
    holds: false,
  };
  expect(formatSimulation(simulationResultOf({ slo }), { ...PLAIN, columns: 100 })).toContain(
    'SLO p99.9 <= 150ms: not met at 231.007ms, attainment 99.89 % (132 late, 120 allowed)',
  );
});

it('says nothing of an objective that was not given', () => {
  const { slo: _, ...result } = simulationResultOf();
  expect(formatSimulation(result, PLAIN)).not.toContain('SLO');
  expect(JSON.parse(simulationJson(result))).not.toHaveProperty('slo');
});

it('writes versioned JSON with units in its keys', () => {
  const json = JSON.parse(simulationJson(simulationResultOf(), { seed: 7, serviceModel: 'p99' }));
  expect(json).toMatchObject({
    version: 1,
    queries: 120_000,
    mean_rate_qps: 200.25,
    latency: { p50_ms: 75.5, p999_ms: 231.007, max_ms: 402.1 },
    slo: { latency_ms: 200, slo_attainment: 0.99425, allowed_misses: 1200 },
    cost_usd_per_million_queries: 1.5123,
    stages: [{ stage: 'prepare' }, { max_batch_size: 8, offered_load_ratio: 0.625, queueing_delay: { p99_ms: 61.5 } }],
    provenance: { seed: 7, service_model: 'p99' },
  });
});

it('prints a dash for rates and waits of nothing', () => {
  const idle = stageSummaryOf({
    items: 0,
    batches: 0,
    meanBatchSize: 0,
    queueingDelay: timesOf({ p50Ms: 0, p99Ms: 0 }),
  });
  const once = simulationResultOf({ queries: 1, meanRateQps: 0, costUsdPerMillionQueries: 0, stages: [idle] });
  const text = formatSimulation(once, { ...PLAIN, columns: 200 });
  expect(text).toContain('1 queries, mean rate unknown\n');
  expect(text).toContain('Cost $1.0902 per hour, $795.88 per month (730 h)\n');
  expect(text).toMatch(/classify .* 0 +0 +- +71\.5 % +- +- +17\n/);
});

it('fits a narrow terminal', () => {
  for (const columns of [80, 40]) {
    const [, ...tables] = formatSimulation(simulationResultOf(), { terminal: true, color: false, columns }).split(
      '\n\n',
    );
    for (const line of tables.join('\n').split('\n')) expect(line.length).toBeLessThanOrEqual(columns);
  }
});
