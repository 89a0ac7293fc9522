/** `infer-plan serve` as a process: started on a free port, watched, and ended. */
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { CLI } from './measure.js';

const STARTED_WITHIN_MS = 60_000;
/** Clock ticks a second of /proc/PID/stat, on every Linux that matters. */
const TICKS_PER_S = 100;

/** Starts `infer-plan serve` with these options in a folder; resolves when it serves. */
export async function startServe(args, { cwd }) {
  const child = spawn(process.execPath, [CLI, 'serve', '--port', '0', ...args], {
    cwd,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stderr.on('data', (text) => {
    stderr += text;
  });
  const exited = new Promise((resolve) => child.once('exit', (code, signal) => resolve(code ?? signal)));
  const url = await new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`serve is not up; it wrote:\n${stderr}`)), STARTED_WITHIN_MS);
    child.stdout.on('data', (text) => {
      stdout += text;
      const found = / at (http:\S+)\n/.exec(stdout);
      if (found === null) return;
      clearTimeout(timer);
      resolve(found[1]);
    });
    void exited.then((code) => {
      clearTimeout(timer);
      reject(new Error(`serve ended with ${code}; it wrote:\n${stderr}`));
    });
  });
  return {
    url,
    pid: child.pid,
    stderr: () => stderr,
    /** Asks it to end; resolves with its exit code. */
    stop: async (signal = 'SIGTERM') => {
      child.kill(signal);
      const timer = setTimeout(() => child.kill('SIGKILL'), STARTED_WITHIN_MS);
      const code = await exited;
      clearTimeout(timer);
      return code;
    },
  };
}

/** Resident memory of a process, or undefined where the system does not tell. */
export function residentMiB(pid) {
  const path = `/proc/${pid}/status`;
  if (!existsSync(path)) return undefined;
  const found = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(path, 'utf8'));
  return found === null ? undefined : Number(found[1]) / 1024; // a process that has just ended has no memory
}

/** Processor seconds that a process and the children it waited for have taken, or undefined where the system does not tell. */
export function cpuSeconds(pid) {
  const path = `/proc/${pid}/stat`;
  if (!existsSync(path)) return undefined;
  const text = readFileSync(path, 'utf8');
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_S;
}
