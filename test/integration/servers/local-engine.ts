/** `infer-plan serve`, as it was built last, in a process of its own. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type ExecResult, exec } from '../../../src/backends/shared/exec.js';
import { freePorts, type ServerProcess, startServer } from './server-process.js';

/** The command line, as it was built last. */
export const CLI = join(import.meta.dirname, '../../../bin/infer-plan.js');
const BUILT = join(import.meta.dirname, '../../../dist/cli/run.js');
const READY_MS = 60_000;

export interface LocalEngine extends ServerProcess {
  readonly url: string;
}

/** Serves in a folder, on a free port unless one is given; `args` are those after `serve`. Resolves when all replicas serve. */
export async function startLocalEngine(cwd: string, args: readonly string[], givenPort?: number): Promise<LocalEngine> {
  if (!existsSync(BUILT)) throw new Error('dist/ is missing: npm run build');
  const port = givenPort ?? (await freePorts(1))[0]!;
  const url = `http://127.0.0.1:${port}`;
  const running = await startServer({
    command: process.execPath,
    args: [CLI, 'serve', '--port', String(port), ...args],
    cwd,
    readyUrl: `${url}/v2/health/ready`,
    readyWithinMs: READY_MS,
  });
  return { ...running, url };
}

/** Runs the command line to its end, whatever that is. */
export function runBuiltCli(cwd: string, args: readonly string[]): Promise<ExecResult> {
  return exec(process.execPath, [CLI, ...args], { cwd, timeoutMs: READY_MS });
}
