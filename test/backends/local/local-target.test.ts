import { expect, it } from 'vitest';
import { localTarget } from '../../../src/backends/local/local-target.js';
import type { HttpCall } from '../../../src/backends/shared/http.js';
import { fakeClock } from '../../helpers/fake-clock.js';
import { fakeServer, json } from '../fake-server.js';
import { scalingContract } from '../scaling-contract.js';

const URL = 'http://127.0.0.1:8080';
const LOAD_MS = 40;

/** The admin API of `serve`: new replicas are ready after `LOAD_MS`, and the change is answered then. */
function fakeEngine(stages: readonly string[]) {
  const clock = fakeClock();
  const state = new Map(stages.map((stage) => [stage, { wanted: 1, ready: 1 }]));
  const refused = new Set<string>();
  const entry = (stage: string) => ({
    stage,
    replicas: state.get(stage)!.wanted,
    ready_replicas: state.get(stage)!.ready,
  });
  const server = fakeServer(async ({ method, path, body }) => {
    if (method === 'GET' && path === '/admin/stages') return json({ version: 1, stages: stages.map(entry) });
    const stage = path.split('/').at(-1)!;
    if (method !== 'PUT' || !state.has(stage)) return json({ error: 'no such stage' }, 404);
    if (refused.has(stage)) return json({ error: 'replicas = 2, must be at most 1' }, 400);
    const { replicas } = body as { replicas: number };
    const one = state.get(stage)!;
    one.wanted = replicas;
    if (replicas > one.ready) await clock.pause(LOAD_MS);
    one.ready = replicas;
    return json({ ...entry(stage), activation_ms: LOAD_MS });
  });
  return { clock, server, state, refused };
}

scalingContract('local, recorded', async () => {
  const stages = ['detect', 'read'] as const;
  const { clock, server, state, refused } = fakeEngine(stages);
  return {
    target: localTarget({ url: `${URL}/`, stages, http: server.http, clock }),
    stages,
    truth: async (stage) => state.get(stage)!.ready,
    byHand: async (stage, replicas) => void state.set(stage, { wanted: replicas, ready: replicas }),
    refuse: async (stage) => {
      refused.add(stage);
      return { undo: async () => void refused.delete(stage) };
    },
    ...server,
    stop: async () => undefined,
  };
});

it('an activation that is longer than the call took is not believed', async () => {
  const { clock, server } = fakeEngine(['detect']);
  const lying: typeof server.http = async (request) => {
    const { status, text } = await server.http(request);
    return { status, text: text.replace(`"activation_ms":${LOAD_MS}`, `"activation_ms":${2 ** 53}`) };
  };
  const target = localTarget({ url: URL, stages: ['detect'], http: lying, clock });
  expect(await target.setReplicas({ stage: 'detect', replicas: 2 })).toMatchObject({ activationMs: LOAD_MS });
});

it('asks for the count alone, and takes the activation that the engine measured', async () => {
  const { clock, server } = fakeEngine(['detect']);
  const target = localTarget({ url: URL, stages: ['detect'], http: server.http, clock });
  expect(await target.setReplicas({ stage: 'detect', replicas: 2 })).toMatchObject({ activationMs: LOAD_MS });
  expect(server.requests).toEqual([
    'GET /admin/stages',
    'PUT /admin/stages/detect {"replicas":2}',
    'GET /admin/stages',
  ]);
});

it.each([
  ['an engine of another version', { version: 2, stages: [] }, 'BACKEND_REJECTED', 'has version 2, must be 1'],
  ['half of the stages', { version: 1, stages: [] }, 'BACKEND_ANSWER', 'names stage detect 0 times'],
  ['a stage twice', twice(), 'BACKEND_ANSWER', 'names stage detect 2 times'],
  [
    'a count that is none',
    withReplicas(-1),
    'BACKEND_ANSWER',
    'stages[0]: replicas: must be a whole number ≥ 0, is -1',
  ],
  ['text for a count', withReplicas('2'), 'BACKEND_ANSWER', 'must be a whole number ≥ 0, is "2"'],
  ['something else', [], 'BACKEND_ANSWER', 'must be a mapping, is []'],
])('reads %s as a failure, never as no replicas', async (_, answer, code, message) => {
  const { http } = fakeServer(() => json(answer));
  const target = localTarget({ url: URL, stages: ['detect'], http, clock: fakeClock() });
  await expect(target.readReplicas()).rejects.toMatchObject({ code, message: expect.stringContaining(message) });
});

function withReplicas(replicas: unknown) {
  return { version: 1, stages: [{ stage: 'detect', replicas, ready_replicas: 1 }] };
}

function twice() {
  const one = { stage: 'detect', replicas: 1, ready_replicas: 1 };
  return { version: 1, stages: [one, one] };
}

it.each([
  [{ pipeline: 'other', stages: ['detect'] }, 'serves pipeline other with the stages detect, must serve two with'],
  [{ pipeline: 'two', stages: ['detect', 'x\u001b[2J'] }, 'serves pipeline two with the stages detect, x [2J, must'],
  [{ stages: ['x'] }, 'must serve two with the stages detect'],
])('knows what is not ours: %j', async ({ stages, ...named }, message) => {
  const entries = stages.map((stage) => ({ stage, replicas: 1, ready_replicas: 1 }));
  const { http, requests } = fakeServer(() => json({ version: 1, ...named, stages: entries }));
  const target = localTarget({ url: URL, pipeline: 'two', stages: ['detect'], http, clock: fakeClock() });
  const foreign = { code: 'BACKEND_FOREIGN', message: expect.stringContaining(message) };
  await expect(target.readReplicas()).rejects.toMatchObject(foreign);
  await expect(target.setReplicas({ stage: 'detect', replicas: 3 })).rejects.toMatchObject(foreign);
  expect(requests.some((request) => request.startsWith('PUT'))).toBe(false);
});

it('sends the token of the engine with every call', async () => {
  const sent: unknown[] = [];
  const { clock, server } = fakeEngine(['detect']);
  const http: HttpCall = (request) => {
    sent.push(request.headers?.authorization);
    return server.http(request);
  };
  const target = localTarget({ url: URL, stages: ['detect'], token: 's3cret', http, clock });
  await target.setReplicas({ stage: 'detect', replicas: 2 });
  expect(sent).toEqual(['Bearer s3cret', 'Bearer s3cret', 'Bearer s3cret']);
});
