/** `tune` in a real pseudo-terminal (python3's): the panel is drawn, and a signal ends the run in order. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { temporaryFolder } from '../helpers/folder.js';
import { runBuiltCli } from './servers/local-engine.js';

const CLI = join(import.meta.dirname, '../../bin/infer-plan.js');
const TERMINAL = join(import.meta.dirname, 'servers/in-terminal.py');

const folder = temporaryFolder();
const cwd = folder.path;
folder.write(
  'pipeline.yaml',
  `version: 1
name: on-a-terminal
slo: 300ms
profiles: profiles.csv
hardware: hardware.yaml
trace: planning.csv
stages:
  - name: detect
    model: detector
`,
);
folder.write(
  'profiles.csv',
  `model,hardware,batch_size,mean_ms,p50_ms,p95_ms,p99_ms,samples,runtime,source
detector,cpu,1,30,,,,,emulated,test
`,
);
folder.write('hardware.yaml', 'version: 1\nhardware:\n  - { name: cpu, kind: cpu, price_usd_per_hour: 0.04 }\n');

beforeAll(async () => {
  await runBuiltCli(cwd, 'trace generate --rate 20/s --duration 3m --seed 3 -o planning.csv'.split(' '));
  await runBuiltCli(cwd, ['plan', '--no-validate']);
}, 60_000);

function inTerminal(waitFor: string, how: string, args: readonly string[]) {
  const shown = execFileSync('python3', [TERMINAL, waitFor, how, process.execPath, CLI, ...args], {
    cwd,
    encoding: 'utf8',
  });
  const [, screen, exit] = /^([\s\S]*)\nexit (\d+)\n$/.exec(shown)!;
  return { screen: screen!, exit: Number(exit) };
}

const lastRecord = (journal: string) =>
  JSON.parse(readFileSync(join(cwd, journal), 'utf8').trimEnd().split('\n').at(-1)!);

it.each(['ctrl-c', 'SIGTERM'])('ends in order on %s, with what is left running and the end of its journal', (how) => {
  const args = ['tune', '--arrivals', 'trace=planning.csv', '--target', 'paper', '--journal', `journal-${how}`];
  const { screen, exit } = inTerminal('plan /s', how, args);
  expect(screen).toContain('infer-plan tune  on-a-terminal');
  expect(screen).toContain('The tuner ended. Left running');
  expect(exit).toBe(0);
  expect(lastRecord(`journal-${how}`)).toEqual({ kind: 'end' });
});
