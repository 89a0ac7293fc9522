import { execFileSync, spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { sharedPath, takeLock } from '../../../src/files/system/lock-file.js';
import { temporaryFolder } from '../../helpers/folder.js';

const folder = temporaryFolder();
const path = join(folder.path, 'lock');
const take = () => takeLock(path, 'tuner');
/** What this process would write, with something else in it. */
function leave(holder: object): void {
  const lock = take();
  const own = JSON.parse(readFileSync(path, 'utf8')) as object;
  lock.release();
  folder.write('lock', JSON.stringify({ ...own, ...holder }));
}
const beganAt = (pid: number) => readFileSync(`/proc/${pid}/stat`, 'utf8').split(')').at(-1)!.trim().split(' ')[19];

describe('a lock', () => {
  it('is held by one, and free again after it', () => {
    const lock = take();
    const { code, problems, hint } = folder.refusalOf(take);
    expect(code).toBe('LOCKED');
    expect(problems).toEqual([`lock: held by process ${process.pid}, must be one tuner`]);
    expect(hint).toBe(`End it first: kill ${process.pid}`);
    lock.release();
    take().release();
    expect(readdirSync(folder.path)).toEqual([]);
  });

  it('of a process that is gone is taken over', async () => {
    const child = spawn(process.execPath, ['-e', '']);
    await new Promise((resolve) => child.once('exit', resolve));
    leave({ pid: child.pid });
    take().release();
  });

  it('of a process whose number another one has by now is taken over', () => {
    leave({ pid: process.pid, began: '1' });
    take().release();
  });

  it('of another machine is respected', () => {
    leave({ host: 'elsewhere', pid: 7 });
    const { problems, hint } = folder.refusalOf(take);
    expect(problems).toEqual(['lock: held by process 7 on elsewhere, must be one tuner']);
    expect(hint).not.toContain('kill');
    rmSync(path);
  });

  it('that says nothing is nobody’s', () => {
    folder.write('lock', '');
    take().release();
  });

  it('that somebody else has taken meanwhile is not released', () => {
    leave({ host: 'elsewhere' });
    const other = readFileSync(path);
    rmSync(path);
    const lock = take();
    writeFileSync(path, other);
    lock.release();
    expect(existsSync(join(folder.path, 'lock'))).toBe(true);
  });

  it.each([
    '{"pid":0}',
    '{"pid":-1,"host":"h","began":"","boot":""}',
    '{"pid":1}',
    `{"pid":1,"host":"${hostname()}","began":""}`,
    `{"pid":1,"host":"${hostname()}","began":"","boot":""}`,
    '[1]',
    'null',
    `{"pid":"1","host":"${hostname()}"}`,
    'x'.repeat(100_000),
  ])('that this program has not written is nobody’s: %.60s', (text) => {
    folder.write('lock', text);
    take().release();
    expect(readdirSync(folder.path)).toEqual([]);
  });

  it.skipIf(!existsSync('/proc/1/stat'))('of process 1, or of another user’s, tells nobody to end it', () => {
    leave({ pid: 1, began: beganAt(1) });
    const { problems, hint } = folder.refusalOf(take);
    expect(problems).toEqual(['lock: held by process 1, must be one tuner']);
    expect(hint).toBe('End that tuner first. If there is none, remove lock.');
    rmSync(path);
  });

  it('of a system that was started again since is taken over', () => {
    leave({ boot: 'another' });
    take().release();
  });

  it('follows no link, and removes none', () => {
    const secret = folder.write('secret', 'kept');
    symlinkSync(secret, path);
    expect(folder.refusalOf(take).problems).toEqual(['lock: is a link, a folder or a pipe, must be a lock']);
    expect(readFileSync(secret, 'utf8')).toBe('kept');
    rmSync(path);
    rmSync(secret);
  });

  it('that is a pipe holds nobody up', () => {
    execFileSync('mkfifo', [path]);
    expect(folder.refusalOf(take).code).toBe('FILE');
    rmSync(path);
  });
});

it('lies where the environment does not move it', () => {
  const { TMPDIR } = process.env;
  const before = sharedPath('x');
  process.env.TMPDIR = folder.path;
  try {
    expect(sharedPath('x')).toBe(before);
  } finally {
    if (TMPDIR === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = TMPDIR;
  }
});
