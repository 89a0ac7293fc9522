import { expect, it } from 'vitest';
import manifest from '../../package.json' with { type: 'json' };
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

it('gives an example with every command', async () => {
  const { stdout } = await runCli(['--help']);
  const commands = [...stdout.matchAll(/^ {2}([a-z]+) (?=.*\S)/gm)]
    .map(([, name]) => name!)
    .filter((name) => name !== 'help');
  expect(commands).toEqual(expect.arrayContaining(['plan', 'simulate']));
  for (const command of commands) {
    expect((await runCli([command, '--help'])).stdout, command).toMatch(/(\n *\$ infer-plan |Usage: infer-plan trace)/);
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
  ['a word that is no choice', ['plan', '--service-time', 'p42'], "argument 'p42' is invalid", '--help'],
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
