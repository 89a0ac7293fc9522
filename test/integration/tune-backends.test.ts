/**
 * `infer-plan tune` over every backend that is not our own: a trace whose rate triples and falls again is played to the tuner, which scales the real server up and down.
 * In the middle the server hangs for a while. Asserted is what must hold on a disturbed machine too: it was scaled both ways, and it ends with what was decided last.
 */
import { EC2Client } from '@aws-sdk/client-ec2';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startProcess } from '../../src/backends/exec.js';
import { openScalingTarget } from '../../src/backends/open-scaling-target.js';
import { readBackendFile } from '../../src/files/backend-file.js';
import { temporaryFolder } from '../helpers/folder.js';
import { forget, startApiServer } from './servers/api-server.js';
import { playControllers, SELDON_MODEL, SELDON_MODEL_DEFINITION } from './servers/cluster-objects.js';
import { ec2ByHand } from './servers/ec2-by-hand.js';
import { CLI, runBuiltCli } from './servers/local-engine.js';
import { startMoto } from './servers/moto.js';
import { ocrApplication, startRayServe } from './servers/ray.js';
import { pause, type ServerProcess } from './servers/server-process.js';
import { startTriton } from './servers/triton.js';

const STAGES = ['detect', 'read'] as const;
/** Seconds of the trace in one of the clock. */
const SPEED = 3;
const HUNG_MS = 3_000;

const folder = temporaryFolder();
const cwd = folder.path;
folder.write(
  'pipeline.yaml',
  `version: 1
name: ocr
slo: 400ms
profiles: profiles.csv
hardware: hardware.yaml
trace: planning.csv
stages:
  - { name: detect, model: detector }
  - { name: read, model: reader, parents: [detect] }
`,
);
folder.write(
  'profiles.csv',
  `model,hardware,batch_size,mean_ms,p50_ms,p95_ms,p99_ms,samples,runtime,source
detector,cpu,1,60,,,,,emulated,test
reader,cpu,1,80,,,,,emulated,test
`,
);
folder.write(
  'hardware.yaml',
  'version: 1\nhardware:\n  - { name: cpu, kind: cpu, price_usd_per_hour: 0.04, activation_delay: 2s, inventory: 12 }\n',
);

beforeAll(async () => {
  const run = (line: string) => runBuiltCli(cwd, line.split(' '));
  await run('trace generate --rate 10/s --duration 3m --seed 3 -o planning.csv');
  await run('trace generate --steps 0s=10/s,15s=30/s,45s=8/s --duration 130s --seed 5 -o triples.csv');
  await run('plan --no-validate');
});

interface Started {
  readonly server: ServerProcess;
  /** Text of the backend file. */
  readonly backend: string;
  readonly stop: () => Promise<void>;
}

/** The tuner's JSON lines. */
interface Event {
  readonly kind: string;
  readonly decision?: { readonly kind: string; readonly stages?: unknown };
  readonly stage?: string;
  readonly replicas?: number;
}

let stopServer: (() => Promise<void>) | undefined;
afterAll(async () => {
  await stopServer?.();
});

const BACKENDS: readonly (readonly [string, () => Promise<Started>])[] = [
  ['triton', startTunedTriton],
  ['kubernetes', startTunedCluster],
  ['ec2', startTunedEc2],
  ['ray-serve', startTunedRay],
];

