/**
 * `infer-plan tune` over every backend that is not our own: a trace whose rate triples and falls again is played to the
 * tuner, which scales the real server up and down. In the middle the server hangs, is killed and started again, or
 * refuses what it is asked. Asserted is what must hold on a disturbed machine too: it was scaled both ways, and it ends
 * with what was asked last.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { EC2Client } from '@aws-sdk/client-ec2';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openScalingTarget } from '../../src/backends/open-scaling-target.js';
import { startProcess } from '../../src/backends/shared/exec.js';
import type { JournalRecord } from '../../src/control-loop/journal.js';
import { readBackendFile } from '../../src/files/pipeline/backend-file.js';
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
  await run('trace generate --steps 0s=10/s,15s=30/s,45s=8/s --duration 220s --seed 5 -o triples.csv');
  await run('plan --no-validate');
});

interface Started {
  /** What goes wrong once the tuner has decided for the first time. */
  readonly trouble: (until: { readonly hasFailed: () => boolean }) => Promise<void>;
  /** Whether the tuner must have noticed. */
  readonly isNoticed: boolean;
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

const BACKENDS: readonly (readonly [string, string, () => Promise<Started>])[] = [
  ['triton', 'it hangs', startTunedTriton],
  ['kubernetes', 'it is killed and started again', startTunedCluster],
  ['ec2', 'it refuses to start instances', startTunedEc2],
  ['ray-serve', 'it hangs', startTunedRay],
];

it.each(BACKENDS)(
  'scales %s up and down, though %s in the middle',
  async (name, _, start) => {
    const { trouble, isNoticed, backend, stop } = await start();
    stopServer = stop;
    const { target: spec } = readBackendFile(folder.write('backend.yaml', backend));
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
        .filter((line) => line.startsWith('{') && line.endsWith('}'))
        .map((line) => JSON.parse(line) as Event);
    const hasFailed = () => events().some(({ kind }) => kind === 'apply-failed' || kind === 'read-failed');
    try {
      await waitFor(() => events().some(({ kind }) => kind === 'decision'), 120_000);
      await trouble({ hasFailed });
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
      if (isNoticed) expect(hasFailed()).toBe(true);
      // Each stage has what it was last known to have, or what was asked after that and cut short by the end of the
      // trace.
      const left = await read();
      for (const [index, stage] of STAGES.entries()) {
        const reached = events().findLast((event) => event.kind === 'applied' && event.stage === stage)?.replicas;
        const asked = askedOf(`${name}.journal`).map((replicas) => replicas[index]);
        const possible = reached === undefined ? asked : asked.slice(asked.lastIndexOf(reached));
        expect(possible).toContain(left[index]);
      }
      expect(sum(left)).toBeLessThan(sum(most));
    } finally {
      await tuner.stop();
      await target.close();
      await stop();
      stopServer = undefined;
    }
  },
  300_000,
);

/** Replicas as the journal has them decided, one decision after the other. */
function askedOf(journal: string): readonly (readonly number[])[] {
  const lines = readFileSync(join(cwd, journal), 'utf8').trimEnd().split('\n');
  const records = lines.map((line) => JSON.parse(line) as JournalRecord);
  return records.flatMap((record) => (record.kind === 'decision' ? [record.state.replicas] : []));
}

function hang(server: ServerProcess): Started['trouble'] {
  return async () => {
    server.freeze();
    await pause(HUNG_MS);
    server.thaw();
  };
}

async function startTunedTriton(): Promise<Started> {
  const server = await startTriton({ models: STAGES.map((name) => ({ name, loadMs: 200 })) });
  const backend = `version: 1\ntarget: { kind: triton, address: '${server.url}' }\n`;
  return { trouble: hang(server), isNoticed: false, backend, stop: server.stop };
}

async function startTunedCluster(): Promise<Started> {
  let server = await startApiServer();
  await server.install([SELDON_MODEL_DEFINITION]);
  for (const stage of STAGES) await server.send('POST', SELDON_MODEL.path, SELDON_MODEL.object(stage));
  const controllers = playControllers(() => server, [SELDON_MODEL]);
  const names = STAGES.map((stage) => `${stage}: models.v1alpha1.mlops.seldon.io/${stage}`).join(', ');
  const backend = `version: 1\ntarget: { kind: kubernetes, kubeconfig: '${server.kubeconfig}', names: { ${names} } }\n`;
  const trouble: Started['trouble'] = async ({ hasFailed }) => {
    server.kill();
    await waitFor(hasFailed, 60_000);
    await server.stop();
    server = await startApiServer(server);
  };
  const stop = async () => {
    await controllers.stop();
    await server.stop();
    forget(server);
  };
  return { trouble, isNoticed: true, backend, stop };
}

async function startTunedEc2(): Promise<Started> {
  process.env.AWS_ACCESS_KEY_ID = 'test';
  process.env.AWS_SECRET_ACCESS_KEY = 'test';
  process.env.AWS_REGION = 'us-east-1';
  const server = await startMoto();
  const client = new EC2Client({ endpoint: server.url, region: 'us-east-1' });
  const hand = ec2ByHand(client, 'ocr');
  await hand.setUp(STAGES);
  // Nothing can be started from a template that is not there.
  for (const stage of STAGES) await hand.dropTemplate(stage);
  const trouble: Started['trouble'] = async ({ hasFailed }) => {
    await waitFor(hasFailed, 60_000);
    for (const stage of STAGES) await hand.makeTemplate(stage);
  };
  const backend = `version: 1\ntarget: { kind: ec2, address: '${server.url}', drain: 500ms }\n`;
  const stop = async () => {
    client.destroy();
    await server.stop();
  };
  return { trouble, isNoticed: true, backend, stop };
}

async function startTunedRay(): Promise<Started> {
  const server = await startRayServe();
  await server.deploy(ocrApplication());
  const names = '{ detect: ocr/Detect, read: ocr/Read }';
  const backend = `version: 1\ntarget: { kind: ray-serve, address: '${server.url}', names: ${names} }\n`;
  return { trouble: hang(server), isNoticed: false, backend, stop: server.stop };
}

function sum(counts: readonly number[]): number {
  return counts.reduce((total, count) => total + count, 0);
}

async function waitFor(isSo: () => boolean, timeoutMs: number): Promise<void> {
  const deadlineMs = performance.now() + timeoutMs;
  while (!isSo()) {
    if (performance.now() > deadlineMs) throw new Error('it never came to that');
    await pause(100);
  }
}
