/** What each system is told of a plan, against figures worked by hand and texts kept as goldens. */
import { describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { InputError } from '../../src/errors.js';
import type { ExportAnswers, ExportInput } from '../../src/export/export-input.js';
import { EXPORTERS, type ExportTarget, exportPlan } from '../../src/export/export-plan.js';
import { exportText } from '../../src/files/export/export-text.js';
import type { Hardware } from '../../src/model/hardware.js';
import type { ParentEdge, Stage } from '../../src/model/pipeline.js';
import type { Plan, PlannedStage } from '../../src/model/plan/plan.js';

const HARDWARE: readonly Hardware[] = [
  {
    name: 'cpu-1',
    kind: 'cpu',
    costUsdPerHour: 0.04,
    instance: 'c6a.large',
    share: 0.5,
    takes: { vcpu: 1 },
    activationDelayMs: 5000,
  },
  { name: 't4', kind: 'gpu', costUsdPerHour: 0.5, instance: 'g4dn.xlarge', activationDelayMs: 5000 },
  { name: 'part', kind: 'gpu', costUsdPerHour: 0.2, takes: { 'vcpu-b': 0.5, l4: 0.25 }, activationDelayMs: 5000 },
];

const ALWAYS: Omit<ParentEdge, 'from'> = { probability: 1, fanOut: 1 };

function stage(name: string, parents: readonly ParentEdge[], more: Partial<Stage> = {}): Stage {
  return { name, kind: 'model', model: name, parents, ...more };
}

function planned(
  name: string,
  hardware: string,
  [maxBatchSize, replicas]: [number, number],
  scaleFactor = 1,
): PlannedStage {
  return { stage: name, hardware, maxBatchSize, replicas, scaleFactor } as PlannedStage;
}

/** 120 queries/s through a chain of two: 3 replicas carry 40/s each, 2 carry 30/s each since half of the queries go on. */
function chain(answers: Partial<ExportAnswers> = {}): ExportInput {
  const plan = {
    pipeline: 'shop',
    slo: { latencyMs: 150, percentile: 99 },
    stages: [planned('read', 'cpu-1', [1, 3]), planned('Rank_it', 't4', [8, 2], 0.5)],
    predicted: { meanRateQps: 120 },
    provenance: {},
  } as unknown as Plan;
  return {
    plan,
    pipeline: {
      name: 'shop',
      stages: [
        stage('read', [{ from: 'query', ...ALWAYS }]),
        stage('Rank_it', [{ from: 'read', ...ALWAYS }], { batchTimeoutMs: 2.5, minReplicas: 2 }),
      ],
    },
    hardware: HARDWARE,
    answers: { port: 8080, ...answers },
  };
}

const ANSWERS = {
  images: { '': 'registry.example/{stage}:1' },
  importPath: 'shop.app:app',
  prometheus: 'http://prometheus:9090',
  selector: 'requests_total{app="front"}',
} as const;

function objects(to: ExportTarget, input: ExportInput): Record<string, unknown>[] {
  const [file] = exportPlan(to, input).files;
  return parseAllDocuments(exportText(file!)).map((document) => document.toJS() as Record<string, unknown>);
}

describe.each(Object.keys(EXPORTERS) as ExportTarget[])('%s', (to) => {
  it('writes these files', async () => {
    const { files, warnings } = exportPlan(to, chain(ANSWERS));
    const texts = files.map((file) => `==> ${file.path}\n${exportText(file)}`);
    await expect([...texts, ...warnings.map((line) => `note: ${line}`), ''].join('\n')).toMatchFileSnapshot(
      `../golden/export/${to}.txt`,
    );
  });
});

it('Kubernetes: replicas, selectors that agree, and a budget from two replicas on', () => {
  const one = chain(ANSWERS);
  const found = objects('kubernetes', {
    ...one,
    plan: { ...one.plan, stages: [one.plan.stages[0]!, planned('Rank_it', 't4', [8, 1])] },
  });
  const kinds = found.map(({ kind, metadata }) => `${kind} ${(metadata as { name: string }).name}`);
  expect(kinds).toEqual([
    'Deployment read',
    'Service read',
    'PodDisruptionBudget read',
    'Deployment rank-it',
    'Service rank-it',
  ]);
  for (const { kind, spec } of found as { kind: string; spec: Record<string, never> }[]) {
    if (kind !== 'Deployment') continue;
    const { selector, template } = spec as unknown as {
      selector: { matchLabels: object };
      template: { metadata: { labels: object } };
    };
    expect(template.metadata.labels).toMatchObject(selector.matchLabels);
  }
});

it('KEDA: a replica for each 40 and each 30 items a second, never fewer than the floor, at most ten times the plan', () => {
  const scaled = objects('keda', chain(ANSWERS)).filter(({ kind }) => kind === 'ScaledObject');
  expect(scaled.map(({ spec }) => spec)).toMatchObject([
    { minReplicaCount: 1, maxReplicaCount: 30, triggers: [{ metadata: { threshold: '40' } }] },
    {
      minReplicaCount: 2,
      maxReplicaCount: 20,
      triggers: [{ metadata: { threshold: '30', query: 'sum(rate(requests_total{app="front"}[1m])) * 0.5' } }],
    },
  ]);
});

it('rounds a part of a GPU up, and says so', () => {
  const one = chain(ANSWERS);
  const input = { ...one, plan: { ...one.plan, stages: [planned('read', 'part', [1, 1]), one.plan.stages[1]!] } };
  const [deployment] = objects('kubernetes', input);
  expect(JSON.stringify(deployment)).toContain('"limits":{"cpu":"0.5","nvidia.com/gpu":"1"}');
  expect(exportPlan('kubernetes', input).warnings).toContain(
    'read: part takes 0.25 of a GPU, and Kubernetes gives whole ones: it gets 1',
  );
});

it.each([
  [
    'a join',
    [
      { from: 'query', ...ALWAYS },
      { from: 'read', ...ALWAYS },
    ],
    'joins 2 ways',
  ],
  ['a conditional edge', [{ from: 'read', probability: 0.5, fanOut: 1 }], 'visited by some queries only'],
  ['a fan-out', [{ from: 'read', probability: 1, fanOut: 3 }], 'several items of a query'],
])('KServe: %s is named, and no graph is written', (_, parents, reason) => {
  const one = chain(ANSWERS);
  const stages = [one.pipeline.stages[0]!, stage('Rank_it', parents)];
  const input = { ...one, pipeline: { ...one.pipeline, stages } };
  expect(objects('kserve', input).map(({ kind }) => kind)).toEqual(['InferenceService', 'InferenceService']);
  expect(exportPlan('kserve', input).warnings).toContainEqual(expect.stringContaining(reason));
});

it('KubeRay: the text inside the RayService is the configuration of Ray Serve', () => {
  const { files } = exportPlan('ray-serve', chain(ANSWERS));
  const [serve, service] = files.map((file) => exportText(file));
  const { spec } = parseAllDocuments(service!)[0]!.toJS() as { spec: { serveConfigV2: string } };
  expect(spec.serveConfigV2).toBe(serve);
});

it.each([
  ['kubernetes', {}, ['--image is missing for read', '--image is missing for Rank_it']],
  ['kserve', { images: { read: 'x:1' } }, ['--image is missing for Rank_it']],
  ['ray-serve', {}, ['--import-path is missing']],
  ['keda', { images: ANSWERS.images }, ['--prometheus is missing', '--selector is missing']],
] as const)('%s asks for what no plan holds', (to, answers, problems) => {
  const attempt = () => exportPlan(to, chain(answers as Partial<ExportAnswers>));
  expect(attempt).toThrow(InputError);
  for (const problem of problems) expect(attempt).toThrow(problem);
});

it('refuses two stages that get one name', () => {
  const one = chain(ANSWERS);
  const stages = [stage('a.b', [{ from: 'query', ...ALWAYS }]), stage('a_b', [{ from: 'a.b', ...ALWAYS }])];
  const plan = { ...one.plan, stages: [planned('a.b', 't4', [1, 1]), planned('a_b', 't4', [1, 1])] };
  expect(() => exportPlan('kubernetes', { ...one, plan, pipeline: { name: 'x', stages } })).toThrow('both become a-b');
});

it.each(['../../etc/cron.d/x', '/tmp/x', '..', 'two words', 'Ünïcode', '1st', 'x'.repeat(100)])(
  'a pipeline called %s leads out of no folder and into names that Kubernetes takes',
  (pipeline) => {
    const one = chain(ANSWERS);
    for (const to of ['kubernetes', 'kserve', 'keda', 'ray-serve'] as const) {
      const { files } = exportPlan(to, { ...one, plan: { ...one.plan, pipeline } });
      for (const { path } of files) expect(path).toMatch(/^[a-z]([-a-z0-9]{0,61}[a-z0-9])?\.yaml$/);
    }
  },
);

it('KEDA keeps to the fewest and most replicas that the plan was made with', () => {
  const one = chain(ANSWERS);
  const provenance = { ...one.plan.provenance, stageMinReplicas: { Rank_it: 1 }, stageMaxReplicas: { read: 4 } };
  const scaled = objects('keda', { ...one, plan: { ...one.plan, provenance } }).filter(
    ({ kind }) => kind === 'ScaledObject',
  );
  expect(scaled.map(({ spec }) => spec)).toMatchObject([
    { minReplicaCount: 1, maxReplicaCount: 4 },
    { minReplicaCount: 1, maxReplicaCount: 20 },
  ]);
});
