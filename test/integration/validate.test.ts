/** `validate` end to end on an emulated pipeline: what it does and says, never how near it comes. */
import { expect, it } from 'vitest';
import { pipelineFolder } from '../helpers/pipeline-folder.js';
import { runCli } from '../helpers/run-cli.js';

const folder = pipelineFolder();

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
