/**
 * `kill -9` at random instants of a replayed hour: the tuner, as built last and in a process of its own, is started
 * again each time, and the decisions it has written down in the end are those of a run that nobody disturbed.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { startProcess } from '../../src/backends/shared/exec.js';
import type { JournalRecord } from '../../src/control-loop/journal.js';
import { randomStream } from '../../src/random.js';
import { temporaryFolder } from '../helpers/folder.js';
import { runBuiltCli } from './servers/local-engine.js';
import { pause } from './servers/server-process.js';

const CLI = join(import.meta.dirname, '../../bin/infer-plan.js');
const KILLS = 100;
/** Trace time over real time: an hour in 36 s. */
const SPEED = 100;
/** A process is killed within this much of being started, most often in the middle of its work. */
const LONGEST_LIFE_MS = 1000;

const folder = temporaryFolder();
const cwd = folder.path;
folder.write(
  'pipeline.yaml',
  `version: 1
name: two-stage
slo: 300ms
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
detector,cpu,1,30,,,,,emulated,test
detector,cpu,4,90,,,,,emulated,test
classifier,cpu,1,40,,,,,emulated,test
`,
);
folder.write(
  'hardware.yaml',
  'version: 1\nhardware:\n  - { name: cpu, kind: cpu, price_usd_per_hour: 0.04, activation_delay: 5s }\n',
);

const recordsIn = (name: string) =>
  readFileSync(join(cwd, name), 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as JournalRecord);
const decisionsIn = (name: string) =>
  recordsIn(name).flatMap((record) => (record.kind === 'decision' ? [record.decision] : []));

beforeAll(async () => {
  const run = (line: string) => runBuiltCli(cwd, line.split(' '));
  await run('trace generate --rate 40/s --duration 5m --seed 3 -o planning.csv');
  // Twelve changes of load in an hour, and bursts.
  await run(
    'trace generate --rate 40/s --diurnal period=10m,amplitude=0.7 --spike at=17m,length=30s,factor=3 --cv 1.5 --duration 60m --seed 9 -o hour.csv',
  );
  await run('plan');
});

it('neither loses nor repeats a decision', async () => {
  const expected = (
    JSON.parse((await runBuiltCli(cwd, ['tune', '--replay', 'hour.csv', '--json'])).stdout) as {
      decisions: readonly { at_ms: number; kind: string }[];
    }
  ).decisions;
  expect(expected.length).toBeGreaterThan(20);

  const uniform = randomStream(1, 'kills');
  const args = ['tune', '--arrivals', 'trace=hour.csv', '--speed', String(SPEED), '--target', 'paper=replicas.json'];
  let kills = 0;
  for (let hasEnded = false; !hasEnded; ) {
    const child = await startProcess(process.execPath, [CLI, ...args, '--journal', 'journal'], { cwd });
    // After the last kill, the run is left to end by itself.
    const life =
      kills < KILLS ? pause(uniform() * LONGEST_LIFE_MS).then(() => 'killed' as const) : new Promise<never>(() => {});
    const end = await Promise.race([child.exited, life]);
    if (end === 'killed') {
      child.signal('SIGKILL');
      await child.exited;
      kills++;
    } else {
      expect(end, child.output()).toBe(0);
      hasEnded = true;
    }
  }
  const wanted = JSON.parse(readFileSync(join(cwd, 'replicas.json'), 'utf8')) as Record<string, number>;
  expect(decisionsIn('journal')).toEqual(expected);
  const last = recordsIn('journal').findLast((record) => record.kind === 'decision')!;
  expect(Object.values(wanted)).toEqual(last.kind === 'decision' ? last.state.replicas : []);
  expect(kills).toBeGreaterThan(50);
}, 600_000);
