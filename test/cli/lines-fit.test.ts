// @module-tag slow
/** What is printed on standard output fits the line: 80 characters, and 40. */
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { visibleWidth } from '../../src/report/fit-table.js';
import { temporaryFolder } from '../helpers/folder.js';
import { runCli } from '../helpers/run-cli.js';

const folder = temporaryFolder();
const cwd = folder.path;

beforeAll(async () => {
  cpSync(join(import.meta.dirname, '../cases/base'), cwd, { recursive: true });
  for (const command of [
    'trace generate --rate 50/s --cv 2 --duration 60s -o tr.csv',
    'trace generate --ramp 0s..60s=5/s..190/s --duration 60s --seed 2 -o ramp.csv',
    'plan p.yaml -o plan.yaml',
  ]) {
    const { exitCode, stderr } = await runCli(command.split(' '), { cwd });
    expect(exitCode, stderr).toBe(0);
  }
});

describe.each([
  'plan p.yaml -o other.yaml --explain --compare-greedy --top 3',
  'plan p.yaml -o other.yaml --search greedy --explain',
  'plan p.yaml -o other.yaml --trace ramp.csv --hold-out 20%',
  'plan p.yaml --slo 5ms',
  'plan p.yaml --inventory t4=0',
  'frontier p.yaml --range 20ms..200ms/45ms',
  'verify plan.yaml',
  'verify plan.yaml --trace ramp.csv',
  'simulate plan.yaml',
  'simulate plan.yaml --stage b=cpu:1:1',
  'tune plan.yaml --replay tr.csv',
  'tune plan.yaml --replay ramp.csv',
  'trace info ramp.csv',
  'trace generate --rate 10/s --count 10 -o g.csv',
  'trace import tr.csv --split 80% -o i.csv',
])('%s', (command) => {
  it.each([
    { columns: 80, isTerminal: false },
    { columns: 80, isTerminal: true },
    { columns: 40, isTerminal: false },
    { columns: 40, isTerminal: true },
  ])('%o', async ({ columns, isTerminal }) => {
    const { stdout } = await runCli(command.split(' '), { cwd, columns, isTerminal });
    expect(stdout.length).toBeGreaterThan(0);
    expect(stdout.split('\n').filter((line) => visibleWidth(line) > columns)).toEqual([]);
  });
});
