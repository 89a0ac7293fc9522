/** What was not measured is a dash or null, never 0. */
import { describe, expect, it } from 'vitest';
import { meanStages, type StageFigures } from '../../src/fidelity/latency-figures.js';
import { LoadTally } from '../../src/load/load-tally.js';
import { fidelityJson, formatFidelity } from '../../src/report/fidelity-report.js';
import { formatLoad, loadJson } from '../../src/report/load-report.js';
import { formatProfiling, profilingJson, routingYaml } from '../../src/report/profiling-report.js';
import { fidelityResult } from '../helpers/fidelity-result.js';
import { profilingResultOf } from '../helpers/profiling-result.js';

const PLAIN = { terminal: false, color: false };

describe('load', () => {
  /** Two queries, 50 ms apart; all are sent and fail, or none is even sent. */
  function failedLoad({ isSent }: { isSent: boolean }) {
    const tally = new LoadTally({ latencyMs: 50, percentile: 99 });
    for (const arrivalUs of [0, 50_000]) {
      tally.schedule(arrivalUs);
      if (isSent) tally.send(100, 1);
      tally.end(isSent ? 'errorAnswers' : 'notSent', arrivalUs, arrivalUs + 1_000);
    }
    const second = tally.closeSecond(0);
    return { second, result: tally.result({ interrupted: false }) };
  }

  it('that nobody answered has no latency', () => {
    const { second, result } = failedLoad({ isSent: true });
    expect(Object.values(result.latency)).toEqual(Array(7).fill(null));
    expect(second).toMatchObject({ p50Ms: null, p99Ms: null, sendLagP99Ms: 0.1 });
    const { latency, seconds, mean_rate_qps } = JSON.parse(loadJson(result));
    expect(latency).toMatchObject({ mean_ms: null, p50_ms: null, max_ms: null });
    expect(seconds[0]).toMatchObject({ p50_ms: null, p99_ms: null });
    // Two queries 50 ms apart.
    expect(mean_rate_qps).toBe(20);
    expect(formatLoad(result, PLAIN)).toMatch(/^latency of the answered \(ms\)( +-){7}$/m);
  });

  it('that sent nothing was not late', () => {
    const { second, result } = failedLoad({ isSent: false });
    expect(second.sendLagP99Ms).toBeNull();
    expect(Object.values(result.sendLag)).toEqual(Array(7).fill(null));
  });
});

describe('validate', () => {
  const none = { meanBatchSize: null, meanServiceMs: null, queueingDelayP50Ms: null, queueingDelayP99Ms: null };

  it('shows no batch figures of a stage that ran none, and no costs that were not measured', () => {
    const { comparison, ...rest } = fidelityResult();
    const [stage] = comparison.stages;
    const idle: StageFigures = { ...stage!.measured, items: 0, utilisation: 0, ...none };
    const result = {
      ...rest,
      costs: { ingressMs: [], egressMs: [], handOverMs: [] },
      comparison: { ...comparison, stages: [{ ...stage!, measured: idle, serviceErrorRatio: null }] },
    };
    const json = JSON.parse(fidelityJson(result));
    expect(json.stages[0].measured).toMatchObject({ mean_batch_size: null, mean_service_ms: null, utilisation: 0 });
    expect(json.costs.ingress).toEqual({ samples: 0, mean_ms: null, p50_ms: null, p95_ms: null, p99_ms: null });
    expect(formatFidelity(result, PLAIN)).toContain('Costs of serving: not measured\n');
  });

  it('means over runs leave out those in which the stage ran nothing', () => {
    const { measured } = fidelityResult().comparison.stages[0]!;
    const runs = [
      { ...measured, meanServiceMs: 10 },
      { ...measured, ...none },
      { ...measured, meanServiceMs: 14 },
    ];
    expect(meanStages(runs.map((stage) => [stage]))[0]!.meanServiceMs).toBe(12);
    expect(meanStages([[{ ...measured, ...none }]])[0]!.meanServiceMs).toBeNull();
  });
});

it('profile shows no probability of an edge that no sample query could take', () => {
  const result = profilingResultOf();
  const unvisited = { from: 'detect', visits: 0, taken: 0, probability: 0, fanOut: 1 };
  const visited = { from: 'prepare', visits: 8, taken: 4, probability: 0.5, fanOut: 1 };
  const routing = {
    queries: 8,
    stages: [{ stage: 'read', scaleFactor: 0.5, edges: [unvisited, visited] }],
    brokenGroups: [],
  };
  const [stage] = JSON.parse(profilingJson({ ...result, routing })).routing.stages;
  expect(stage.edges[0]).toMatchObject({ visits: 0, probability: null, fan_out: null });
  expect(routingYaml(routing.stages)).toContain('- { from: detect } # visited by no sample query\n');
  const nothing = { ...routing, queries: 0, stages: [{ ...routing.stages[0]!, scaleFactor: 0 }] };
  expect(JSON.parse(profilingJson({ ...result, routing: nothing })).routing.stages[0].scale_factor).toBeNull();
  expect(formatProfiling({ ...result, routing: nothing }, PLAIN)).toMatch(/^read +- /m);
});
