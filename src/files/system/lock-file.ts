/**
 * A lock held through a file. The file names the process and the instant it began, so that the lock of a dead process
 * can be told from a live one whose number the system gave out again.
 */
import { closeSync, fsyncSync, linkSync, openSync, readFileSync, renameSync, rmSync, writeSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { InputError } from '../../errors.js';
import { shownPath } from './read-text.js';
import { systemCode, systemProblem } from './system-problem.js';

interface Holder {
  readonly pid: number;
  readonly host: string;
  /** As the kernel counts it; '' where unknown. */
  readonly began: string;
}

export interface LockFile {
  release(): void;
}

/**
 * Takes the lock. Throws InputError `LOCKED` with the holder. A lock of another machine counts as held, since its
 * processes cannot be seen from here. `what` names the thing of which there may be one.
 */
export function takeLock(path: string, what: string): LockFile {
  const me: Holder = { pid: process.pid, host: hostname(), began: beganAt(process.pid) ?? '' };
  const mine = `${path}.${me.pid}`;
  try {
    writeHolder(mine, me);
    for (let attempt = 0; ; attempt++) {
      try {
        linkSync(mine, path); // made whole or not at all, and never over another
        break;
      } catch (error) {
        if (systemCode(error) !== 'EEXIST') throw error;
      }
      const holder = readHolder(path);
      if (holder !== undefined && (isAlive(holder, me) || attempt > 2)) throw held(path, what, holder, me);
      putAside(path, `${mine}.dead`, me);
    }
  } catch (error) {
    throw error instanceof InputError ? error : systemProblem(error, shownPath(path));
  } finally {
    rmSync(mine, { force: true });
  }
  return {
    release: () => {
      const holder = readHolder(path);
      if (holder?.pid === me.pid && holder.began === me.began) rmSync(path, { force: true });
    },
  };
}

/** Removes the lock of a dead process. If another process took the lock meanwhile, it is put back. */
function putAside(path: string, aside: string, me: Holder): void {
  try {
    renameSync(path, aside);
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return;
    throw error;
  }
  const taken = readHolder(aside);
  if (taken !== undefined && isAlive(taken, me)) linkSync(aside, path);
  rmSync(aside, { force: true });
}

function held(path: string, what: string, { pid, host }: Holder, me: Holder): InputError {
  const elsewhere = host === me.host ? '' : ` on ${host}`;
  const hint =
    host === me.host
      ? `End it first: kill ${pid}`
      : `If that machine is gone, remove ${shownPath(path)}; only that machine can tell.`;
  return new InputError('LOCKED', `${shownPath(path)}: held by process ${pid}${elsewhere}, must be one ${what}`, hint);
}

function isAlive({ pid, host, began }: Holder, me: Holder): boolean {
  if (host !== me.host) return true;
  try {
    process.kill(pid, 0);
  } catch (error) {
    return systemCode(error) === 'EPERM';
  }
  const now = beganAt(pid);
  return now === undefined || began === '' || now === began;
}

/** When a process began, in ticks since boot; undefined where the system does not say. */
function beganAt(pid: number): string | undefined {
  try {
    // The bracketed name may hold anything; the start is the 20th field after it.
    return readFileSync(`/proc/${pid}/stat`, 'utf8').split(')').at(-1)!.trim().split(' ')[19];
  } catch {
    return undefined;
  }
}

function writeHolder(path: string, holder: Holder): void {
  const file = openSync(path, 'w');
  writeSync(file, `${JSON.stringify(holder)}\n`);
  fsyncSync(file);
  closeSync(file);
}

/** Undefined when the file is gone or empty: nobody holds the lock. */
function readHolder(path: string): Holder | undefined {
  try {
    const { pid, host, began } = JSON.parse(readFileSync(path, 'utf8')) as Partial<Holder>;
    return typeof pid === 'number' && typeof host === 'string' ? { pid, host, began: began ?? '' } : undefined;
  } catch {
    return undefined;
  }
}

/** A path in the folder of this machine that all its processes may write to. */
export function temporaryPath(name: string): string {
  return join(tmpdir(), name);
}
