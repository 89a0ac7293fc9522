/**
 * The scaling contract over a real API server: Seldon's Model by its scale subresource, KServe's InferenceService and KubeRay's RayService by their patches, against the
 * resource definitions of KServe 0.15.2 and KubeRay 1.4.2. Their controllers are played.
 */
import { expect, it, vi } from 'vitest';
import { kubernetesApi } from '../../src/backends/kubernetes/kubernetes-api.js';
import { parseResource } from '../../src/backends/kubernetes/kubernetes-resource.js';
import { kubernetesTarget } from '../../src/backends/kubernetes/kubernetes-target.js';
import { scalingContract } from '../backends/scaling-contract.js';
import { fileOfModule, forget, startApiServer } from './servers/api-server.js';
import {
  type ClusterKind,
  INFERENCE_SERVICE,
  playControllers,
  RAY_SERVICE,
  SELDON_MODEL,
  SELDON_MODEL_DEFINITION,
} from './servers/cluster-objects.js';
import { pause } from './servers/server-process.js';

const KSERVE = 'github.com/kserve/kserve@v0.15.2';
const KUBERAY = 'github.com/ray-project/kuberay/ray-operator@v1.4.2';
const SCALED_OBJECTS = '/apis/keda.sh/v1alpha1/namespaces/default/scaledobjects';

interface Subject {
  readonly name: string;
  readonly kind: ClusterKind;
  readonly definition: () => Promise<string>;
  /** Object of each stage, as given on the command line. */
  readonly resources: Readonly<Record<'detect' | 'read', string>>;
  readonly objects: readonly string[];
}

const SUBJECTS: readonly Subject[] = [
  {
    name: 'kubernetes, Seldon Model',
    kind: SELDON_MODEL,
    definition: async () => SELDON_MODEL_DEFINITION,
    resources: { detect: 'models.v1alpha1.mlops.seldon.io/detect', read: 'models.v1alpha1.mlops.seldon.io/read' },
    objects: ['detect', 'read'],
  },
  {
    name: 'kubernetes, KServe InferenceService',
    kind: INFERENCE_SERVICE,
    definition: () => fileOfModule(KSERVE, 'config/crd/full/serving.kserve.io_inferenceservices.yaml'),
    resources: {
      detect: 'inferenceservices.v1beta1.serving.kserve.io/detect',
      read: 'inferenceservices.v1beta1.serving.kserve.io/read',
    },
    objects: ['detect', 'read'],
  },
  {
    name: 'kubernetes, KubeRay RayService',
    kind: RAY_SERVICE,
    definition: () => fileOfModule(KUBERAY, 'config/crd/bases/ray.io_rayservices.yaml'),
    resources: { detect: 'rayservices.v1.ray.io/ocr#ocr/Detect', read: 'rayservices.v1.ray.io/ocr#ocr/Read' },
    objects: ['ocr'],
  },
];

for (const { name, kind, definition, resources, objects } of SUBJECTS) {
  scalingContract(name, async () => {
    let server = await startApiServer();
    await server.install([await definition(), await kedaDefinition()]);
    for (const object of objects) await server.send('POST', kind.path, kind.object(object));
    const controllers = playControllers(() => server, [kind]);
    const stages = ['detect', 'read'] as const;
    const parsed = Object.fromEntries(
      Object.entries(resources).map(([stage, text]) => [stage, parseResource(text, stage)]),
    );
    const { kubeconfig, url } = server;
    const { namespace, http } = await kubernetesApi({ kubeconfig });
    const make = () => kubernetesTarget({ url, namespace, stages, resources: parsed, http });
    const target = make();
    const other = make();
    // The controllers see the objects first.
    const areReady = async () => (await target.readReplicas()).every(({ ready }) => ready === 1);
    await vi.waitFor(async () => expect(await areReady()).toBe(true), { timeout: 20_000, interval: 100 });
    return {
      target,
      stages,
      byHand: async (stage, replicas) => void (await other.setReplicas({ stage, replicas })),
      own: async (stage) => {
        const { name: aimed } = parsed[stage]!;
        const { apiVersion, kind: aimedKind } = kind.object(aimed);
        const spec = {
          scaleTargetRef: { apiVersion, kind: aimedKind, name: aimed },
          triggers: [{ type: 'cpu', metadata: {} }],
        };
        const metadata = { name: 'somebody' };
        await server.send('POST', SCALED_OBJECTS, {
          apiVersion: 'keda.sh/v1alpha1',
          kind: 'ScaledObject',
          metadata,
          spec,
        });
        return { undo: async () => void (await server.send('DELETE', `${SCALED_OBJECTS}/somebody`)) };
      },
      midway: () => pause(5),
      freeze: () => server.freeze(),
      thaw: () => server.thaw(),
      kill: () => server.kill(),
      revive: async () => {
        await server.stop();
        server = await startApiServer(server);
        await server.untilServed([kind.path, SCALED_OBJECTS]);
      },
      stop: async () => {
        await controllers.stop();
        await server.stop();
        forget(server);
      },
    };
  });
}

it('keeps what people wrote into a Serve configuration', async () => {
  const server = await startApiServer();
  try {
    await server.install([await fileOfModule(KUBERAY, 'config/crd/bases/ray.io_rayservices.yaml')]);
    await server.send('POST', RAY_SERVICE.path, RAY_SERVICE.object('ocr'));
    const controllers = playControllers(() => server, [RAY_SERVICE]);
    const { kubeconfig, url } = server;
    const { namespace, http } = await kubernetesApi({ kubeconfig });
    const resources = { read: parseResource('rayservices.v1.ray.io/ocr#ocr/Read', 'read') };
    const target = kubernetesTarget({ url, namespace, stages: ['read'], resources, http });
    await target.setReplicas({ stage: 'read', replicas: 4 });
    await controllers.stop();
    const after = (await server.send('GET', `${RAY_SERVICE.path}/ocr`)) as { spec: { serveConfigV2: string } };
    const before = RAY_SERVICE.object('ocr').spec as { serveConfigV2: string };
    expect(after.spec.serveConfigV2).toBe(
      before.serveConfigV2.replace('num_replicas: 1 # one', 'num_replicas: 4 # one'),
    );
  } finally {
    await server.stop();
    forget(server);
  }
});

/** KEDA's definition of a ScaledObject, as KServe's own tests carry it behind a namespace. */
async function kedaDefinition(): Promise<string> {
  const text = await fileOfModule(KSERVE, 'test/crds/keda.yaml');
  return text.split(/^---$/m).find((part) => part.includes('name: scaledobjects.keda.sh'))!;
}
