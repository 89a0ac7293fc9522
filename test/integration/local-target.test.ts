/** The scaling contract over `infer-plan serve`, as it was built last. */
import { localTarget } from '../../src/backends/local/local-target.js';
import { scalingContract } from '../backends/scaling-contract.js';
import { temporaryFolder } from '../helpers/folder.js';
import { startLocalEngine } from './servers/local-engine.js';
import { freePorts, pause } from './servers/server-process.js';

const STAGES = ['detect', 'read'] as const;

const folder = temporaryFolder();
folder.write(
  'hardware.yaml',
  'version: 1\nhardware:\n  - { name: cpu, kind: cpu, price_usd_per_hour: 1, activation_delay: 400ms }\n',
);
folder.write(
  'profiles.csv',
  `model,hardware,batch_size,mean_ms,p50_ms,p95_ms,p99_ms,samples,runtime,source
detect,cpu,1,5,,,,,none,test
read,cpu,1,5,,,,,none,test
`,
);
folder.write(
  'p.yaml',
  'version: 1\nname: p\nprofiles: profiles.csv\nhardware: hardware.yaml\nstages:\n  - { name: detect }\n  - { name: read, parents: [detect] }\n',
);

scalingContract('local', async () => {
  const [port] = await freePorts(1);
  const args = ['--pipeline', 'p.yaml', '--stage', 'detect=cpu:1:1', '--stage', 'read=cpu:1:1'];
  let server = await startLocalEngine(folder.path, args, port);
  const url = `http://127.0.0.1:${port}`;
  const change = async (stage: string, body: unknown) => {
    const answer = await fetch(`${url}/admin/stages/${stage}`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    if (!answer.ok) throw new Error(await answer.text());
  };
  return {
    target: localTarget({ url, stages: STAGES }),
    stages: STAGES,
    truth: async (stage) => {
      const { stages } = (await (await fetch(`${url}/admin/stages`)).json()) as {
        stages: { stage: string; replica_numbers: [] }[];
      };
      return stages.find((one) => one.stage === stage)!.replica_numbers.length;
    },
    byHand: (stage, replicas) => change(stage, { replicas }),
    midway: () => pause(150),
    freeze: () => server.freeze(),
    thaw: () => server.thaw(),
    kill: () => server.kill(),
    revive: async () => {
      await server.stop();
      server = await startLocalEngine(folder.path, args, port);
    },
    stop: () => server.stop(),
  };
});
