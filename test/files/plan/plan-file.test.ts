import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { formatPlan, readPlanFile } from '../../../src/files/plan/plan-file.js';
import type { Plan } from '../../../src/model/plan/plan.js';
import { randomStream } from '../../../src/random.js';
import { temporaryFolder } from '../../helpers/folder.js';

const folder = temporaryFolder();

const PLAN: Plan = {
  version: 1,
  pipeline: 'video-monitoring',
  slo: { latencyMs: 200, percentile: 99 },
  serviceModel: 'mean',
  stages: [
    {
      stage: 'detect',
      hardware: 't4',
      maxBatchSize: 8,
      replicas: 3,
      costUsdPerHour: 1.578,
      scaleFactor: 1,
      throughputQps: 120.5,
      provisioningRatio: 0.553,
      utilisation: 0.497,
      meanBatchSize: 1.62,
      queueingDelayP99Ms: 41.25,
      tailShare: 0.75,
    },
    {
      stage: 'classify',
      hardware: 'cpu-1',
      maxBatchSize: 1,
      replicas: 12,
      costUsdPerHour: 0.459,
      scaleFactor: 0.8,
      throughputQps: 20,
      provisioningRatio: 0.667,
      utilisation: 0.6,
      meanBatchSize: 1,
      queueingDelayP99Ms: 12,
      tailShare: 0.25,
    },
  ],
  costUsdPerHour: 2.037,
  costUsdPerMillionQueries: 2.829,
  predicted: {
    queries: 120000,
    meanRateQps: 200,
    sloAttainment: 0.9931,
    meanMs: 61.2,
    p50Ms: 55,
    p90Ms: 98.1,
    p95Ms: 120,
    p99Ms: 187.3,
    p999Ms: 240,
    maxMs: 301.007,
  },
  envelope: [
    { windowMs: 66.3, queries: 38, rateQps: 573.2 },
    { windowMs: 60000, queries: 13100, rateQps: 218.3 },
  ],
  provenance: {
    tool: 'infer-plan 0.1.0',
    seed: 1,
    search: 'greedy',
    maxReplicas: 64,
    inventory: { t4: 8 },
    inputs: [{ role: 'pipeline', path: 'pipeline.yaml', sha256: 'a'.repeat(64) }],
  },
};

describe('formatPlan', () => {
  it('writes what a person can read a month later', () => {
    expect(formatPlan(PLAN)).toMatchInlineSnapshot(`
      "# A plan by infer-plan: the cheapest configuration found for a pipeline, a trace and an objective.
      # Units stand in the keys: _ms milliseconds, _qps per second, _usd dollars. Ratios, shares, utilisation and attainment are fractions of 1.
      version: 1
      pipeline: video-monitoring

      # The objective: at least \`percentile\` per cent of the queries end within latency_ms.
      slo:
        latency_ms: 200
        percentile: 99

      # Which number of a profile row stands for the service time.
      service_model: mean

      # What to run (hardware, max_batch_size, replicas), and for each stage the evidence from the planning trace.
      stages:
        - stage: detect
          hardware: t4
          max_batch_size: 8
          replicas: 3
          cost_usd_per_hour: 1.578
          scale_factor: 1
          throughput_qps: 120.5
          provisioning_ratio: 0.553
          utilisation: 0.497
          mean_batch_size: 1.62
          queueing_delay_p99_ms: 41.25
          tail_share: 0.75
        - stage: classify
          hardware: cpu-1
          max_batch_size: 1
          replicas: 12
          cost_usd_per_hour: 0.459
          scale_factor: 0.8
          throughput_qps: 20
          provisioning_ratio: 0.667
          utilisation: 0.6
          mean_batch_size: 1
          queueing_delay_p99_ms: 12
          tail_share: 0.25

      # Price of all replicas together.
      cost_usd_per_hour: 2.037
      cost_usd_per_million_queries: 2.829

      # Latencies that the estimator predicts for the planning trace.
      predicted:
        queries: 120000
        mean_rate_qps: 200
        slo_attainment: 0.9931
        mean_ms: 61.2
        p50_ms: 55
        p90_ms: 98.1
        p95_ms: 120
        p99_ms: 187.3
        p999_ms: 240
        max_ms: 301.007

      # Most arrivals in any window of each width of the planning trace: traffic above it is not planned for.
      envelope:
        - { window_ms: 66.3, queries: 38, rate_qps: 573.2 }
        - { window_ms: 60000, queries: 13100, rate_qps: 218.3 }

      # What the plan was made from. The same inputs, seed and options give the same plan.
      provenance:
        tool: infer-plan 0.1.0
        seed: 1
        search: greedy
        max_replicas: 64
        inventory:
          t4: 8
        inputs:
          - role: pipeline
            path: pipeline.yaml
            sha256: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
      "
    `);
  });

  it('writes the same bytes whatever the order of the keys in hand', () => {
    const reversed = Object.fromEntries(Object.entries(PLAN).reverse()) as unknown as Plan;
    expect(formatPlan(reversed)).toBe(formatPlan(PLAN));
  });
});

