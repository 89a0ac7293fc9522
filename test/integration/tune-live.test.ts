/**
 * The whole loop on this machine, short: `serve` runs a plan with emulated replicas, `load` replays a trace whose rate
 * doubles, `tune` scales up and down again. What is asserted is what must hold on a disturbed machine too: what was
 * decided, what the engine was told, and that a second tuner is refused.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type RunningProcess, startProcess } from '../../src/backends/shared/exec.js';
import type { JournalRecord } from '../../src/control-loop/journal.js';
import { temporaryFolder } from '../helpers/folder.js';
import { type LocalEngine, runBuiltCli, startLocalEngine } from './servers/local-engine.js';
import { pause } from './servers/server-process.js';

const CLI = join(import.meta.dirname, '../../bin/infer-plan.js');
const folder = temporaryFolder();
const cwd = folder.path;
folder.write(
  'pipeline.yaml',
  `version: 1
name: tuned-live
slo: 400ms
profiles: profiles.csv
hardware: hardware.yaml
trace: planning.csv
stages:
  - name: detect
    model: detector
  - name: classify
    model: classifier
    parents:
      - { from: detect, probability: 0.6 }
`,
);
folder.write(
  'profiles.csv',
  `model,hardware,batch_size,mean_ms,p50_ms,p95_ms,p99_ms,samples,runtime,source
detector,cpu,1,60,,,,,emulated,test
classifier,cpu,1,80,,,,,emulated,test
`,
);
folder.write(
  'hardware.yaml',
  'version: 1\nhardware:\n  - { name: cpu, kind: cpu, price_usd_per_hour: 0.04, activation_delay: 1s, inventory: 24 }\n',
);

let engine: LocalEngine;
let tuner: RunningProcess;
const tune = () =>
  startProcess(process.execPath, [CLI, 'tune', '--target', `local=${engine.url}`, '--json', '--metrics-port', '0'], {
    cwd,
  });

beforeAll(async () => {
  const run = (line: string) => runBuiltCli(cwd, line.split(' '));
  await run('trace generate --rate 15/s --duration 3m --seed 3 -o planning.csv');
  await run('trace generate --steps 0s=15/s,20s=30/s,50s=12/s --duration 70s --seed 5 -o doubles.csv');
  await run('plan --no-validate');
  engine = await startLocalEngine(cwd, []);
  tuner = await tune();
});

afterAll(async () => {
  await tuner?.stop();
  await engine?.stop();
});

interface Admin {
  readonly stages: readonly { readonly stage: string; readonly replicas: number }[];
}

const replicasNow = async () => {
  const { stages } = (await (await fetch(`${engine.url}/admin/stages`)).json()) as Admin;
  return stages.map(({ replicas }) => replicas);
};

it('scales up while the rate is doubled and down again after, and says so', async () => {
  const planned = await replicasNow();
  const load = runBuiltCli(cwd, [
    'load',
    '--url',
    engine.url,
    '--trace',
    'doubles.csv',
    '--json',
    '-o',
    'load.json',
  ]).catch(() => undefined);
  let most = planned;
  for (let second = 0; second < 50; second++) {
    await pause(1000);
    const now = await replicasNow();
    most = most.map((count, s) => Math.max(count, now[s]!));
  }
  expect(most.every((count, s) => count > planned[s]!)).toBe(true);

  // One tuner for one pipeline in one place.
  const second = await tune();
  expect(await second.exited).toBe(2);
  expect(second.output()).toContain('must be one tuner of tuned-live');

  await load;
  // A removal looks back two minutes.
  const total = (counts: readonly number[]) => counts.reduce((sum, count) => sum + count, 0);
  for (let waited = 0; waited < 240 && total(await replicasNow()) >= total(most); waited++) await pause(1000);
  expect(total(await replicasNow())).toBeLessThan(total(most));

  tuner.signal('SIGTERM');
  expect(await tuner.exited).toBe(0);
  const events = tuner
    .output()
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as { kind: string });
  expect(events[0]!.kind).toBe('started');
  expect(events.at(-1)!.kind).toBe('ended');
  const records = readFileSync(join(cwd, 'tuned-live.tune.journal'), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as JournalRecord);
  const decisions = records.flatMap((record) => (record.kind === 'decision' ? [record] : []));
  expect(decisions.map(({ decision }) => decision.kind)).toEqual(expect.arrayContaining(['up', 'down']));
  // The engine has what the last decision wants.
  expect(await replicasNow()).toEqual(decisions.at(-1)!.state.replicas);
  expect(records.at(-1)).toEqual({ kind: 'end' });
}, 500_000);
