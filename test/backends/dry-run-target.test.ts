import { expect, it } from 'vitest';
import { dryRunTarget } from '../../src/backends/dry-run-target.js';
import { localTarget } from '../../src/backends/local/local-target.js';
import { fakeClock } from '../helpers/fake-clock.js';
import { type FakeServer, fakeServer, json } from './fake-server.js';
import { scalingContract } from './scaling-contract.js';

const STAGES = ['detect', 'read'] as const;
const DELAY_MS = 30_000;

/** A live system that nobody may change: a put is an error of the test. */
function readOnly() {
  const clock = fakeClock();
  const replicas = new Map<string, number>(STAGES.map((stage) => [stage, 1]));
  const server: FakeServer = fakeServer(({ method }) => {
    if (method !== 'GET') throw new Error('a dry run changed something');
    const stages = STAGES.map((stage) => ({
      stage,
      replicas: replicas.get(stage),
      ready_replicas: replicas.get(stage),
    }));
    return json({ version: 1, stages });
  });
  const told: unknown[] = [];
  const live = localTarget({ url: 'http://127.0.0.1:8080', stages: STAGES, http: server.http, clock });
  const target = dryRunTarget({
    target: live,
    activationDelayMs: () => DELAY_MS,
    onChange: (change) => told.push(change),
    clock,
  });
  return { clock, replicas, server, told, target };
}

scalingContract('dry-run', async () => {
  const { target, server } = readOnly();
  // What is on paper outlives the server, and a dry run is under way as soon as it is asked for.
  return { target, stages: STAGES, ...server, midway: async () => undefined, stop: async () => undefined };
});

it('says what it would do, and pretends that it takes as long as the hardware does', async () => {
  const { target, told } = readOnly();
  expect(target.describe()).toMatchObject({ kind: 'dry-run', canSetReplicas: false });
  const { activationMs } = await target.setReplicas({ stage: 'read', replicas: 3 });
  expect(activationMs).toBeGreaterThanOrEqual(DELAY_MS);
  expect(told).toEqual([{ stage: 'read', before: 1, replicas: 3 }]);
});

it('gives up its paper when the live system changes for real', async () => {
  const { target, replicas } = readOnly();
  await target.setReplicas({ stage: 'read', replicas: 3 });
  replicas.set('read', 5);
  expect(await target.readReplicas()).toEqual([
    { stage: 'detect', wanted: 1, ready: 1 },
    { stage: 'read', wanted: 5, ready: 5 },
  ]);
});
