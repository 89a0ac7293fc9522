/** The scaling contract over a real Triton. */
import { tritonTarget } from '../../src/backends/triton/triton-target.js';
import { scalingContract } from '../backends/scaling-contract.js';
import { pause } from './servers/server-process.js';
import { startTriton } from './servers/triton.js';

const STAGES = ['detect', 'read'] as const;
const MODELS = STAGES.map((name) => ({ name, loadMs: 300 }));

scalingContract('triton', async () => {
  let server = await startTriton({ models: MODELS });
  const { url, port } = server;
  const other = tritonTarget({ url, stages: STAGES });
  return {
    target: tritonTarget({ url, stages: STAGES }),
    stages: STAGES,
    truth: (stage) => server.instancesOf(stage),
    byHand: async (stage, replicas) => void (await other.setReplicas({ stage, replicas })),
    refuse: async (stage) => server.breakModel(stage),
    midway: () => pause(400),
    freeze: () => server.freeze(),
    thaw: () => server.thaw(),
    kill: () => server.kill(),
    revive: async () => {
      await server.stop();
      server = await startTriton({ models: MODELS, port });
    },
    stop: () => server.stop(),
  };
});
