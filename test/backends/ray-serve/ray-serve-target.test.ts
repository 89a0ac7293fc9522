import { expect, it } from 'vitest';
import { rayServeTarget } from '../../../src/backends/ray-serve/ray-serve-target.js';
import { fakeClock } from '../../helpers/fake-clock.js';
import { fakeServer, json } from '../fake-server.js';
import { scalingContract } from '../scaling-contract.js';

const URL = 'http://127.0.0.1:8265';
const START_MS = 4_000;
const STAGES = ['detect', 'read'] as const;
const DEPLOYMENTS = { detect: 'ocr/Detect', read: 'ocr/Read' };

interface Deployment {
  readonly name: string;
  readonly num_replicas?: number;
  readonly autoscaling_config?: unknown;
  readonly user_config?: unknown;
}
interface Application {
  readonly name: string;
  readonly import_path: string;
  readonly deployments?: readonly Deployment[];
}

/** The dashboard of Ray 2.60.0, as far as its answers are read: replicas are STARTING for a while, a put replaces everything. */
function fakeRay(more: { isExternal?: boolean; isByCode?: boolean } = {}) {
  const clock = fakeClock();
  let applications: readonly Application[] = [
    { name: 'ocr', import_path: 'ocr:app', deployments: [{ name: 'Detect', num_replicas: 1, user_config: { a: 1 } }] },
    { name: 'other', import_path: 'other:app' },
  ];
  let refuses = false;
  let owned = false;
  const state = new Map([
    ['Detect', { wanted: 1, ready: 1, dueMs: 0 }],
    ['Read', { wanted: 1, ready: 1, dueMs: 0 }],
  ]);
  const set = (name: string, wanted: number) => {
    const one = state.get(name)!;
    if (one.wanted === wanted) return;
    state.set(name, { wanted, ready: Math.min(wanted, one.ready), dueMs: clock.nowMs() + START_MS });
  };
  const deployment = (name: string) => {
    const one = state.get(name)!;
    if (clock.nowMs() >= one.dueMs) one.ready = one.wanted;
    const replicas = Array.from({ length: one.wanted }, (_, index) => ({
      state: index < one.ready ? 'RUNNING' : 'STARTING',
    }));
    const autoscaling = owned ? { autoscaling_config: { min_replicas: 1 } } : {};
    return { name, target_num_replicas: one.wanted, replicas, deployment_config: { name, ...autoscaling } };
  };
  const server = fakeServer(({ method, path, body }) => {
    if (method === 'GET') {
      const running = applications.map((config) => {
        const deployments = config.name === 'ocr' ? { Detect: deployment('Detect'), Read: deployment('Read') } : {};
        const deployed = more.isByCode && config.name === 'other' ? null : config;
        const external_scaler_enabled = more.isExternal ?? false;
        return [
          config.name,
          { name: config.name, deployed_app_config: deployed, deployments, external_scaler_enabled },
        ];
      });
      return json({
        proxy_location: 'HeadOnly',
        http_options: { port: 8000 },
        applications: Object.fromEntries(running),
      });
    }
    if (refuses) return json({ error: '1 validation error for ServeDeploySchema' }, 400);
    const scaled = /^\/api\/v1\/applications\/ocr\/deployments\/(\w+)\/scale$/.exec(path);
    if (scaled) set(scaled[1]!, (body as { target_num_replicas: number }).target_num_replicas);
    else {
      applications = (body as { applications: Application[] }).applications;
      for (const { name, num_replicas } of applications[0]!.deployments ?? []) set(name, num_replicas ?? 1);
    }
    return json({});
  });
  return {
    clock,
    server,
    state,
    applications: () => applications,
    set,
    refuse: (isOn: boolean) => {
      refuses = isOn;
    },
    own: (isOn: boolean) => {
      owned = isOn;
    },
  };
}

scalingContract('ray-serve, recorded', async () => {
  const { clock, server, state, set, refuse, own } = fakeRay();
  return {
    target: rayServeTarget({ url: URL, stages: STAGES, deployments: DEPLOYMENTS, http: server.http, clock }),
    stages: STAGES,
    truth: async (stage) => state.get(stage === 'detect' ? 'Detect' : 'Read')!.ready,
    byHand: async (stage, replicas) => {
      set(stage === 'detect' ? 'Detect' : 'Read', replicas);
      await clock.pause(START_MS);
    },
    refuse: async () => {
      refuse(true);
      return { undo: async () => refuse(false) };
    },
    own: async () => {
      own(true);
      return { undo: async () => own(false) };
    },
    ...server,
    stop: async () => undefined,
  };
});

it('puts back everything that was there, with one count changed or added', async () => {
  const { clock, server, applications } = fakeRay();
  const target = rayServeTarget({ url: URL, stages: STAGES, deployments: DEPLOYMENTS, http: server.http, clock });
  await target.setReplicas({ stage: 'detect', replicas: 2 });
  await target.setReplicas({ stage: 'read', replicas: 3 });
  expect(applications()).toEqual([
    {
      name: 'ocr',
      import_path: 'ocr:app',
      deployments: [
        { name: 'Detect', num_replicas: 2, user_config: { a: 1 } },
        { name: 'Read', num_replicas: 3 },
      ],
    },
    { name: 'other', import_path: 'other:app' },
  ]);
  const put = server.requests.find((request) => request.startsWith('PUT'))!;
  expect(JSON.parse(put.slice(put.indexOf('{')))).toMatchObject({
    proxy_location: 'HeadOnly',
    http_options: { port: 8000 },
  });
});

it('does not put a configuration that would remove what was started by code', async () => {
  const { clock, server } = fakeRay({ isByCode: true });
  const target = rayServeTarget({ url: URL, stages: STAGES, deployments: DEPLOYMENTS, http: server.http, clock });
  const refused = target.setReplicas({ stage: 'detect', replicas: 2 });
  await expect(refused).rejects.toMatchObject({ code: 'BACKEND_REJECTED', message: expect.stringContaining('other') });
  expect(server.requests.filter((request) => !request.startsWith('GET'))).toEqual([]);
});

it('asks the external scaler where there is one', async () => {
  const { clock, server } = fakeRay({ isExternal: true });
  const target = rayServeTarget({ url: URL, stages: STAGES, deployments: DEPLOYMENTS, http: server.http, clock });
  const { activationMs } = await target.setReplicas({ stage: 'read', replicas: 2 });
  expect(activationMs).toBeGreaterThanOrEqual(START_MS);
  expect(server.requests.filter((request) => !request.startsWith('GET'))).toEqual([
    'POST /api/v1/applications/ocr/deployments/Read/scale {"target_num_replicas":2}',
  ]);
});
