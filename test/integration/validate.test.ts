/** `validate` end to end on an emulated pipeline: what it does and says, never how near it comes. */
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { exec } from '../../src/backends/shared/exec.js';
import { pipelineFolder } from '../helpers/pipeline-folder.js';
import { runCli } from '../helpers/run-cli.js';

const folder = pipelineFolder();
/** Threads of replicas are started from built files. */
const CLI = join(import.meta.dirname, '../../bin/infer-plan.js');

it('serves, replays, simulates and prints both sides', async () => {
  await runCli(['trace', 'generate', '--rate', '40/s', '--duration', '3s', '-o', 'short.csv'], { cwd: folder.path });
  const args = [
    '--stage',
    'classify=cpu:2:2',
    '--trace',
    'short.csv',
    '--runs',
    '1',
    '--calibration',
    '1s',
    '--slo',
    '1s',
  ];
  const { exitCode, stdout, stderr } = await runCli(['validate', '--pipeline', 'pipeline.yaml', ...args, '--json'], {
    cwd: folder.path,
  });
  expect(exitCode, stderr).toBe(0);
  const { version, figures, stages, runs, costs, queries } = JSON.parse(stdout);
  expect(version).toBe(1);
  expect(Object.keys(figures)).toEqual(['mean_ms', 'p50_ms', 'p95_ms', 'p99_ms', 'slo_attainment']);
  expect(runs.length).toBeGreaterThanOrEqual(1);
  for (const run of runs) expect(run).toMatchObject({ queries, failed: 0 });
  // Every query is an item of the one stage, predicted and measured.
  expect(stages).toHaveLength(1);
  expect(stages[0]).toMatchObject({ stage: 'classify', predicted: { items: queries }, measured: { items: queries } });
  // No query is answered before its service time, and none enters before it is scheduled.
  expect(figures.p50_ms.measured).toBeGreaterThanOrEqual(10);
  expect(costs.ingress.p50_ms).toBeGreaterThanOrEqual(0);
  expect(costs.ingress.samples).toBeGreaterThan(0);
});

it('profiles the stages again in the pauses of every run', async () => {
  // The profile says 5 ms an item; the stage sleeps for 8.
  folder.write(
    'sleep.js',
    `const cell = new Int32Array(new SharedArrayBuffer(4));
export const createStage = () => ({
  run: (items) => {
    Atomics.wait(cell, 0, 0, 8 * items.length);
    return items.map(() => ({ output: 1 }));
  },
});
`,
  );
  folder.write(
    'pipeline-with-module.yaml',
    'version: 1\nname: sleepy\nprofiles: wrong.csv\nhardware: hardware.yaml\nstages:\n  - { name: sleep, module: sleep.js }\n',
  );
  folder.write(
    'wrong.csv',
    'model,hardware,batch_size,mean_ms,p50_ms,p95_ms,p99_ms,samples,runtime,source\nsleep,cpu,1,5,,,,,by hand,test\n',
  );
  // Two pieces of 10 s.
  await runCli(['trace', 'generate', '--rate', '20/s', '--duration', '11s', '-o', 'two-pieces.csv'], {
    cwd: folder.path,
  });
  const args = ['--pipeline', 'pipeline-with-module.yaml', '--stage', 'sleep=cpu:1:1', '--trace', 'two-pieces.csv'];
  const { stdout } = await exec(
    process.execPath,
    [CLI, 'validate', ...args, '--runs', '1', '--attempts', '1', '--calibration', '2s', '--reprofile', '--json'],
    { cwd: folder.path, timeoutMs: 120_000 },
  );
  const { figures, runs, stages, queries } = JSON.parse(stdout);
  expect(runs).toHaveLength(1);
  expect(runs[0]).toMatchObject({ queries, failed: 0, reprofiled: { p50_ms: figures.p50_ms.reprofiled.predicted } });
  expect(stages[0].measured.items).toBe(queries);
  expect(figures.p50_ms.predicted).toBeLessThan(figures.p50_ms.reprofiled.predicted - 2);
  expect(figures.p50_ms.reprofiled.predicted).toBeGreaterThanOrEqual(8);
  // The engine was idle in the pauses, which count in no utilisation: 20 items a second of 8 ms and more.
  expect(stages[0].measured.utilisation).toBeGreaterThan(0.12);
});
