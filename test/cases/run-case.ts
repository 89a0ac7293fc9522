/** Runs one case: its commands in order, in a scratch folder, with what runs beside them. README.md explains the keys. */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { exec, type RunningProcess, startProcess } from '../../src/backends/shared/exec.js';
import { runCli } from '../helpers/run-cli.js';

const HERE = import.meta.dirname;
const PROGRAM = join(HERE, '../../bin/infer-plan.js');
const MAX_MAKE_MS = 120_000;
const LOOK_EVERY_MS = 50;
// Nothing checks them but the SDK, which signs with some.
process.env.AWS_ACCESS_KEY_ID = 'none';
process.env.AWS_SECRET_ACCESS_KEY = 'none';

interface Run {
  readonly command: string;
  readonly stdin?: string;
  readonly pipe?: string;
  readonly interrupt?: { readonly after: string; readonly seconds: number };
  readonly exit?: number;
  readonly stdout?: readonly string[];
  readonly stderr?: readonly string[];
  readonly lacks?: readonly string[];
  readonly arrivals?: Readonly<Record<string, readonly number[]>>;
  readonly files?: Readonly<Record<string, string>>;
  readonly json?: Readonly<Record<string, unknown>>;
}

export interface Case {
  readonly what: string;
  readonly base?: true;
  readonly make?: string;
  readonly beside?: string;
  readonly runs: readonly Run[];
  readonly todo?: string;
}

const KEYS = ['what', 'base', 'make', 'beside', 'runs', 'todo'];
const RUN_KEYS = [
  'command',
  'stdin',
  'pipe',
  'interrupt',
  'exit',
  'stdout',
  'stderr',
  'lacks',
  'arrivals',
  'files',
  'json',
] satisfies (keyof Run)[];

interface Outcome {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A case file with a key nobody reads would test less than it says. */
export function checkKeys(described: Case): void {
  expect(Object.keys(described).filter((key) => !KEYS.includes(key))).toEqual([]);
  expect(described.what).toMatch(/\.$/);
  expect(described.runs.length).toBeGreaterThan(0);
  for (const run of described.runs) {
    expect(Object.keys(run).filter((key) => !(RUN_KEYS as string[]).includes(key))).toEqual([]);
  }
}

/** Runs a case whose inputs lie in `cwd`. Throws at the first thing that is not as described. */
export async function runCase({ make, beside, runs }: Case, cwd: string): Promise<void> {
  if (make !== undefined) await exec(process.execPath, scriptOf(make), { cwd, timeoutMs: MAX_MAKE_MS });
  const companion = beside === undefined ? undefined : await startProcess(process.execPath, scriptOf(beside), { cwd });
  try {
    const port = companion === undefined ? '' : /ready ?(\d*)/.exec(await textWith(companion, /ready.*\n/))![1]!;
    fillIn(cwd, port);
    for (const run of runs) await check({ ...run, command: run.command.replaceAll('$PORT', port) }, cwd);
  } finally {
    await companion?.stop();
  }
}

function scriptOf(text: string): string[] {
  const [script, ...args] = wordsOf(text);
  return [join(HERE, 'beside', script!), ...args];
}

/** Puts the port of what runs beside into the case's YAML files. */
function fillIn(cwd: string, port: string): void {
  for (const name of readdirSync(cwd).filter((file) => file.endsWith('.yaml'))) {
    const text = readFileSync(join(cwd, name), 'utf8');
    if (text.includes('$PORT')) writeFileSync(join(cwd, name), text.replaceAll('$PORT', port));
  }
}

/** What a process has written, once that matches. Throws when it ends before. */
async function textWith(running: RunningProcess, expected: RegExp): Promise<string> {
  let hasEnded = false;
  void running.exited.then(() => {
    hasEnded = true;
  });
  for (;;) {
    const isLast = hasEnded;
    const text = running.output();
    if (expected.test(text)) return text;
    if (isLast) throw new Error(`ended before it wrote ${expected}:\n${text}`);
    await pause(LOOK_EVERY_MS);
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

async function check(run: Run, cwd: string): Promise<void> {
  const { exitCode, stdout, stderr } = await outcomeOf(run, cwd);
  expect(exitCode, `${run.command}\n${stdout}${stderr}`).toBe(run.exit ?? 0);
  for (const text of run.stdout ?? []) expect(stdout).toMatch(pattern(text));
  for (const text of run.stderr ?? []) expect(stderr).toMatch(pattern(text));
  for (const text of run.lacks ?? []) expect(`${stdout}${stderr}`).not.toMatch(pattern(text));
  for (const [file, arrivals] of Object.entries(run.arrivals ?? {})) {
    expect(arrivalsIn(readFileSync(join(cwd, file), 'utf8'))).toEqual(arrivals);
  }
  for (const [file, text] of Object.entries(run.files ?? {})) {
    expect(readFileSync(join(cwd, file), 'utf8')).toBe(text);
  }
  for (const [path, value] of Object.entries(run.json ?? {})) {
    expect(valueAt(JSON.parse(stdout), path), path).toEqual(value);
  }
}

async function outcomeOf({ command, stdin, pipe, interrupt }: Run, cwd: string): Promise<Outcome> {
  const args = wordsOf(command);
  if (pipe !== undefined) return piped(args, pipe, cwd);
  if (interrupt !== undefined) return interrupted(args, interrupt, cwd);
  if (stdin === undefined) return runCli(args, { cwd });
  const { status, stdout, stderr } = spawnSync(process.execPath, [PROGRAM, ...args], {
    cwd,
    input: readFileSync(join(cwd, stdin)),
    encoding: 'utf8',
  });
  return { exitCode: status, stdout, stderr };
}

/** Runs the program on what a script writes. */
function piped(args: readonly string[], script: string, cwd: string): Outcome {
  const shell = ['-c', 'from=$1; shift; "$0" "$from" | "$0" "$@"', process.execPath, ...scriptOf(script), PROGRAM];
  const { status, stdout, stderr } = spawnSync('sh', [...shell, ...args], { cwd, encoding: 'utf8' });
  return { exitCode: status, stdout, stderr };
}

/** Runs the program until it has written a text, and then for some seconds more; then it gets Ctrl-C. */
async function interrupted(
  args: readonly string[],
  { after, seconds }: NonNullable<Run['interrupt']>,
  cwd: string,
): Promise<Outcome> {
  const running = await startProcess(process.execPath, [PROGRAM, ...args], { cwd });
  try {
    await textWith(running, pattern(after));
    await pause(1000 * seconds);
    running.signal('SIGINT');
    const ended = await running.exited;
    return { exitCode: typeof ended === 'number' ? ended : null, stdout: running.output(), stderr: running.output() };
  } finally {
    await running.stop();
  }
}

function wordsOf(text: string): string[] {
  return [...text.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, word]) => (quoted ?? word)!);
}

function pattern(text: string): RegExp {
  const expression = /^\/(.*)\/$/s.exec(text)?.[1];
  const words = text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&').replaceAll(' ', '\\s+'); // a sentence may go on below
  return new RegExp(expression ?? words, 'm');
}

function arrivalsIn(trace: string): readonly number[] {
  const [header, ...rows] = trace.trimEnd().split('\n');
  expect(header).toBe('arrival_ms');
  return rows.map(Number);
}

function valueAt(value: unknown, path: string): unknown {
  return path.split('.').reduce<unknown>((at, key) => (at as Record<string, unknown> | undefined)?.[key], value);
}