describe('readPlanFile', () => {
  it('gives back the plan that was written', () => {
    expect(readPlanFile(folder.write('plan.yaml', formatPlan(PLAN)))).toEqual(PLAN);
  });

  it('gives back any plan, to the last digit and the oddest text', () => {
    const next = randomStream(3, 'plans');
    const count = () => 1 + Math.floor(next() * 1000);
    const texts = [
      'yes',
      'null',
      '12',
      '# x',
      'a: b',
      "it's",
      '"q"',
      '-',
      '{',
      'ü',
      '0x1f',
      '2026-07-20',
      '!tag',
      '&a',
      '*a',
    ];
    for (let round = 0; round < 50; round++) {
      const text = () => texts[Math.floor(next() * texts.length)]!;
      const { maxReplicas: _, inventory: __, ...provenance } = PLAN.provenance;
      const plan: Plan = {
        ...PLAN,
        pipeline: text(),
        slo: { latencyMs: next() * 1000 + 0.001, percentile: count() / 10 },
        stages: PLAN.stages.map((stage) => ({
          ...stage,
          hardware: ['1', '1e3', 'null', 'true', 'a.b'][round % 5]!,
          replicas: count(),
          throughputQps: next() * 10 ** (count() % 40),
          tailShare: next() / 10 ** (count() % 10),
        })),
        costUsdPerHour: next() * 1e-7,
        envelope: round % 2 === 0 ? [] : [{ windowMs: next(), queries: count(), rateQps: next() * 1e21 }],
        provenance: {
          ...provenance,
          ...(round % 3 === 0 ? { inventory: {} } : { inventory: { t4: count(), 'a b': count(), '0': 0 } }),
          inputs: [{ role: 'trace', path: ` ../${text()}\n`, sha256: '0'.repeat(64) }],
        },
      };
      expect(readPlanFile(folder.write('plan.yaml', formatPlan(plan)))).toEqual(plan);
    }
  });

  const REMAKE = 'Make the plan anew: infer-plan plan';

  it.each<readonly [string, string, string, readonly string[]]>([
    ['another version', 'version: 1', 'version: 2', ['plan.yaml:3: version = 2, must be 1']],
    ['no version', 'version: 1\n', '', ['plan.yaml: version is missing']],
    [
      'part of a replica',
      'replicas: 3',
      'replicas: 2.5',
      ['plan.yaml:19: stages[0].replicas = 2.5, must be an integer between 1 and 1000000'],
    ],
    [
      'a stage that is given twice',
      'stage: classify',
      'stage: detect',
      ['plan.yaml:28: stages[1].stage = detect, must be given once'],
    ],
    [
      'a fraction above 1',
      'slo_attainment: 0.9931',
      'slo_attainment: 99.31',
      ['plan.yaml:49: predicted.slo_attainment = 99.31, must be between 0 and 1'],
    ],
    [
      'two problems',
      'hardware: t4',
      'hardwear: t4',
      [
        'plan.yaml:17: stages[0].hardwear is not a known key (did you mean hardware?)',
        'plan.yaml:16: stages[0].hardware is missing',
      ],
    ],
    [
      'a fingerprint cut short',
      'a'.repeat(64),
      'aa',
      ['plan.yaml:74: provenance.inputs[0].sha256 = aa, must be 64 hexadecimal digits'],
    ],
  ])('refuses %s', (_name, from, to, problems) => {
    const text = formatPlan(PLAN);
    expect(text).toContain(from);
    const path = folder.write('plan.yaml', text.replace(from, to));
    expect(folder.refusalOf(() => readPlanFile(path))).toMatchObject({ problems, hint: REMAKE });
  });

  it('refuses a file that is not there', () => {
    const read = () => readPlanFile(join(folder.path, 'plans.yaml'));
    expect(folder.refusalOf(read)).toMatchObject({
      problems: ['plans.yaml: no such file'],
      hint: 'Did you mean plan.yaml?',
    });
  });
});
