/** The load generator against the local engine: two processes that count the same queries, each in its own way. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { pipelineFolder } from '../helpers/pipeline-folder.js';
import { runCli } from '../helpers/run-cli.js';
import { type LocalEngine, startLocalEngine } from './servers/local-engine.js';
import { pause } from './servers/server-process.js';

/** A batch of one takes 10 ms, of two 16 ms. */
const SHORTEST_MS = 10;
const folder = pipelineFolder();
const { path: cwd } = folder;

interface BatchLine {
  readonly size: number;
  readonly query: readonly number[];
}

async function serving<T>(
  stage: string,
  args: readonly string[],
  use: (server: LocalEngine) => Promise<T>,
): Promise<T> {
  const server = await startLocalEngine(cwd, ['--pipeline', 'pipeline.yaml', '--stage', stage, ...args]);
  try {
    return await use(server);
  } finally {
    await server.stop();
  }
}

it('counts the queries that the engine counts, none answered sooner than its service time', async () => {
  const args = ['--rate', '100/s', '--duration', '6s', '--slo', '5s', '--json', '--records', 'records.csv'];
  const { exitCode, stdout, stderr } = await serving('classify=cpu:2:2', ['--batches', 'batches.ndjson'], ({ url }) =>
    runCli(['load', '--url', url, ...args], { cwd }),
  );
  expect(exitCode, stderr).toBe(0);
  const result = JSON.parse(stdout);
  const rows = readFileSync(join(cwd, 'records.csv'), 'utf8').trim().split('\n').slice(1);
  const latencies = rows.map((row) => Number(row.split(',')[2]));
  expect(result).toMatchObject({ answered: result.queries, failed: 0 });
  expect(latencies).toHaveLength(result.queries);
  expect(Math.min(...latencies)).toBeGreaterThanOrEqual(SHORTEST_MS);

  const batches = readFileSync(join(cwd, 'batches.ndjson'), 'utf8').trim().split('\n');
  const queries = batches.flatMap((line) => (JSON.parse(line) as BatchLine).query).sort((a, b) => a - b);
  expect(queries).toEqual(Array.from({ length: result.queries }, (_, i) => i));
});

it('tells every query that the engine refuses', async () => {
  // One replica serves 2 per 16 ms; 300/s are more than twice that, and only 5 may wait.
  const args = ['--rate', '300/s', '--duration', '3s', '--slo', '5s', '--json', '--check'];
  const { exitCode, stdout } = await serving('classify=cpu:2:1', ['--queue-limit', '5'], ({ url }) =>
    runCli(['load', '--url', url, ...args], { cwd }),
  );
  const { queries, answered, failed, failures, slo } = JSON.parse(stdout);
  expect(exitCode).toBe(3);
  expect(failures.refused).toBeGreaterThan(0);
  expect(failed).toBe(failures.refused);
  expect(answered + failed).toBe(queries);
  expect(slo).toMatchObject({ misses: failed, holds: false });
});

it('ends, and counts what is lost, when the engine is killed in the middle', async () => {
  const args = ['--rate', '100/s', '--duration', '4s', '--slo', '5s', '--json', '--timeout', '3s'];
  const { stdout, exitCode } = await serving('classify=cpu:2:2', [], async (server) => {
    const loading = runCli(['load', '--url', server.url, ...args], { cwd });
    await pause(2500);
    server.kill();
    return loading;
  });
  const { queries, answered, failures } = JSON.parse(stdout);
  expect(exitCode).toBe(0);
  expect(failures.connection_errors).toBeGreaterThan(0);
  expect(answered + failures.connection_errors + failures.timeouts).toBe(queries);
});

it('times out on an engine that is frozen', async () => {
  const args = ['--rate', '50/s', '--duration', '3s', '--json', '--timeout', '1s'];
  const { stdout } = await serving('classify=cpu:2:2', [], async (server) => {
    const loading = runCli(['load', '--url', server.url, ...args], { cwd });
    await pause(2000);
    server.freeze();
    const outcome = await loading;
    server.thaw();
    return outcome;
  });
  const { queries, answered, failures } = JSON.parse(stdout);
  expect(failures.timeouts).toBeGreaterThan(0);
  expect(answered + failures.timeouts).toBe(queries);
});
