/**
 * Objects of the kinds that the kubernetes backend knows, and in place of their controllers, which need pods, a loop that writes the status each of them would:
 * so many replicas ready some time after they are asked for.
 */
import { parseDocument } from 'yaml';
import type { ApiServer } from './api-server.js';
import { pause } from './server-process.js';

/** From a change of the spec to the status that says it is done. */
const CONTROLLER_MS = 300;

type Json = Record<string, unknown>;

export interface ClusterKind {
  /** `apiVersion` and plural, as the path has them. */
  readonly path: string;
  object(name: string): Json;
  /** The status its controller writes once the spec is carried out. */
  statusOf(object: Json): Json;
}

/**
 * Seldon Core 2's Model: group, names and scale paths as its own definition states them. That definition comes with no package that could be installed, so this one has
 * no more of the schema than the replicas.
 */
export const SELDON_MODEL_DEFINITION = `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: { name: models.mlops.seldon.io }
spec:
  group: mlops.seldon.io
  names: { kind: Model, listKind: ModelList, plural: models, singular: model }
  scope: Namespaced
  versions:
    - name: v1alpha1
      served: true
      storage: true
      schema:
        openAPIV3Schema:
          type: object
          properties:
            spec:
              type: object
              required: [storageUri]
              x-kubernetes-preserve-unknown-fields: true
              properties:
                storageUri: { type: string }
                replicas: { type: integer, format: int32 }
                minReplicas: { type: integer, format: int32 }
                maxReplicas: { type: integer, format: int32 }
            status:
              type: object
              x-kubernetes-preserve-unknown-fields: true
              properties:
                replicas: { type: integer, format: int32 }
                availableReplicas: { type: integer, format: int32 }
                selector: { type: string }
      subresources:
        status: {}
        scale:
          specReplicasPath: .spec.replicas
          statusReplicasPath: .status.replicas
          labelSelectorPath: .status.selector
`;

export const SELDON_MODEL: ClusterKind = {
  path: '/apis/mlops.seldon.io/v1alpha1/namespaces/default/models',
  object: (name) => ({
    apiVersion: 'mlops.seldon.io/v1alpha1',
    kind: 'Model',
    metadata: { name },
    spec: { storageUri: 'gs://nowhere', replicas: 1 },
  }),
  statusOf: ({ spec, metadata }) => {
    const { replicas } = spec as { replicas: number };
    return { replicas, availableReplicas: replicas, observedGeneration: (metadata as Json).generation };
  },
};

export const INFERENCE_SERVICE: ClusterKind = {
  path: '/apis/serving.kserve.io/v1beta1/namespaces/default/inferenceservices',
  object: (name) => ({
    apiVersion: 'serving.kserve.io/v1beta1',
    kind: 'InferenceService',
    metadata: { name },
    spec: {
      predictor: {
        minReplicas: 1,
        maxReplicas: 1,
        model: { modelFormat: { name: 'onnx' }, storageUri: 'gs://nowhere' },
      },
    },
  }),
  statusOf: ({ metadata }) => ({
    observedGeneration: (metadata as Json).generation,
    conditions: [{ type: 'PredictorReady', status: 'True' }],
  }),
};

/** One object whose Serve configuration has two deployments. */
export const RAY_SERVICE: ClusterKind = {
  path: '/apis/ray.io/v1/namespaces/default/rayservices',
  object: (name) => ({
    apiVersion: 'ray.io/v1',
    kind: 'RayService',
    metadata: { name },
    spec: {
      serveConfigV2: `# Kept by hand.
applications:
  - name: ocr
    import_path: ocr.app
    deployments:
      - name: Detect
        num_replicas: 1
      - name: Read
        num_replicas: 1 # one is enough
`,
      rayClusterConfig: {
        headGroupSpec: {
          rayStartParams: {},
          template: { spec: { containers: [{ name: 'head', image: 'rayproject/ray' }] } },
        },
      },
    },
  }),
  statusOf: ({ spec, metadata }) => {
    const config = parseDocument((spec as { serveConfigV2: string }).serveConfigV2).toJS() as {
      applications: { name: string; deployments: { name: string }[] }[];
    };
    const healthy = { status: 'HEALTHY' };
    const applicationStatuses = Object.fromEntries(
      config.applications.map(({ name, deployments }) => {
        const serveDeploymentStatuses = Object.fromEntries(deployments.map((one) => [one.name, healthy]));
        return [name, { status: 'RUNNING', serveDeploymentStatuses }];
      }),
    );
    return { observedGeneration: (metadata as Json).generation, activeServiceStatus: { applicationStatuses } };
  },
};

/** Plays the controllers of these kinds until stopped; a server that does not answer is asked again. */
export function playControllers(server: () => ApiServer, kinds: readonly ClusterKind[]): { stop(): Promise<void> } {
  let isOn = true;
  const seen = new Map<string, number>();
  const loop = async () => {
    while (isOn) {
      for (const kind of kinds) {
        try {
          await reconcile(server(), kind, seen);
        } catch {
          // The next round finds it.
        }
      }
      await pause(50);
    }
  };
  const running = loop();
  return {
    stop: async () => {
      isOn = false;
      await running;
    },
  };
}

async function reconcile(server: ApiServer, kind: ClusterKind, seen: Map<string, number>): Promise<void> {
  const { items } = (await server.send('GET', kind.path)) as { items: Json[] };
  for (const object of items) {
    const { name, uid, generation } = object.metadata as { name: string; uid: string; generation: number };
    const key = `${uid} ${generation}`;
    const sinceMs = seen.get(key) ?? performance.now();
    seen.set(key, sinceMs);
    const status = kind.statusOf(object);
    const isDone =
      JSON.stringify((object.status as Json | undefined)?.observedGeneration) === JSON.stringify(generation);
    if (isDone || performance.now() < sinceMs + CONTROLLER_MS) continue;
    await server.send('PATCH', `${kind.path}/${name}/status`, { status }, 'application/merge-patch+json');
  }
}
