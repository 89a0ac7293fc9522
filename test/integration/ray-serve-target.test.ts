/** The scaling contract over Ray Serve: a configuration that is put back whole, and the external scaler's own call. */
import { afterAll, expect, it } from 'vitest';
import { rayServeTarget } from '../../src/backends/ray-serve/ray-serve-target.js';
import { scalingContract } from '../backends/scaling-contract.js';
import { ocrApplication, type RayServe, startRayServe } from './servers/ray.js';
import { pause } from './servers/server-process.js';

const STAGES = ['detect', 'read'] as const;
const DEPLOYMENTS = { detect: 'ocr/Detect', read: 'ocr/Read' };

/** Ray takes long to start: one server for both. */
let server: RayServe;
afterAll(async () => {
  await server?.stop();
});

scalingContract('ray-serve', async () => {
  server = await startRayServe();
  await server.deploy(ocrApplication());
  const { url } = server;
  const other = rayServeTarget({ url, stages: STAGES, deployments: DEPLOYMENTS });
  return {
    target: rayServeTarget({ url, stages: STAGES, deployments: DEPLOYMENTS }),
    stages: STAGES,
    byHand: async (stage, replicas) => void (await other.setReplicas({ stage, replicas })),
    refuse: async () => {
      await server.clear();
      return { undo: () => server.deploy(ocrApplication()) };
    },
    own: async () => {
      const auto = { name: 'Detect', autoscaling_config: { min_replicas: 1, max_replicas: 2 } };
      await server.deploy(ocrApplication({ deployments: [auto, { name: 'Read', num_replicas: 1 }] }));
      return { undo: () => server.deploy(ocrApplication()) };
    },
    midway: () => pause(300),
    freeze: () => server.freeze(),
    thaw: () => server.thaw(),
    kill: () => server.kill(),
    revive: async () => {
      await server.stop();
      server = await startRayServe(server);
      await server.deploy(ocrApplication());
    },
    stop: async () => undefined,
  };
});

it('uses the external scaler where the application has one, and leaves the configuration alone', async () => {
  await server.deploy(ocrApplication({ external_scaler_enabled: true }));
  const target = rayServeTarget({ url: server.url, stages: STAGES, deployments: DEPLOYMENTS });
  await target.setReplicas({ stage: 'read', replicas: 2 });
  expect(await target.readReplicas()).toEqual([
    { stage: 'detect', wanted: 1, ready: 1 },
    { stage: 'read', wanted: 2, ready: 2 },
  ]);
  const serve = (await (await fetch(`${server.url}/api/serve/applications/`)).json()) as {
    applications: { ocr: { deployed_app_config: unknown } };
  };
  expect(serve.applications.ocr.deployed_app_config).toEqual(ocrApplication({ external_scaler_enabled: true }));
  await target.setReplicas({ stage: 'read', replicas: 1 });
  await target.close();
});