it.each(BACKENDS)(
  'scales %s up and down, though it hangs in the middle',
  async (name, start) => {
    const { server, backend, stop } = await start();
    stopServer = stop;
    const backendPath = folder.write('backend.yaml', backend);
    const { target: spec } = readBackendFile(backendPath);
    const target = await openScalingTarget({ spec, pipeline: 'ocr', stages: STAGES });
    const read = async () => (await target.readReplicas()).map(({ wanted }) => wanted);
    const most = await read();
    const args = ['tune', '--backend', 'backend.yaml', '--arrivals', 'trace=triples.csv', '--speed', `${SPEED}x`];
    const tuner = await startProcess(
      process.execPath,
      [CLI, ...args, '--apply', '--json', '--journal', `${name}.journal`],
      {
        cwd,
        env: { ...process.env, AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' } as Record<string, string>,
      },
    );
    const events = () =>
      tuner
        .output()
        .split('\n')
        .filter((line) => line.startsWith('{'))
        .map((line) => JSON.parse(line) as Event);
    try {
      await waitFor(() => events().some((event) => event.kind === 'decision'), 120_000);
      server.freeze();
      await pause(HUNG_MS);
      server.thaw();
      let hasEnded = false;
      void tuner.exited.then(() => {
        hasEnded = true;
      });
      while (!hasEnded) {
        const now = await read().catch(() => most);
        now.forEach((wanted, index) => {
          most[index] = Math.max(most[index]!, wanted);
        });
        await pause(300);
      }
      expect(await tuner.exited, tuner.output().slice(-3000)).toBe(0);
      expect(events().flatMap(({ decision }) => decision?.kind ?? [])).toEqual(expect.arrayContaining(['up', 'down']));
      expect(Math.max(...most)).toBeGreaterThan(1);
      // The last thing that was reached of each stage is what the server has.
      const applied = new Map(
        events().flatMap((event) => (event.kind === 'applied' ? [[event.stage!, event.replicas!]] : [])),
      );
      expect(applied.size).toBeGreaterThan(0);
      for (const [index, stage] of STAGES.entries()) {
        if (applied.has(stage)) expect((await read())[index]).toBe(applied.get(stage));
      }
      expect(Math.min(...(await read()))).toBeLessThan(Math.max(...most));
    } finally {
      await tuner.stop();
      await target.close();
      await stop();
      stopServer = undefined;
    }
  },
  300_000,
);

async function startTunedTriton(): Promise<Started> {
  const server = await startTriton({ models: STAGES.map((name) => ({ name, loadMs: 200 })) });
  return { server, backend: `version: 1\ntarget: { kind: triton, address: '${server.url}' }\n`, stop: server.stop };
}

async function startTunedCluster(): Promise<Started> {
  const server = await startApiServer();
  await server.install([SELDON_MODEL_DEFINITION]);
  for (const stage of STAGES) await server.send('POST', SELDON_MODEL.path, SELDON_MODEL.object(stage));
  const controllers = playControllers(() => server, [SELDON_MODEL]);
  const names = STAGES.map((stage) => `${stage}: models.v1alpha1.mlops.seldon.io/${stage}`).join(', ');
  const backend = `version: 1\ntarget: { kind: kubernetes, kubeconfig: '${server.kubeconfig}', names: { ${names} } }\n`;
  const stop = async () => {
    await controllers.stop();
    await server.stop();
    forget(server);
  };
  return { server, backend, stop };
}

async function startTunedEc2(): Promise<Started> {
  process.env.AWS_ACCESS_KEY_ID = 'test';
  process.env.AWS_SECRET_ACCESS_KEY = 'test';
  process.env.AWS_REGION = 'us-east-1';
  const server = await startMoto();
  const client = new EC2Client({ endpoint: server.url, region: 'us-east-1' });
  await ec2ByHand(client, 'ocr').setUp(STAGES);
  client.destroy();
  return {
    server,
    backend: `version: 1\ntarget: { kind: ec2, address: '${server.url}', drain: 500ms }\n`,
    stop: server.stop,
  };
}

async function startTunedRay(): Promise<Started> {
  const server = await startRayServe();
  await server.deploy(ocrApplication());
  const names = '{ detect: ocr/Detect, read: ocr/Read }';
  return {
    server,
    backend: `version: 1\ntarget: { kind: ray-serve, address: '${server.url}', names: ${names} }\n`,
    stop: server.stop,
  };
}

async function waitFor(isSo: () => boolean, timeoutMs: number): Promise<void> {
  const deadlineMs = performance.now() + timeoutMs;
  while (!isSo()) {
    if (performance.now() > deadlineMs) throw new Error('it never came to that');
    await pause(100);
  }
}
