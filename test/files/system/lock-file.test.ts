import { spawn } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { takeLock } from '../../../src/files/system/lock-file.js';
import { temporaryFolder } from '../../helpers/folder.js';

const folder = temporaryFolder();
const take = () => takeLock(join(folder.path, 'lock'), 'tuner');
const leave = (holder: object) =>
  folder.write('lock', JSON.stringify({ pid: 1, host: hostname(), began: '', ...holder }));

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
    leave({ host: 'elsewhere' });
    expect(folder.refusalOf(take).problems).toEqual(['lock: held by process 1 on elsewhere, must be one tuner']);
  });

  it('that says nothing is nobody’s', () => {
    folder.write('lock', '');
    take().release();
  });

  it('that somebody else has taken meanwhile is not released', () => {
    const lock = take();
    leave({ host: 'elsewhere' });
    lock.release();
    expect(existsSync(join(folder.path, 'lock'))).toBe(true);
  });
});
