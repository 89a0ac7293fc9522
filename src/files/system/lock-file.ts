/**
 * A lock held through a file. The file names the process and the instant it began, so that the lock of a dead process
 * can be told from a live one whose number the system gave out again. The folder may be one that others write to: no
 * link is followed, and what a file says is checked against the system before anybody is told to end a process.
 */
import { randomUUID } from 'node:crypto';
import {
  closeSync,
  constants,
  existsSync,
  fstatSync,
  fsyncSync,
  linkSync,
  lstatSync,
  openSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { InputError } from '../../errors.js';
import { formatOffered } from '../../model/notation/offered-value.js';
import { shownPath } from './read-text.js';
import { systemCode, systemProblem } from './system-problem.js';

interface Holder {
  readonly pid: number;
  readonly host: string;
  /** As the kernel counts it; '' where unknown. */
  readonly began: string;
  /** Of the system's start; '' where unknown. */
  readonly boot: string;
}

export interface LockFile {
  release(): void;
}

const MOST_BYTES = 4096;
const READING = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);
/** Where all users of a machine may write, whatever their environment says. */
const SHARED_FOLDER = '/tmp';

/**
 * Takes the lock. Throws InputError `LOCKED` with the holder. A lock of another machine counts as held, since its
 * processes cannot be seen from here. `what` names the thing of which there may be one.
 */
export function takeLock(path: string, what: string): LockFile {
  const me = thisProcess();
  const mine = `${path}.${me.pid}.${randomUUID()}`;
  try {
    checkPlain(path);
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
      if (holder?.pid === me.pid && holder.began === me.began && holder.host === me.host) rmSync(path, { force: true });
    },
  };
}

/** A link, a folder or a pipe in the place of the lock is nobody's lock, and not ours to remove. */
function checkPlain(path: string): void {
  const present = lstatSync(path, { throwIfNoEntry: false });
  if (present === undefined || present.isFile()) return;
  const shown = shownPath(path);
  throw new InputError('FILE', `${shown}: is a link, a folder or a pipe, must be a lock`, `Remove it: ${shown}`);
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

function held(path: string, what: string, holder: Holder, me: Holder): InputError {
  const { pid, host } = holder;
  const shown = shownPath(path);
  const elsewhere = host === me.host ? '' : ` on ${formatOffered(host)}`;
  const hint =
    host === me.host
      ? isKnown(path, holder)
        ? `End it first: kill ${pid}`
        : `End that ${what} first. If there is none, remove ${shown}.`
      : `If that machine is gone, remove ${shown}; only that machine can tell.`;
  return new InputError('LOCKED', `${shown}: held by process ${pid}${elsewhere}, must be one ${what}`, hint);
}

/** Whether a holder is surely the process that took the lock, and the user's own: only then may a person end it. */
function isKnown(path: string, { pid, began }: Holder): boolean {
  const user = process.getuid?.();
  if (pid <= 1 || began === '' || user === undefined) return false;
  const owners = [path, `/proc/${pid}`].map((one) => statSync(one, { throwIfNoEntry: false })?.uid);
  return owners.every((owner) => owner === user) && beganAt(pid) === began;
}

function isAlive({ pid, host, began, boot }: Holder, me: Holder): boolean {
  if (host !== me.host) return true;
  // Where the system tells when a process began, every lock has it.
  if (boot !== me.boot || (began === '') !== (me.began === '')) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    return systemCode(error) === 'EPERM';
  }
  const now = beganAt(pid);
  return now === undefined || now === began;
}

function thisProcess(): Holder {
  const { pid } = process;
  return { pid, host: hostname(), began: beganAt(pid) ?? '', boot: textOf('/proc/sys/kernel/random/boot_id') ?? '' };
}

/** When a process began, in ticks since boot; undefined where the system does not say. */
function beganAt(pid: number): string | undefined {
  // The bracketed name may hold anything; the start is the 20th field after it.
  const text = textOf(`/proc/${pid}/stat`) ?? '';
  return text
    .slice(text.lastIndexOf(')') + 1)
    .trim()
    .split(' ')[19];
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return undefined;
  }
}

function writeHolder(path: string, holder: Holder): void {
  const file = openSync(path, 'wx');
  writeSync(file, `${JSON.stringify(holder)}\n`);
  fsyncSync(file);
  closeSync(file);
}

/** Undefined when the file is gone or is no lock of this program: nobody holds the lock. */
function readHolder(path: string): Holder | undefined {
  let file: number | undefined;
  try {
    file = openSync(path, READING);
    if (!fstatSync(file).isFile()) return undefined;
    const bytes = Buffer.alloc(MOST_BYTES);
    const { pid, host, began, boot } = JSON.parse(
      bytes.toString('utf8', 0, readSync(file, bytes, 0, MOST_BYTES, 0)),
    ) as Partial<Record<keyof Holder, unknown>>;
    if (!Number.isSafeInteger(pid) || (pid as number) < 1 || typeof host !== 'string') return undefined;
    if (typeof began !== 'string' || typeof boot !== 'string') return undefined;
    return { pid: pid as number, host, began, boot };
  } catch {
    return undefined;
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

/** A path in the folder of this machine that all its processes may write to. The environment does not move it. */
export function sharedPath(name: string): string {
  return join(existsSync(SHARED_FOLDER) ? SHARED_FOLDER : tmpdir(), name);
}
