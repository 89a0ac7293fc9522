/** What `export` writes is taken by the real systems, `tune`'s targets scale it, and `init --from` reads it back from them. */
import { expect, it, vi } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { kubernetesApi } from '../../src/backends/kubernetes/kubernetes-api.js';
import { parseResource } from '../../src/backends/kubernetes/kubernetes-resource.js';
import { kubernetesTarget } from '../../src/backends/kubernetes/kubernetes-target.js';
import { rayServeTarget } from '../../src/backends/ray-serve/ray-serve-target.js';
import { tritonTarget } from '../../src/backends/triton/triton-target.js';
import type { ExportAnswers, ExportInput } from '../../src/export/export-input.js';
import { type ExportTarget, exportPlan } from '../../src/export/export-plan.js';
import { exportText } from '../../src/files/export/export-text.js';
import { kserveIntake } from '../../src/files/intake/kserve.js';
import { rayServeIntake } from '../../src/files/intake/ray-serve.js';
import { readIntake } from '../../src/files/starter/read-intake.js';
import type { Plan, PlannedStage } from '../../src/model/plan/plan.js';
import { fileOfModule, forget, startApiServer } from './servers/api-server.js';
import { INFERENCE_SERVICE, playControllers, RAY_SERVICE } from './servers/cluster-objects.js';
import { serveBuild, startRayServe } from './servers/ray.js';
import { startTriton } from './servers/triton.js';

const KSERVE = 'github.com/kserve/kserve@v0.15.2';
const KUBERAY = 'github.com/ray-project/kuberay/ray-operator@v1.4.2';

/** A chain on CPUs, whose replicas and batches differ; the names are those of the stub application of Ray. */
function exported(to: ExportTarget, answers: Partial<ExportAnswers>): { path: string; text: string }[] {
  const stages = [
    { stage: 'Detect', hardware: 'small', maxBatchSize: 4, replicas: 2, scaleFactor: 1 },
    { stage: 'Read', hardware: 'small', maxBatchSize: 1, replicas: 3, scaleFactor: 1 },
  ] as PlannedStage[];
  const plan = {
    pipeline: 'ocr',
    slo: { latencyMs: 150, percentile: 99 },
    stages,
    predicted: { meanRateQps: 60 },
    provenance: {},
  } as unknown as Plan;
  const input: ExportInput = {
    plan,
    pipeline: {
      name: 'ocr',
      stages: [
        {
          name: 'Detect',
          kind: 'model',
          model: 'detect',
          parents: [{ from: 'query', probability: 1, fanOut: 1 }],
          batchTimeoutMs: 2,
        },
        { name: 'Read', kind: 'model', model: 'read', parents: [{ from: 'Detect', probability: 1, fanOut: 1 }] },
      ],
    },
    hardware: [
      {
        name: 'small',
        kind: 'cpu',
        costUsdPerHour: 0.1,
        instance: 'c6a.large',
        takes: { vcpu: 0.01 },
        activationDelayMs: 1000,
      },
    ],
    answers: { port: 8080, ...answers },
  };
  return exportPlan(to, input).files.map((file) => ({ path: file.path, text: exportText(file) }));
}

/** Paths of the kinds whose definitions are installed. */
const PATHS: Readonly<Record<string, string>> = {
  InferenceService: INFERENCE_SERVICE.path,
  InferenceGraph: '/apis/serving.kserve.io/v1alpha1/namespaces/default/inferencegraphs',
  ScaledObject: '/apis/keda.sh/v1alpha1/namespaces/default/scaledobjects',
  RayService: RAY_SERVICE.path,
};

it('an API server takes what is written for KServe, KEDA and KubeRay, and tune scales it', async () => {
  const server = await startApiServer();
  const controllers = playControllers(() => server, [INFERENCE_SERVICE]);
  try {
    const keda = await fileOfModule(KSERVE, 'test/crds/keda.yaml');
    await server.install([
      await fileOfModule(KSERVE, 'config/crd/full/serving.kserve.io_inferenceservices.yaml'),
      await fileOfModule(KSERVE, 'config/crd/full/serving.kserve.io_inferencegraphs.yaml'),
      keda.split(/^---$/m).find((part) => part.includes('name: scaledobjects.keda.sh'))!,
      await fileOfModule(KUBERAY, 'config/crd/bases/ray.io_rayservices.yaml'),
    ]);
    const images = { '': 'registry.example/ocr:1' };
    const files = [
      ...exported('kserve', { images }),
      ...exported('keda', { images, prometheus: 'http://prometheus:9090', selector: 'requests_total' }),
      ...exported('ray-serve', { images, importPath: 'ocr:app' }).filter(({ path }) => path === 'rayservice.yaml'),
    ];
    const objects = files.flatMap(({ text }) => parseAllDocuments(text).map((document) => document.toJS()));
    const taken: string[] = [];
    for (const object of objects) {
      const path = PATHS[object.kind];
      if (path === undefined) continue; // Deployments and their kin are no resources of this server
      const strict = 'fieldValidation=Strict';
      await server.send('POST', `${path}?dryRun=All&${strict}`, object);
      await server.send('POST', `${path}?${strict}`, object);
      taken.push(`${object.kind} ${object.metadata.name}`);
    }
    expect(taken).toEqual([
      'InferenceService detect',
      'InferenceService read',
      'InferenceGraph ocr',
      'ScaledObject detect',
      'ScaledObject read',
      'RayService ocr',
    ]);
    const graph = await server.send('GET', `${PATHS.InferenceGraph}/ocr`);
    const { name, stages } = kserveIntake(graph, 'the API server');
    expect([name, stages.map(({ stage }) => [stage.name, stage.parents[0]!.from])]).toEqual([
      'ocr',
      [
        ['detect', 'query'],
        ['read', 'detect'],
      ],
    ]);
    const { namespace, http } = await kubernetesApi({ kubeconfig: server.kubeconfig });
    const resources = { Read: parseResource('inferenceservices.v1beta1.serving.kserve.io/read', 'Read') };
    const target = kubernetesTarget({ url: server.url, namespace, stages: ['Read'], resources, http });
    await vi.waitFor(async () => expect((await target.readReplicas())[0]?.ready).toBe(3), { timeout: 20_000 });
    await target.setReplicas({ stage: 'Read', replicas: 5 });
    expect(await target.readReplicas()).toMatchObject([{ stage: 'Read', wanted: 5, ready: 5 }]);
    await target.close();
  } finally {
    await controllers.stop();
    await server.stop();
    forget(server);
  }
});

