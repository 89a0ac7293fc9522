/** Virtual environments for the servers that come as Python packages, made once and kept. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { exec } from '../../../src/backends/shared/exec.js';

/** Downloads of some 500 MB on a slow line. */
const INSTALL_TIMEOUT_MS = 900_000;
const PYTHONS = ['python3.11', 'python3.12', 'python3.10', 'python3'];

/** Folder that is kept between runs of the integration suite: `$INFER_PLAN_CACHE`, or `~/.cache/infer-plan`. */
export function cacheFolder(...names: string[]): string {
  const folder = join(process.env.INFER_PLAN_CACHE ?? join(homedir(), '.cache', 'infer-plan'), ...names);
  mkdirSync(folder, { recursive: true });
  return folder;
}

/**
 * Path of the `python` of a virtual environment that has these requirements (pip's own form: `moto[server]==5.2.5`). It is made once: a change of
 * the requirements makes another. Two test files that ask at the same time wait for each other. Fails loudly with what pip wrote.
 */
export async function pythonWith(name: string, requirements: readonly string[]): Promise<string> {
  const key = createHash('sha256').update(requirements.join('\n')).digest('hex').slice(0, 12);
  const folder = join(cacheFolder('python'), `${name}-${key}`);
  const python = join(folder, 'bin', 'python');
  const complete = join(folder, 'complete');
  if (existsSync(complete)) return python;
  return withLock(`${folder}.lock`, async () => {
    if (existsSync(complete)) return python;
    rmSync(folder, { recursive: true, force: true });
    await exec(await aPython(), ['-m', 'venv', folder], { timeoutMs: INSTALL_TIMEOUT_MS });
    const install = ['-m', 'pip', 'install', '--quiet', '--no-input', ...requirements];
    await exec(python, install, { timeoutMs: INSTALL_TIMEOUT_MS });
    writeFileSync(`${complete}.tmp`, requirements.join('\n'));
    renameSync(`${complete}.tmp`, complete);
    return python;
  });
}

/** Runs `make` while no other process holds the lock; one whose holder is dead is taken over. */
export async function withLock<T>(path: string, make: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      writeFileSync(path, `${process.pid}`, { flag: 'wx' });
      break;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      removeIfDead(path);
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
  }
  try {
    return await make();
  } finally {
    rmSync(path, { force: true });
  }
}

function removeIfDead(path: string): void {
  try {
    const pid = Number(readFileSync(path, 'utf8'));
    if (pid > 0) process.kill(pid, 0);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ESRCH') rmSync(path, { force: true });
    else if (code !== 'ENOENT' && code !== 'EPERM') throw error;
  }
}

async function aPython(): Promise<string> {
  for (const python of PYTHONS) {
    try {
      await exec(python, ['-c', 'import venv, ensurepip'], { timeoutMs: 20_000 });
      return python;
    } catch {
      // The next one may be there.
    }
  }
  throw new Error(`none of ${PYTHONS.join(', ')} runs; the integration suite needs one with venv`);
}
