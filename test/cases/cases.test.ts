// @module-tag slow
/** Runs every folder beside this file that has a `case.yaml`; README.md explains its keys. */
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { temporaryFolder } from '../helpers/folder.js';
import { runCli } from '../helpers/run-cli.js';

const HERE = import.meta.dirname;
const ROOT = join(HERE, '../..');
const BASE_FILES = ['p.yaml', 'hw.yaml', 'prof.csv', 'tr.csv', 'plan.yaml'];

interface Run {
  readonly command: string;
  readonly stdin?: string;
  readonly exit?: number;
  readonly stdout?: readonly string[];
  readonly stderr?: readonly string[];
  readonly lacks?: readonly string[];
  readonly arrivals?: Readonly<Record<string, readonly number[]>>;
  readonly files?: Readonly<Record<string, string>>;
  readonly json?: Readonly<Record<string, unknown>>;
}

interface Case {
  readonly what: string;
  readonly base?: true;
  readonly runs?: readonly Run[];
  readonly todo?: string;
  readonly elsewhere?: string;
}

const KEYS = ['what', 'base', 'runs', 'todo', 'elsewhere'];
const RUN_KEYS = ['command', 'stdin', 'exit', 'stdout', 'stderr', 'lacks', 'arrivals', 'files', 'json'];

const names = readdirSync(HERE).filter((name) => existsSync(join(HERE, name, 'case.yaml')));
const scratch = temporaryFolder();
let base: Promise<string> | undefined;

/** The folder with the shared plan, made once. */
function baseFolder(): Promise<string> {
  base ??= makeBase();
  return base;
}

async function makeBase(): Promise<string> {
  const cwd = join(scratch.path, 'base');
  cpSync(join(HERE, 'base'), cwd, { recursive: true });
  for (const command of ['trace generate --rate 50/s --cv 2 --duration 60s -o tr.csv', 'plan p.yaml -o plan.yaml']) {
    const { exitCode, stderr } = await runCli(command.split(' '), { cwd });
    expect(exitCode, stderr).toBe(0);
  }
  return cwd;
}

describe('cases', () => {
  it('are many', () => expect(names.length).toBeGreaterThan(15));

  it.each(names)('%s', async (name) => {
    const described: Case = parse(readFileSync(join(HERE, name, 'case.yaml'), 'utf8'));
    expect(Object.keys(described).filter((key) => !KEYS.includes(key))).toEqual([]);
    expect(described.what).toMatch(/\.$/);
    if (described.elsewhere !== undefined) {
      expect(existsSync(join(ROOT, described.elsewhere)), described.elsewhere).toBe(true);
      return;
    }
    const failure = await failureOf(name, described);
    if (described.todo === undefined && failure !== undefined) throw failure;
    if (described.todo !== undefined && failure === undefined) throw new Error('passes now: remove its `todo`');
  });
});

async function failureOf(name: string, described: Case): Promise<unknown> {
  const cwd = join(scratch.path, name);
  mkdirSync(cwd);
  if (described.base) for (const file of BASE_FILES) cpSync(join(await baseFolder(), file), join(cwd, file));
  cpSync(join(HERE, name), cwd, { recursive: true });
  expect(described.runs!.length).toBeGreaterThan(0);
  for (const run of described.runs!) expect(Object.keys(run).filter((key) => !RUN_KEYS.includes(key))).toEqual([]);
  try {
    for (const run of described.runs!) await check(run, cwd);
    return undefined;
  } catch (error) {
    return error;
  }
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

async function outcomeOf({ command, stdin }: Run, cwd: string) {
  const args = [...command.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, word]) => (quoted ?? word)!);
  if (stdin === undefined) return runCli(args, { cwd });
  const program = join(ROOT, 'bin/infer-plan.js');
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...args], {
    cwd,
    input: readFileSync(join(cwd, stdin)),
    encoding: 'utf8',
  });
  return { exitCode: status, stdout, stderr };
}

function pattern(text: string): RegExp {
  const expression = /^\/(.*)\/$/s.exec(text)?.[1];
  return new RegExp(expression ?? text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'), 'm');
}

function arrivalsIn(trace: string): readonly number[] {
  const [header, ...rows] = trace.trimEnd().split('\n');
  expect(header).toBe('arrival_ms');
  return rows.map(Number);
}

function valueAt(value: unknown, path: string): unknown {
  return path.split('.').reduce<unknown>((at, key) => (at as Record<string, unknown> | undefined)?.[key], value);
}
