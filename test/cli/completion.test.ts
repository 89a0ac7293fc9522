// @module-tag slow
/** `infer-plan completion`: the scripts in real shells, and what they ask the program for. Needs a build. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { SHELLS } from '../../src/cli/completion/command.js';
import { scriptFor } from '../../src/cli/completion/scripts.js';
import { pipelineFolder } from '../helpers/pipeline-folder.js';
import { runCli } from '../helpers/run-cli.js';

const folder = pipelineFolder();
const PROGRAM = join(import.meta.dirname, '../../bin/infer-plan.js');
mkdirSync(join(folder.path, 'bin'));
symlinkSync(PROGRAM, join(folder.path, 'bin/infer-plan'));
folder.write('broken/pipeline.yaml', 'stages: [');

async function offered(line: string, cwd = folder.path): Promise<string[]> {
  const { exitCode, stdout, stderr } = await runCli(['__complete', ...line.split(' ')], { cwd });
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  return stdout.split('\n').slice(0, -1);
}

describe('what is offered', () => {
  it.each([
    ['', expect.arrayContaining(['plan', 'verify', 'tune', 'completion', '--help'])],
    ['si', ['simulate']],
    ['trace ', ['generate', 'info', 'import']],
    ['trace im', ['import']],
    ['plan --sea', ['--search']],
    ['plan --search ', ['exact', 'greedy']],
    ['plan --search g', ['greedy']],
    ['plan --search=', ['--search=exact', '--search=greedy']],
    ['plan ', [':file']],
    ['plan pipeline.yaml ', []],
    ['plan --trace ', [':file']],
    ['plan --profiles a.csv ', [':file']],
    ['plan --top ', []],
    ['plan --top 2 ', [':file']],
    ['plan --inventory ', ['cpu=', 'gpu=']],
    ['plan --no-v', ['--no-validate']],
    ['plan --pack --pa', []],
    ['plan --verify', []],
    ['simulate --stage ', ['classify=']],
    ['simulate --stage classify=', ['classify=cpu:', 'classify=gpu:']],
    ['simulate --stage classify=g', ['classify=gpu:']],
    ['simulate --stage classify=gpu:', []],
    ['simulate --stage classify=gpu:1:1 --stage cl', ['classify=']],
    ['tune --max-replicas ', ['classify=']],
    ['profile --only ', ['classify']],
    ['profile --as ', ['cpu', 'gpu']],
    ['completion ', ['bash', 'zsh', 'fish']],
    ['nothing ', []],
  ])('after "%s"', async (line, candidates) => {
    expect(await offered(line)).toEqual(candidates);
  });

  it('is the pipeline that is named', async () => {
    const yaml = readFileSync(join(folder.path, 'pipeline.yaml'), 'utf8');
    folder.write('other.yaml', yaml.replace('classify', 'detect'));
    expect(await offered('simulate --pipeline other.yaml --stage ')).toEqual(['detect=']);
    expect(await offered('profile other.yaml --only ')).toEqual(['detect']);
  });

  it('is nothing, in silence, where the pipeline file is broken or missing', async () => {
    expect(await offered('simulate --stage ', join(folder.path, 'broken'))).toEqual([]);
    expect(await offered('profile --as ', join(folder.path, 'bin'))).toEqual([]);
  });
});

describe('bash', () => {
  const bash = (line: string) => {
    const script =
      'source <(infer-plan completion bash)\n' +
      // biome-ignore lint/suspicious/noTemplateCurlyInString: they are of bash
      'COMP_LINE=$1 COMP_POINT=${#1}\n_infer_plan\nprintf "%s\\n" "${COMPREPLY[@]}"';
    const { stdout, stderr, status } = spawnSync('bash', ['--norc', '-c', script, 'bash', line], {
      cwd: folder.path,
      env: { ...process.env, PATH: `${join(folder.path, 'bin')}:${process.env.PATH}` },
      encoding: 'utf8',
    });
    expect({ stderr, status }).toEqual({ stderr: '', status: 0 });
    return stdout.split('\n').filter((text) => text !== '');
  };

  it.each([
    ['infer-plan va', ['validate']],
    ['infer-plan plan --ti', ['--time-limit']],
    ['infer-plan simulate --stage ', ['classify=']],
    ['infer-plan simulate --stage classify=', ['cpu:', 'gpu:']],
    ['infer-plan plan --search=ex', ['exact']],
    ['infer-plan plan pipe', ['pipeline.yaml']],
  ])('completes "%s"', (line, candidates) => {
    expect(bash(line)).toEqual(candidates);
  });
});

it.each(SHELLS)('%s accepts its script, where it is installed', (shell) => {
  const check = spawnSync(shell, ['-n'], { input: scriptFor(shell), encoding: 'utf8' });
  if (check.error !== undefined) return;
  expect({ stderr: check.stderr, status: check.status }).toEqual({ stderr: '', status: 0 });
});

it('knows no other shell', async () => {
  const { exitCode, stderr } = await runCli(['completion', 'cmd']);
  expect(exitCode).toBe(2);
  expect(stderr).toBe('infer-plan: completion: cmd, must be one of bash, zsh, fish\n');
});