/** Its tensors are those of the models: `x` and `y`. */
const ENSEMBLE = `name: "ocr"
platform: "ensemble"
max_batch_size: 1
ensemble_scheduling {
  step [
    { model_name: "Detect" model_version: -1 input_map { key: "x" value: "x" } output_map { key: "y" value: "boxes" } },
    { model_name: "Read" model_version: -1 input_map { key: "x" value: "boxes" } output_map { key: "y" value: "y" } }
  ]
}
`;

/** An ensemble may be a step of another. */
const OUTER = `name: "shop"
platform: "ensemble"
max_batch_size: 1
ensemble_scheduling {
  step [ { model_name: "ocr" model_version: -1 input_map { key: "x" value: "x" } output_map { key: "y" value: "y" } } ]
}
`;

it('Triton loads the configurations, with the planned instances, batches and wait', async () => {
  const files = exported('triton', { tritonBackends: { '': 'python' } });
  const models = files.map(({ path, text }) => ({ name: path.split('/')[1]!, config: text }));
  const server = await startTriton({
    models: [...models, { name: 'ocr', config: ENSEMBLE }, { name: 'shop', config: OUTER }],
  });
  try {
    const configs = await Promise.all(
      models.map(async ({ name }) => (await fetch(`${server.url}/v2/models/${name}/config`)).json()),
    );
    expect(configs).toMatchObject([
      {
        name: 'Detect',
        max_batch_size: 4,
        instance_group: [{ count: 2, kind: 'KIND_CPU' }],
        dynamic_batching: { max_queue_delay_microseconds: 2000 },
      },
      { name: 'Read', max_batch_size: 1, instance_group: [{ count: 3, kind: 'KIND_CPU' }] },
    ]);
    const { name, stages } = readIntake('triton', server.repository, { hardware: 't4', batchSize: 1 });
    expect([name, stages.map(({ stage }) => [stage.name, stage.parents[0]!.from, stage.batchTimeoutMs])]).toEqual([
      'shop',
      [
        ['Detect', 'query', 2],
        ['Read', 'Detect', undefined],
      ],
    ]);
    const target = tritonTarget({ url: server.url, stages: ['Detect', 'Read'] });
    await target.setReplicas({ stage: 'Detect', replicas: 3 });
    expect(await target.readReplicas()).toEqual([
      { stage: 'Detect', wanted: 3, ready: 3 },
      { stage: 'Read', wanted: 3, ready: 3 },
    ]);
    await target.close();
  } finally {
    await server.stop();
  }
});

it('Ray Serve deploys the application with the planned replicas, and its external scaler is ours', async () => {
  const [file] = exported('ray-serve', { importPath: 'ocr:app' });
  const { applications } = parseAllDocuments(file!.text)[0]!.toJS() as { applications: unknown[] };
  const server = await startRayServe();
  try {
    await server.deploy(applications[0]);
    const deployments = { Detect: 'ocr/Detect', Read: 'ocr/Read' };
    const target = rayServeTarget({ url: server.url, stages: ['Detect', 'Read'], deployments });
    await vi.waitFor(
      async () =>
        expect(await target.readReplicas()).toEqual([
          { stage: 'Detect', wanted: 2, ready: 2 },
          { stage: 'Read', wanted: 3, ready: 3 },
        ]),
      { timeout: 120_000, interval: 500 },
    );
    await target.setReplicas({ stage: 'Read', replicas: 2 });
    expect((await target.readReplicas())[1]).toMatchObject({ wanted: 2 });
    await target.close();
  } finally {
    await server.stop();
  }
});

it('what the real `serve build` writes is read, and says that it has no edges', async () => {
  const text = await serveBuild();
  const { stages, notes } = rayServeIntake(parse(text), 'serve.yaml');
  expect(stages.map(({ stage }) => stage.name).sort()).toEqual(['Detect', 'Read']);
  expect(notes[0]).toContain('edges');
});
