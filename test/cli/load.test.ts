// @module-tag slow
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../helpers/folder.js';
import { pipelineFolder } from '../helpers/pipeline-folder.js';
import { runCli } from '../helpers/run-cli.js';
import { answerAtOnce, type TinyEndpoint, tinyEndpoint } from '../load/tiny-endpoint.js';

const folder = pipelineFolder(); // one-stage, SLO p99 12 ms, arrivals at 0, 5 and 30 ms
const { path: cwd } = folder;
let endpoint: TinyEndpoint;
beforeAll(async () => {
  endpoint = await tinyEndpoint((response, query, request) =>
    request.url!.includes('/full/') ? response.writeHead(503).end() : answerAtOnce(response, query, request),
  );
});
afterAll(() => endpoint.stop());

/** An SLO that any answer holds, so that no test depends on the time of day. */
const EASY = ['--slo', '30s'];
const load = (...args: string[]) => runCli(['load', '--url', endpoint.url, ...args], { cwd });

describe('in a folder with a pipeline', () => {
  it('replays its trace, and tells the outcome on stdout and each second on stderr', async () => {
    const { exitCode, stdout, stderr } = await load(...EASY, '--check');
    expect(exitCode).toBe(0);
    // 2 gaps over 30 ms.
    expect(stdout).toMatch(
      /^3 queries at 66\.67 queries\/s on average\n3 answered, none failed\nSLO p99 <= 30000ms: met at /,
    );
    expect(stderr).toMatch(/^second +sent +answered +failed .*\n +1 +3 +3 +0 /);
  });

  it('writes the result, and one row per query with the instants of the trace', async () => {
    const { stdout } = await load(...EASY, '--json', '-o', 'load.json', '--records', 'load.csv');
    expect(readFileSync(join(cwd, 'load.json'), 'utf8')).toBe(stdout);
    const result = JSON.parse(stdout);
    expect(result).toMatchObject({ version: 1, queries: 3, answered: 3, failed: 0, slo: { holds: true, misses: 0 } });
    expect(result.provenance).toMatchObject({
      model: 'one-stage',
      seed: 1,
      inputs: [{ role: 'pipeline' }, { role: 'trace' }],
    });
    const [header, ...rows] = readFileSync(join(cwd, 'load.csv'), 'utf8').trim().split('\n');
    expect(header).toBe('query,arrival_ms,latency_ms');
    expect(rows.map((row) => row.split(',').slice(0, 2))).toEqual([
      ['0', '0'],
      ['1', '5'],
      ['2', '30'],
    ]);
  });

  it('names the objective and the latencies as simulate does', async () => {
    const live = JSON.parse((await load(...EASY, '--json')).stdout);
    const args = ['simulate', '--pipeline', 'pipeline.yaml', '--stage', 'classify=cpu:1:1', '--json'];
    const predicted = JSON.parse((await runCli(args, { cwd })).stdout);
    for (const key of ['latency', 'slo'])
      expect(Object.keys(live[key]).sort()).toEqual(Object.keys(predicted[key]).sort());
  });

  it('asks with the sample queries of the pipeline', async () => {
    folder.write(
      'asking/queries.mjs',
      `export const queryInputs = (seed) => (n) => [{ name: 'x', shape: [2], datatype: 'INT32', data: Int32Array.of(seed, n) }];`,
    );
    const pipeline = readFileSync(join(cwd, 'pipeline.yaml'), 'utf8').replaceAll(
      /(profiles|hardware|trace): /g,
      '$1: ../',
    );
    folder.write('asking/pipeline.yaml', `${pipeline}queries: queries.mjs\n`);
    const before = endpoint.bodies.length;
    await load('asking/pipeline.yaml', ...EASY, '--seed', '7');
    const sent = endpoint.bodies.slice(before).map((body) => JSON.parse(body).inputs[0].data);
    expect(sent.sort()).toEqual([
      [7, 0],
      [7, 1],
      [7, 2],
    ]);
  });
});

describe('without a pipeline', () => {
  const { path: empty } = temporaryFolder();

  it('draws arrivals, the same for the same seed', async () => {
    const rowsOf = async (seed: string) => {
      const drawn = ['--rate', '2000/s', '--cv', '2', '--count', '50', '--model', 'm', '--seed', seed];
      await runCli(['load', '--url', endpoint.url, ...drawn, '--records', 'r.csv'], { cwd: empty });
      return readFileSync(join(empty, 'r.csv'), 'utf8').replaceAll(/,[^,\n]*$/gm, '');
    };
    const [first, again, other] = [await rowsOf('3'), await rowsOf('3'), await rowsOf('4')];
    expect(first.split('\n')).toHaveLength(52);
    expect(again).toBe(first);
    expect(other).not.toBe(first);
  });

  it('ends the arrivals of a trace early', async () => {
    const args = ['--model', 'm', '--trace', 'trace.csv', '--json'];
    expect(JSON.parse((await load(...args, '--duration', '30ms')).stdout).queries).toBe(2);
    expect(JSON.parse((await load(...args, '--count', '1')).stdout).queries).toBe(1);
  });

  it('replays a warm-up that does not count', async () => {
    const before = endpoint.bodies.length;
    const { stdout } = await load('--model', 'm', '--trace', 'trace.csv', '--json', '--warm-up', '10ms');
    expect(JSON.parse(stdout).queries).toBe(3);
    expect(endpoint.bodies.length - before).toBe(5); // those at 0 and 5 ms twice
  });
});

