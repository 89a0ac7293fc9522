/** `profile --target local`: the real engine of the build (`npm run build`), its threads and stage modules. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LocalProfilingOptions, LocalProfilingTarget } from '../../src/backends/local/local-profiling-target.js';
import { servedStages } from '../../src/backends/local/local-served-stages.js';
import { exec, startProcess } from '../../src/backends/shared/exec.js';
import { readPipelineFile } from '../../src/files/pipeline/pipeline-file.js';
import { readProfileFiles } from '../../src/files/profile/profile-file.js';
import { readSamplesFiles } from '../../src/files/profile/samples-file.js';
import { checkProfilingTarget } from './profiling-contract.js';
import { type LocalEngine, startLocalEngine } from './servers/local-engine.js';

const ROOT = join(import.meta.dirname, '../..');
const CLI = join(ROOT, 'bin/infer-plan.js');
/** Threads of replicas are started from built files. */
const BUILT_LOAD = join(ROOT, 'dist/load/steady-load.js');
const BUILT = join(ROOT, 'dist/backends/local/local-profiling-target.js');

const folder = mkdtempSync(join(tmpdir(), 'infer-plan-local-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** `find` sends one item to `read` for a query with an even number and two for an odd one; every fourth query goes to `flag`, not to `read`. */
beforeAll(() => {
  if (!existsSync(BUILT)) throw new Error('dist/ is missing: npm run build');
  writeFileSync(join(folder, 'pipeline.yaml'), PIPELINE);
  writeFileSync(
    join(folder, 'hardware.yaml'),
    'version: 1\nhardware:\n  - { name: cpu, kind: cpu, price_usd_per_hour: 1 }\n',
  );
  writeFileSync(
    join(folder, 'queries.js'),
    "export const queryInputs = () => (n) => [{ name: 'n', shape: [1], datatype: 'INT32', data: [n] }];\n",
  );
  writeFileSync(
    join(folder, 'find.js'),
    `export const createStage = () => ({
  run: (items) => items.map(({ n }) => {
    const query = n.data[0];
    if (query % 4 === 3) return { send: { flag: [query] } };
    return { send: { read: query % 2 === 0 ? [query] : [query, query] } };
  }),
});
`,
  );
  writeFileSync(
    join(folder, 'sleep.js'),
    `const cell = new Int32Array(new SharedArrayBuffer(4));
export const createStage = () => ({
  run: (items) => {
    Atomics.wait(cell, 0, 0, 4 + 2 * items.length);
    return items.map((output) => ({ output }));
  },
});
`,
  );
});

const PIPELINE = `version: 1
name: small
slo: 1s
profiles: profiles.csv
hardware: hardware.yaml
queries: queries.js
stages:
  - name: find # decides
    module: find.js
  - name: read
    module: sleep.js
    parents:
      - { from: find, probability: 0.5, group: way }
  - name: flag
    module: sleep.js
    parents:
      - { from: find, probability: 0.5, group: way }
`;

async function open(given: Partial<LocalProfilingOptions> = {}): Promise<LocalProfilingTarget> {
  const built = (await import(BUILT)) as typeof import('../../src/backends/local/local-profiling-target.js');
  const { pipeline } = readPipelineFile(join(folder, 'pipeline.yaml'));
  return built.openLocalProfilingTarget({
    pipeline,
    folder,
    largestBatchSize: 4,
    replicasOf: (stage) => (stage === 'read' ? 2 : 1),
    bodyOf: (n) => Buffer.from(JSON.stringify({ inputs: [{ name: 'n', shape: [1], datatype: 'INT32', data: [n] }] })),
    samples: 8,
    watch: () => () => ({ foreignCpus: 0, stolenCpus: 0 }),
    ...given,
  });
}

checkProfilingTarget('local', async () => ({
  target: await open(),
  kind: 'local',
  clock: 'service',
  stages: ['find', 'read', 'flag'],
  isWatched: true,
}));

checkProfilingTarget('a running engine', async () => {
  const args = ['--stage', 'find=here:4:1', '--stage', 'read=here:4:2', '--stage', 'flag=here:4:1'];
  engine = await startLocalEngine(folder, ['--pipeline', 'pipeline.yaml', ...args]);
  for (let n = 0; n < 8; n++) {
    const inputs = [{ name: 'n', shape: [1], datatype: 'INT32', data: [n] }];
    await fetch(`${engine.url}/v2/models/small/infer`, { method: 'POST', body: JSON.stringify({ inputs }) });
  }
  const stages = [1, 2, 1].map((replicas, index) => ({ stage: ['find', 'read', 'flag'][index]!, replicas }));
  return {
    target: servedStages({ url: engine.url, stages }),
    kind: 'local',
    clock: 'service',
    stages: ['find', 'read', 'flag'],
    isWatched: false,
  };
});
let engine: LocalEngine | undefined;
afterAll(() => engine?.stop());

describe('the local engine', () => {
  it('takes at least as long as the module sleeps', async () => {
    const target = await open();
    const batches = [1, 4].map((batchSize) => ({ batchSize, gapMs: 0 }));
    const result = await target.runBatches([{ stage: 'read', replica: 0, batches }]);
    // 4 + 2b ms; timers may be a little early.
    expect(result.batches[0]!.serviceMs).toBeGreaterThan(5.5);
    expect(result.batches[1]!.serviceMs).toBeGreaterThan(11.5);
    await target.close();
  });

  it('takes in queries beside the measurements', async () => {
    const { openSteadyLoad } = (await import(BUILT_LOAD)) as typeof import('../../src/load/steady-load.js');
    let answered: Promise<number> | undefined;
    const openQueries: LocalProfilingOptions['openQueries'] = (target) => {
      const load = openSteadyLoad({ ...target, model: 'small', seed: 1 });
      return {
        start(rateQps) {
          const end = load.start(rateQps);
          return () => (answered = end());
        },
        close: () => load.close(),
      };
    };
    const target = await open({ openQueries });
    // And once more: who sends them stays in between.
    for (let time = 1; time <= 2; time++) {
      const release = await target.accompany!(100);
      await target.runBatches([{ stage: 'read', replica: 0, batches: [{ batchSize: 1, gapMs: 1000 }] }]);
      await release();
      expect(await answered).toBeGreaterThan(20);
    }
    await target.close();
  });

  it('leaves out stages that no sample query visited', async () => {
    const target = await open({ samples: 1 });
    expect(target.describe().stages.map(({ stage }) => stage)).toEqual(['find', 'read']);
    await target.close();
  });

  it('says which sample query fails', async () => {
    const body = Buffer.from(JSON.stringify({ inputs: [{ name: 'other', shape: [1], datatype: 'INT32', data: [1] }] }));
    await expect(open({ bodyOf: () => body })).rejects.toMatchObject({
      code: 'SAMPLE_QUERY',
      message: expect.stringContaining('sample query 0: failed'),
    });
  });
});

describe('the command', () => {
  const run = (...args: string[]) =>
    exec(process.execPath, [CLI, 'profile', '--as', 'cpu', '--foreign', 'any', '--budget', '1s', ...args], {
      cwd: folder,
      timeoutMs: 120_000,
    });

  it('measures all stages, counts where queries go, and writes that into the pipeline file', async () => {
    const { stdout } = await run('--batch-sizes', '1,2', '--queries', '40', '--write-routing', '--json');
    const result = JSON.parse(stdout) as { rows: object[]; routing: { broken_groups: string[] } };
    expect(result.rows.length).toBeGreaterThanOrEqual(6);
    // Of 40 queries, 10 go to flag; of the other 30, 20 send one item and 10 two.
    expect(readFileSync(join(folder, 'pipeline.yaml'), 'utf8')).toBe(
      PIPELINE.replace(
        '{ from: find, probability: 0.5, group: way }',
        '{ from: find, probability: 0.75, group: way, fan_out: { 1: 0.6667, 2: 0.3333 } }',
      ).replace('{ from: find, probability: 0.5, group: way }', '{ from: find, probability: 0.25, group: way }'),
    );
    expect(result.routing.broken_groups).toEqual([]);
    const profiles = readProfileFiles([join(folder, 'profiles.csv')], 'hot');
    expect(profiles.map(({ model, rows }) => [model, rows.length])).toEqual([
      ['find', 2],
      ['read', 2],
      ['flag', 2],
    ]);
    for (const { rows } of readSamplesFiles([join(folder, 'profiles.samples.csv')], profiles)) {
      for (const { samplesMs } of rows) expect(samplesMs!.length).toBeGreaterThan(4);
    }
  });

  it('keeps the rows that are finished when it is interrupted, and goes on with --resume', async () => {
    const args = [
      'profile',
      '--as',
      'cpu',
      '--foreign',
      'any',
      '--curve',
      'hot',
      '-o',
      'stopped.csv',
      '--batch-sizes',
      '1,2,4',
    ];
    const path = join(folder, 'stopped.csv');
    const process_ = await startProcess(process.execPath, [CLI, ...args, '--budget', '1s'], { cwd: folder });
    await expect.poll(() => existsSync(path), { timeout: 60_000 }).toBe(true);
    process_.signal('SIGINT');
    expect(await process_.exited).toBe(0);
    expect(process_.output()).toContain('stopped: --resume measures what is missing');
    const before = readFileSync(path, 'utf8').trim().split('\n');
    expect(before.length).toBeLessThan(1 + 9);
    await run('--curve', 'hot', '-o', 'stopped.csv', '--batch-sizes', '1,2,4', '--resume');
    const after = readFileSync(path, 'utf8').trim().split('\n');
    expect(after).toHaveLength(1 + 9);
    expect(after).toEqual(expect.arrayContaining(before));
  });
});
