// @module-tag slow
/** The package as npm would install it, run from another folder. Needs a build (`make test` makes one). */
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { pipelineFolder } from '../helpers/pipeline-folder.js';

const ROOT = join(import.meta.dirname, '../..');
const folder = pipelineFolder();
const BIN = join(folder.path, 'node_modules/.bin/infer-plan');
const SIMULATE = ['simulate', '--stage', 'classify=cpu:1:1'];

let packed: string[] = [];

beforeAll(() => {
  const options = ['--ignore-scripts', '--json', '--pack-destination', folder.path];
  const [{ filename, files }] = JSON.parse(execFileSync('npm', ['pack', ...options], { cwd: ROOT, encoding: 'utf8' }));
  packed = files.map(({ path }: { path: string }) => path);
  const installed = join(folder.path, 'node_modules/infer-plan');
  mkdirSync(installed, { recursive: true });
  execFileSync('tar', ['-xzf', join(folder.path, filename), '-C', installed, '--strip-components=1']);
  symlinkSync(join(ROOT, 'node_modules'), join(installed, 'node_modules'));
  mkdirSync(join(folder.path, 'node_modules/.bin'));
  symlinkSync('../infer-plan/bin/infer-plan.js', BIN);
});

function start(args: readonly string[]) {
  const child = spawn(process.execPath, [BIN, ...args], { cwd: folder.path });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const ended = new Promise<{ exitCode: number | null; signal: string | null; stdout: string; stderr: string }>(
    (resolve) => child.on('close', (exitCode, signal) => resolve({ exitCode, signal, stdout, stderr })),
  );
  return { child, ended };
}

it('holds what a user needs and nothing else', () => {
  expect(packed).toEqual(
    expect.arrayContaining(['LICENSE', 'CHANGELOG.md', 'package.json', 'dist/cli/run.js', 'pipeline.yaml']),
  );
  const folders = new Set(packed.filter((path) => path.includes('/')).map((path) => path.split('/')[0]));
  expect(
    [...folders].filter(
      (name) => !['bin', 'dist', 'docs', 'profiles', 'templates', 'traces', 'examples'].includes(name!),
    ),
  ).toEqual([]);
});

it('holds every page and file that its pages link to', () => {
  const pages = packed.filter((path) => path.endsWith('.md'));
  const links = pages.flatMap((page) =>
    [...readFileSync(join(ROOT, page), 'utf8').matchAll(/\]\(([^)\s]+)\)|\b(?:src|srcset)="([^"]+)"/g)]
      .map(([, link, source]) => (link ?? source)!)
      .filter((target) => !/^(https?:|#)/.test(target))
      .map((target) => ({ page, path: posix.join(posix.dirname(page), target.replace(/#.*/, '')) })),
  );
  expect(pages).toEqual(expect.arrayContaining(['README.md', 'docs/README.md', 'docs/file-formats.md']));
  expect(links.length).toBeGreaterThan(50);
  expect(links.filter(({ path }) => !packed.some((file) => file === path || file.startsWith(`${path}/`)))).toEqual([]);
});

it('prints its version', async () => {
  const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  expect(await start(['--version']).ended).toMatchObject({ exitCode: 0, stdout: `${version}\n`, stderr: '' });
});

it('simulates, the same bytes each time', async () => {
  const [first, second] = await Promise.all([
    start([...SIMULATE, '--json']).ended,
    start([...SIMULATE, '--json']).ended,
  ]);
  expect(first).toMatchObject({ exitCode: 0, stderr: '' });
  expect(JSON.parse(first.stdout)).toMatchObject({ queries: 3, latency: { max_ms: 15 } });
  expect(second.stdout).toBe(first.stdout);
});

it('passes exit codes on', async () => {
  expect(await start([...SIMULATE, '--check']).ended).toMatchObject({ exitCode: 3 });
  expect(await start([...SIMULATE, '--slo', '5']).ended).toMatchObject({ exitCode: 2, stdout: '' });
});

it('is quiet when its reader goes away', async () => {
  const { child, ended } = start(['--help']);
  child.stdout.destroy();
  expect(await ended).toMatchObject({ exitCode: 0, stderr: '' });
});

it('ends at once when interrupted, and leaves no half-written records', async () => {
  const pipe = join(folder.path, 'endless.csv');
  execFileSync('mkfifo', [pipe]);
  const { child, ended } = start([...SIMULATE, '--trace', pipe, '--records', 'half.csv']);
  const trace = await open(pipe, 'w'); // waits for the simulation to open it
  await trace.write('arrival_ms\n1\n2\n');
  child.kill('SIGINT');
  expect(await ended).toMatchObject({ signal: 'SIGINT', stderr: '' });
  await trace.close();
  expect(existsSync(join(folder.path, 'half.csv'))).toBe(false);
});