it.each([
  ['all refused', ['--model', 'full'], 3],
  ['all answered', ['--model', 'm'], 0],
])('--check: %s', async (_, args, exitCode) => {
  const outcome = await load(...args, ...EASY, '--trace', 'trace.csv', '--check');
  expect(outcome.exitCode).toBe(exitCode);
  expect((await load(...args, ...EASY, '--trace', 'trace.csv')).exitCode).toBe(0);
});

it('tells failures by their kind, and writes them as infinitely late', async () => {
  const { stdout } = await load('--model', 'full', ...EASY, '--records', 'full.csv');
  expect(stdout).toContain('0 answered, 3 failed (3 refused with 503)');
  expect(stdout).toContain('not met, too many failed, attainment 0.00 %');
  expect(readFileSync(join(cwd, 'full.csv'), 'utf8')).toBe(
    'query,arrival_ms,latency_ms\n0,0,Infinity\n1,5,Infinity\n2,30,Infinity\n',
  );
});

it.each([
  ['an address that is none', ['--url', 'localhost'], 'url = localhost, must be an http address'],
  ['an address of files', ['--url', 'file:///etc'], 'url = file:///etc, must be an http address'],
  ['a rate without an end', ['--rate', '5/s'], '--rate needs an end: add --duration 60s or --count 1000'],
  ['a rate without a unit', ['--rate', '5', '--count', '1'], '--rate = 5, must be a rate'],
  [
    'two kinds of arrivals',
    ['--rate', '5/s', '--count', '1', '--trace', 't.csv'],
    '--rate cannot be combined with --trace',
  ],
  ['a CV of a trace', ['--cv', '2'], '--cv needs --rate'],
  ['no room in flight', ['--limit-in-flight', '0'], '--limit-in-flight = 0, must be a whole number from 1'],
  ['no timeout', ['--timeout', '0s'], '--timeout = 0s, must be more than 0'],
  ['a trace that is not there', ['--trace', 'none.csv'], 'none.csv: no such file'],
  ['a pipeline that is not there', ['none.yaml'], 'none.yaml: no such file'],
])('refuses %s', async (_, args, problem) => {
  const { exitCode, stdout, stderr } = await runCli(['load', ...args], { cwd });
  expect(stderr).toContain(problem);
  expect(stderr).not.toMatch(/^ +at /m);
  expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
});

it.each([
  ['is not JavaScript', 'export const = 1;', 'cannot be loaded'],
  ['exports nothing of the name', 'export const inputs = 1;', 'queryInputs = undefined, must be an exported function'],
  ['makes no tensors', 'export const queryInputs = () => () => 5;', 'must be an array of tensors'],
])('refuses sample queries of a module that %s', async (name, text, problem) => {
  const file = `broken-${name.replaceAll(' ', '-')}`;
  folder.write(`${file}.mjs`, text);
  const pipeline = readFileSync(join(cwd, 'pipeline.yaml'), 'utf8');
  folder.write(`${file}.yaml`, `${pipeline}queries: ${file}.mjs\n`);
  const { exitCode, stderr } = await load(`${file}.yaml`);
  expect(stderr).toContain(problem);
  expect(exitCode).toBe(2);
});

describe('a server that cannot be asked', () => {
  it('nothing answers: exit 4, and no file', async () => {
    const gone = await tinyEndpoint();
    await gone.stop();
    const args = ['load', '--url', gone.url, '-o', 'gone.json', '--records', 'gone.csv'];
    const { exitCode, stderr } = await runCli(args, { cwd });
    expect(exitCode).toBe(4);
    expect(stderr).toContain(`${gone.url}: nothing answers (ECONNREFUSED)`);
    expect(readdirSync(cwd).filter((name) => name.includes('gone'))).toEqual([]);
  });

  it('the model is not ready: exit 4', async () => {
    const starting = await tinyEndpoint(answerAtOnce, { ready: 503 });
    const { exitCode, stderr } = await runCli(['load', '--url', starting.url, '--wait', '300ms'], { cwd });
    await starting.stop();
    expect(exitCode).toBe(4);
    expect(stderr).toContain('one-stage is not ready (503), must answer 200');
  });

  it('records cannot be written: exit 2', async () => {
    const { exitCode, stderr } = await load('--records', 'no-folder/r.csv');
    expect(exitCode).toBe(2);
    expect(stderr).toContain('no-folder/r.csv');
    expect(existsSync(join(cwd, 'no-folder'))).toBe(false);
  });
});
