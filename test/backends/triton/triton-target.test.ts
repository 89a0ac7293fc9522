import { expect, it } from 'vitest';
import { tritonTarget } from '../../../src/backends/triton/triton-target.js';
import { fakeClock } from '../../helpers/fake-clock.js';
import { fakeServer, json } from '../fake-server.js';
import { scalingContract } from '../scaling-contract.js';

const URL = 'http://127.0.0.1:8000';
const LOAD_MS = 500;

/** What tritonserver 2.51.0 answered to `GET /v2/models/detect/config`, the parts that say nothing left out. */
function recordedConfig(name: string, group: object = {}) {
  return {
    name,
    platform: '',
    backend: 'python',
    version_policy: { latest: { num_versions: 1 } },
    max_batch_size: 8,
    dynamic_batching: { preferred_batch_size: [8], max_queue_delay_microseconds: 0, preserve_ordering: false },
    instance_group: [{ name: `${name}_0`, kind: 'KIND_CPU', count: 1, gpus: [], secondary_devices: [], ...group }],
    default_model_filename: 'model.py',
  };
}

type Config = ReturnType<typeof recordedConfig>;

function fakeTriton(configs: readonly Config[]) {
  const clock = fakeClock();
  const models = new Map(configs.map((config) => [config.name, config]));
  const refused = new Set<string>();
  const server = fakeServer(async ({ method, path, body }) => {
    const [, name, call] = /^\/v2\/(?:repository\/)?models\/([^/]+)\/(config|ready|load)$/.exec(path)!;
    const config = models.get(name!);
    if (config === undefined) return json({ error: `Request for unknown model: '${name}' is not found` }, 404);
    if (method === 'GET' && call === 'ready') return json('');
    if (method === 'GET' && call === 'config') return json(config);
    if (refused.has(name!))
      return json({ error: `failed to load '${name}', failed to poll from model repository` }, 500);
    const next = JSON.parse((body as { parameters: { config: string } }).parameters.config) as Config;
    await clock.pause(LOAD_MS);
    models.set(name!, next);
    return { status: 200, text: '' };
  });
  return { clock, server, models, refused };
}

scalingContract('triton, recorded', async () => {
  const stages = ['detect', 'read'] as const;
  const { clock, server, models, refused } = fakeTriton(stages.map((stage) => recordedConfig(`m-${stage}`)));
  const count = (stage: string) => models.get(`m-${stage}`)!.instance_group[0]!;
  return {
    target: tritonTarget({
      url: URL,
      stages,
      models: { detect: 'm-detect', read: 'm-read' },
      http: server.http,
      clock,
    }),
    stages,
    truth: async (stage) => count(stage).count,
    byHand: async (stage, replicas) => void models.set(`m-${stage}`, recordedConfig(`m-${stage}`, { count: replicas })),
    refuse: async (stage) => {
      refused.add(`m-${stage}`);
      return { undo: async () => void refused.delete(`m-${stage}`) };
    },
    ...server,
    stop: async () => undefined,
  };
});

it('sends back the configuration in force, all of it, with another count', async () => {
  const { clock, server } = fakeTriton([recordedConfig('detect')]);
  const target = tritonTarget({ url: URL, stages: ['detect'], http: server.http, clock });
  expect(await target.setReplicas({ stage: 'detect', replicas: 3 })).toMatchObject({
    before: 1,
    activationMs: LOAD_MS,
  });
  const load = server.requests.find((request) => request.startsWith('POST'))!;
  const sent = JSON.parse(load.slice(load.indexOf('{'))) as { parameters: { config: string } };
  expect(JSON.parse(sent.parameters.config)).toEqual(recordedConfig('detect', { count: 3 }));
});

it('counts one replica on each GPU of the group, and sets multiples of that alone', async () => {
  const { clock, server, models } = fakeTriton([recordedConfig('detect', { kind: 'KIND_GPU', gpus: [0, 1] })]);
  const target = tritonTarget({ url: URL, stages: ['detect'], http: server.http, clock });
  expect(await target.readReplicas()).toEqual([{ stage: 'detect', wanted: 2, ready: 2 }]);
  await expect(target.setReplicas({ stage: 'detect', replicas: 3 })).rejects.toMatchObject({
    code: 'BACKEND_REJECTED',
  });
  await target.setReplicas({ stage: 'detect', replicas: 4 });
  expect(models.get('detect')!.instance_group[0]!.count).toBe(2);
});

it('says how to start a server that takes no load calls', async () => {
  const error = 'explicit model load / unload is not allowed if polling is enabled';
  const { http } = fakeServer(({ path }) =>
    path.endsWith('/load') ? json({ error }, 400) : json(recordedConfig('detect')),
  );
  const target = tritonTarget({ url: URL, stages: ['detect'], http, clock: fakeClock() });
  const rejected = target.setReplicas({ stage: 'detect', replicas: 2 });
  await expect(rejected).rejects.toMatchObject({ hint: 'Start tritonserver with --model-control-mode=explicit' });
});

it('loads only the last of several counts that wait for a load to end', async () => {
  const { clock, server, models } = fakeTriton([recordedConfig('detect')]);
  const target = tritonTarget({ url: URL, stages: ['detect'], http: server.http, clock });
  const changes = [2, 5, 3].map((replicas) =>
    target.setReplicas({ stage: 'detect', replicas }).catch((error) => error),
  );
  const [first, second, third] = await Promise.all(changes);
  expect(server.requests.filter((request) => request.startsWith('POST'))).toHaveLength(1);
  expect(models.get('detect')!.instance_group[0]!.count).toBe(3);
  expect([first, second]).toEqual([
    expect.objectContaining({ code: 'BACKEND_SUPERSEDED' }),
    expect.objectContaining({ code: 'BACKEND_SUPERSEDED' }),
  ]);
  expect(third).toMatchObject({ replicas: 3 });
});

it.each([
  { status: 200, ready: 2 },
  { status: 400, ready: 0 },
])('a model whose readiness answers $status has $ready ready', async ({ status, ready }) => {
  const { http } = fakeServer(({ path }) =>
    path.endsWith('/ready') ? json('', status) : json(recordedConfig('detect', { count: 2 })),
  );
  const target = tritonTarget({ url: URL, stages: ['detect'], http, clock: fakeClock() });
  expect(await target.readReplicas()).toEqual([{ stage: 'detect', wanted: 2, ready }]);
});

it.each([401, 403, 404, 500, 503])('a readiness that answers %i is unknown, and no number', async (status) => {
  const { http } = fakeServer(({ path }) =>
    path.endsWith('/ready') ? json('', status) : json(recordedConfig('detect', { count: 2 })),
  );
  const target = tritonTarget({ url: URL, stages: ['detect'], http, clock: fakeClock() });
  await expect(target.readReplicas()).rejects.toMatchObject({ code: expect.stringMatching(/^BACKEND_/) });
});
