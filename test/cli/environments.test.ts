// @module-tag slow
/**
 * Whatever the surroundings refuse, a command ends with the reason and the code for it, never as a bug of ours. Needs a
 * build (`make test` makes one).
 */
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { pipelineFolder } from '../helpers/pipeline-folder.js';

const BIN = join(import.meta.dirname, '../../bin/infer-plan.js');
const folder = pipelineFolder();
folder.write(
  'throws.mjs',
  'export function queryInputs() { setTimeout(() => { throw new Error("mine"); }); return () => []; }\n',
);
folder.write(
  'queries.yaml',
  'version: 1\nname: q\nprofiles: profiles.csv\nhardware: hardware.yaml\nqueries: throws.mjs\nstages: [{ name: classify, model: tiny }]\n',
);
for (const [name, text] of Object.entries({
  exits: 'process.exit(0);\n',
  rejects: 'Promise.reject("mine");\nexport const queryInputs = () => () => [];\n',
  unspeakable: 'export const queryInputs = () => () => { throw Object.create(null); };\n',
})) {
  folder.write(`${name}.mjs`, text);
  folder.write(
    `${name}.yaml`,
    `version: 1\nname: q\nprofiles: profiles.csv\nhardware: hardware.yaml\nqueries: ${name}.mjs\nstages: [{ name: classify, model: tiny }]\n`,
  );
}
mkdirSync(join(folder.path, 'locked'));
chmodSync(join(folder.path, 'locked'), 0o555);
const TO_NOBODY = '--url http://127.0.0.1:9 --rate 1/s --duration 1s';
const isRoot = process.getuid?.() === 0;

/** `$I` is the program. The shell's own exit code is the program's. */
function shell(script: string) {
  const { status, stderr } = spawnSync('bash', ['-c', script], {
    cwd: folder.path,
    encoding: 'utf8',
    timeout: 120_000,
    env: { ...process.env, I: `${process.execPath} ${BIN}`, S: '--stage classify=cpu:1:1' },
  });
  return { status, stderr };
}

it.each([
  ['a full disk behind stdout', '$I simulate $S > /dev/full', 2, 'standard output: the disk is full'],
  ['a full disk behind stderr', '$I simulate $S 2> /dev/full', 0, ''],
  ['a full disk behind help', '$I --help > /dev/full', 2, 'standard output: the disk is full'],
  ['a full disk behind the plan', '$I plan --slo 20ms -o /dev/full', 2, '/dev/full: the disk is full'],
  ['stdout closed', '$I simulate $S >&-', 0, ''],
  ['stderr closed', '$I simulate $S 2>&-', 0, ''],
  ['stdin closed', '$I trace info - <&-', 2, 'is empty'],
  ['a reader that leaves', '$I simulate $S | true; exit $PIPESTATUS', 0, ''],
  ['few file handles', 'ulimit -n 32; $I simulate $S', 2, 'too many files are open'],
  ['hardly any file handles', 'ulimit -n 22; $I simulate $S', 2, 'too many'],
  ['no home', 'unset HOME; $I simulate $S', 0, ''],
  ['a home that is no folder', 'HOME=/dev/null $I simulate $S', 0, ''],
  ['no folder for temporary files', 'unset TMPDIR; $I simulate $S', 0, ''],
  ['a folder for temporary files that is not there', 'TMPDIR=/no/such $I simulate $S', 0, ''],
  ['an empty environment', 'env -i $I simulate $S', 0, ''],
  ['a locale that is not there', 'LC_ALL=xx_XX.bad LANG=none $I simulate $S', 0, ''],
  ['a time zone that is not there', 'TZ=Nowhere/At_All $I simulate $S', 0, ''],
  ['a terminal of width 0', 'COLUMNS=0 $I simulate $S', 0, ''],
  ['a current folder that is gone', 'mkdir gone; cd gone; rmdir ../gone; $I simulate $S', 2, 'current folder'],
  ['a pipe that nobody writes', 'mkfifo in; $I trace info in', 2, 'in: nobody has written to this pipe for 5 s'],
  ['a pipe that nobody reads', 'mkfifo out; $I plan --slo 20ms -o out', 2, 'out: nobody reads the pipe'],
  ['a device for the records', '$I simulate $S --records /dev/null; [ -c /dev/null ]', 0, ''],
  ['an output folder that is not there', '$I plan --slo 20ms -o no/plan.yaml', 2, 'its folder does not exist'],
  [
    'a module that throws later',
    '$I load queries.yaml --url http://127.0.0.1:9 --rate 1/s --duration 1s',
    2,
    'queryInputs',
  ],
  [
    'a module that ends the program',
    `$I load exits.yaml ${TO_NOBODY}`,
    2,
    'ended before its work was done, by a module',
  ],
  ['a module that rejects with a text', `$I load rejects.yaml ${TO_NOBODY}`, 2, ''],
  ['a module that throws what has no text', `$I load unspeakable.yaml ${TO_NOBODY}`, 2, 'cannot be shown was thrown'],
])('%s', (_, script, status, reason) => {
  const ended = shell(script);
  expect(ended, ended.stderr).toMatchObject({ status, stderr: expect.stringContaining(reason) });
  expect(ended.stderr).not.toContain('internal error');
});

it.skipIf(isRoot)('a folder that may only be read', () => {
  const ended = shell('$I plan --slo 20ms -o locked/plan.yaml');
  expect(ended).toMatchObject({ status: 2, stderr: expect.stringContaining('no permission') });
});

it.skipIf(!existsSync('/dev/full'))('a full disk behind every command that prints', () => {
  const commands = [
    'simulate $S',
    'trace info trace.csv',
    'completion bash',
    'plan --slo 20ms -o -',
    'hardware --help',
  ];
  for (const command of commands) {
    const { status, stderr } = shell(`$I ${command} > /dev/full`);
    expect({ command, status }, stderr).toEqual({ command, status: 2 });
  }
});
