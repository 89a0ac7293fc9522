import { expect, it } from 'vitest';
import { parseResource } from '../../../src/backends/kubernetes/kubernetes-resource.js';
import { kubernetesTarget } from '../../../src/backends/kubernetes/kubernetes-target.js';
import { fakeClock } from '../../helpers/fake-clock.js';
import { fakeServer, json } from '../fake-server.js';
import { scalingContract } from '../scaling-contract.js';

const URL = 'https://10.0.0.1:6443';
const ROLLOUT_MS = 8_000;
const APPS = '/apis/apps/v1/namespaces/ml/deployments';
const HPAS = '/apis/autoscaling/v2/namespaces/ml/horizontalpodautoscalers';

/** Deployments as an API server and their controller show them: the status lags, and leaves out what is 0. */
function fakeDeployments(names: readonly string[]) {
  const clock = fakeClock();
  const state = new Map(names.map((name) => [name, { wanted: 1, ready: 1, generation: 1, dueMs: 0 }]));
  const hpas: unknown[] = [];
  const refused = new Set<string>();
  const settle = (name: string) => {
    const one = state.get(name)!;
    if (clock.nowMs() >= one.dueMs) one.ready = one.wanted;
    return one;
  };
  const server = fakeServer(({ method, path, body }) => {
    if (path === HPAS) return json({ items: hpas });
    const [, name = '', sub = ''] = new RegExp(`^${APPS}/([^/]+)(/scale)?$`).exec(path) ?? [];
    if (!state.has(name)) return json({ kind: 'Status', reason: 'NotFound', message: `${path} not found` }, 404);
    const one = settle(name);
    if (method === 'PATCH') {
      if (refused.has(name)) return json({ kind: 'Status', reason: 'Forbidden', message: 'exceeded quota' }, 403);
      one.wanted = (body as { spec: { replicas: number } }).spec.replicas;
      one.generation += 1;
      one.dueMs = clock.nowMs() + ROLLOUT_MS;
      if (one.wanted < one.ready) one.dueMs = clock.nowMs() + 500;
    }
    if (sub !== '') return json({ kind: 'Scale', spec: { replicas: one.wanted }, status: { replicas: one.wanted } });
    const isSeen = clock.nowMs() > one.dueMs - ROLLOUT_MS;
    return json({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name, generation: one.generation, resourceVersion: `${one.generation}` },
      spec: { replicas: one.wanted },
      status: {
        observedGeneration: isSeen ? one.generation : one.generation - 1,
        replicas: one.wanted,
        ...(one.ready === 0 ? {} : { readyReplicas: one.ready }),
      },
    });
  });
  const resources = Object.fromEntries(names.map((name) => [name, parseResource(name, name)]));
  const options = { url: URL, namespace: 'ml', stages: names, resources, http: server.http, clock };
  return { clock, server, state, hpas, refused, target: kubernetesTarget(options) };
}

scalingContract('kubernetes Deployment, recorded', async () => {
  const stages = ['detect', 'read'] as const;
  const { server, state, hpas, refused, target } = fakeDeployments(stages);
  return {
    target,
    stages,
    truth: async (stage) => state.get(stage)!.ready,
    byHand: async (stage, replicas) =>
      void Object.assign(state.get(stage)!, { wanted: replicas, ready: replicas, dueMs: 0 }),
    refuse: async (stage) => {
      refused.add(stage);
      return { undo: async () => void refused.delete(stage) };
    },
    own: async (stage) => {
      hpas.push({ metadata: { name: 'hpa' }, spec: { scaleTargetRef: { kind: 'Deployment', name: stage } } });
      return { undo: async () => void hpas.pop() };
    },
    ...server,
    stop: async () => undefined,
  };
});

it('patches the scale, and waits for pods to be ready', async () => {
  const { target, server } = fakeDeployments(['detect']);
  const { activationMs } = await target.setReplicas({ stage: 'detect', replicas: 3 });
  expect(activationMs).toBeGreaterThanOrEqual(ROLLOUT_MS);
  expect(server.requests.filter((request) => request.startsWith('PATCH'))).toEqual([
    `PATCH ${APPS}/detect/scale {"spec":{"replicas":3}}`,
  ]);
});

it('an object that is not there is a rejection, a kind that is not served another try', async () => {
  const { target } = fakeDeployments(['detect']);
  const gone = fakeServer(() => ({ status: 404, text: '404 page not found\n' }));
  const resources = { detect: parseResource('models.v1alpha1.mlops.seldon.io/detect', 'detect') };
  const other = kubernetesTarget({
    url: URL,
    namespace: 'ml',
    stages: ['detect'],
    resources,
    http: gone.http,
    clock: fakeClock(),
  });
  await expect(other.readReplicas()).rejects.toMatchObject({ code: 'BACKEND_BUSY' });
  expect(await target.readReplicas()).toHaveLength(1);
});

it.each([
  ['detect', { plural: 'deployments', version: 'v1', group: 'apps', name: 'detect' }],
  ['statefulsets.v1.apps/a-b', { plural: 'statefulsets', version: 'v1', group: 'apps', name: 'a-b' }],
  [
    'rayservices.v1.ray.io/ocr#app/Detect',
    {
      plural: 'rayservices',
      version: 'v1',
      group: 'ray.io',
      name: 'ocr',
      inside: { app: 'app', deployment: 'Detect' },
    },
  ],
])('reads %s', (text, resource) => {
  expect(parseResource(text, 'detect')).toEqual(resource);
});

it.each(['deployments/detect', 'Detect', 'rayservices.v1.ray.io/ocr', 'deployments.v1.apps/detect#a/b', ''])(
  'refuses %j as an object',
  (text) => {
    expect(() => parseResource(text, 'backend.stages.detect')).toThrow(/backend\.stages\.detect = /);
  },
);
