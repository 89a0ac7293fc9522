// @module-tag slow
/** Runs every folder beside this file that has a `case.yaml`; README.md explains its keys. */
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { temporaryFolder } from '../helpers/folder.js';
import { runCli } from '../helpers/run-cli.js';
import { type Case, checkKeys, runCase } from './run-case.js';

const HERE = import.meta.dirname;
const BASE_FILES = ['p.yaml', 'hw.yaml', 'prof.csv', 'tr.csv', 'plan.yaml'];

const cases = readdirSync(HERE)
  .filter((name) => existsSync(join(HERE, name, 'case.yaml')))
  .map((name) => ({ name, described: parse(readFileSync(join(HERE, name, 'case.yaml'), 'utf8')) as Case }));
/** Those that wait for a clock run while the others compute. */
const isLive = ({ described }: { described: Case }) => described.runs.some(({ interrupt }) => interrupt !== undefined);

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
  it('are many', () => expect(cases.length).toBeGreaterThan(30));
  it.concurrent.each(cases.filter(isLive))('$name', holds);
  it.each(cases.filter((one) => !isLive(one)))('$name', holds);
});

async function holds({ name, described }: { name: string; described: Case }): Promise<void> {
  checkKeys(described);
  const cwd = join(scratch.path, name);
  mkdirSync(cwd);
  if (described.base) for (const file of BASE_FILES) cpSync(join(await baseFolder(), file), join(cwd, file));
  cpSync(join(HERE, name), cwd, { recursive: true });
  const failure = await runCase(described, cwd).then(
    () => undefined,
    (error: unknown) => error,
  );
  if (described.todo === undefined && failure !== undefined) throw failure;
  if (described.todo !== undefined && failure === undefined) throw new Error('passes now: remove its `todo`');
}
