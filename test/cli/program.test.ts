import type { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import manifest from '../../package.json' with { type: 'json' };
import { optionName } from '../../src/cli/flags/read-flags.js';
import { COMMANDS, createProgram } from '../../src/cli/program.js';
import { Problems } from '../../src/files/problems.js';
import { temporaryFolder } from '../helpers/folder.js';
import { runCli } from '../helpers/run-cli.js';

it.each([
  ['infer-plan', ['--help'], 'help.txt'],
  ['plan', ['plan', '--help'], 'help-plan.txt'],
  ['simulate', ['simulate', '--help'], 'help-simulate.txt'],
])('prints the help of %s', async (_, args, golden) => {
  const { exitCode, stdout, stderr } = await runCli(args);
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  await expect(stdout).toMatchFileSnapshot(`../golden/cli/${golden}`);
});

it('gives examples with every command that does something', async () => {
  const leaves = (command: Command): Command[] =>
    command.commands.length === 0 ? [command] : command.commands.flatMap(leaves);
  const help: string[] = [];
  const io = {
    stdout: (text: string) => help.push(text),
    stderr() {},
    cwd: '',
    isTerminal: false,
    columns: 80,
    progress() {},
    nowMs: () => 0,
    breathe: () => Promise.resolve(),
    catchInterrupt: () => ({ isAsked: false, asked: new Promise<void>(() => {}), release() {} }),
    color: false,
  };
  const commands = leaves(await createProgram({ ...io, setExitCode() {} }));
  expect(commands.map((command) => command.name())).toEqual(expect.arrayContaining(['plan', 'generate', 'load']));
  for (const command of commands) {
    help.length = 0;
    command.outputHelp();
    expect(help.join(''), command.name()).toContain('\n  $ infer-plan ');
  }
});

it('prints the version of the package', async () => {
  expect(await runCli(['--version'])).toEqual({ exitCode: 0, stdout: `${manifest.version}\n`, stderr: '' });
});

it.each([
  ['an unknown command, with the nearest', ['simulat'], "unknown command 'simulat'", 'Did you mean simulate?'],
  ['an unknown option, with the nearest', ['plan', '--slp', '1ms'], "unknown option '--slp'", 'Did you mean --slo?'],
  [
    'an option without its value',
    ['plan', '--slo'],
    "option '--slo <duration>' argument missing",
    '--help shows what is possible',
  ],
  ['a second pipeline', ['plan', 'a.yaml', 'b.yaml'], 'too many arguments', '--help'],
])('refuses %s', async (_, args, message, hint) => {
  const { exitCode, stdout, stderr } = await runCli(args);
  expect(exitCode).toBe(2);
  expect(stdout).toBe('');
  const [first, second] = stderr.split('\n');
  expect(first).toMatch(/^infer-plan: /);
  expect(first).toContain(message);
  expect(second).toContain(`hint: ${hint}`);
});

it('shows its help on standard error when no command is named', async () => {
  const { exitCode, stdout, stderr } = await runCli([]);
  expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
  expect(stderr).toMatch(/^Usage: infer-plan /);
});

it.each([
  ['a word that is no choice', 'plan --service-time p42', '--service-time = p42, must be one of mean, p50, p95'],
  [
    'a word that is nearly a choice',
    'plan --search gredy',
    '--search = gredy, must be one of exact, greedy (did you mean greedy?)',
  ],
  ['an option beside one that excludes it', 'plan --pack --explain', '--explain cannot be combined with --pack'],
  [
    'an option beside a value that excludes it',
    'plan --top 2 --search greedy',
    '--top cannot be combined with --search greedy',
  ],
  ['an option without what it needs', 'load --cv 2', '--cv needs --rate'],
  [
    'an option without any of what it needs',
    'trace import a -o b --interval 1s',
    '--interval needs --counts, --rates, --prometheus, --log or --spread',
  ],
  ['a mode that is a command now', 'plan --verify plan.yaml', '--verify is a command now: infer-plan verify plan.yaml'],
  [
    'a spelling of earlier versions',
    'profile --stage classify',
    '--stage is --only now: infer-plan profile --only NAME',
  ],
  ['another one', 'plan --frontier 1ms..2ms', '--frontier is a command now: infer-plan frontier --range 100ms..500ms'],
  [
    'a mode that another command has',
    'simulate --tuner',
    '--tuner is part of tune now: infer-plan tune --replay trace.csv',
  ],
])('refuses %s', async (_, line, problem) => {
  const { exitCode, stdout, stderr } = await runCli(line.split(' '));
  expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
  expect(stderr).toContain(`infer-plan: ${problem}`);
});

describe('an option that cannot be read', async () => {
  const loaded = await Promise.all(COMMANDS.map((entry) => entry.load()));
  const lines = loaded.flatMap((spec) =>
    'commands' in spec
      ? spec.commands.map((inner) => ({ words: [spec.name, inner.name], ...inner }))
      : [{ words: [spec.name], ...spec }],
  );
  const cases = lines.flatMap(({ words, flags, argument }) =>
    Object.entries(flags).flatMap(([key, flag]) => {
      const problems = new Problems();
      flag.read(['repeatable', 'list'].includes(flag.form) ? ['§'] : '§', optionName(key), problems);
      if (flag.form === 'moved' || problems.count === 0) return [];
      return [[...words, ...(argument?.isRequired ? ['none.csv'] : []), optionName(key), '§'].join(' ')];
    }),
  );

  it('is tried of every command that has one', () => {
    expect(new Set(cases.map((line) => line.split(' ')[0])).size).toBe(loaded.length - 4); // verify, diff, report, completion
  });

  it.each(cases)('ends "%s", with what is wrong with files', async (line) => {
    const { exitCode, stdout, stderr } = await runCli(line.split(' '), { cwd: temporaryFolder().path });
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toMatch(/^infer-plan: --[a-z-]+( =|:) §/m);
  });
});
