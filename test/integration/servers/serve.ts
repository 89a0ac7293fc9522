/** `infer-plan serve` as a process of its own, from the build (`npm run build`). */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { freePorts, type ServerProcess, startServer } from './server-process.js';

const CLI = join(import.meta.dirname, '../../../bin/infer-plan.js');
const BUILT = join(import.meta.dirname, '../../../dist/cli/run.js');

export interface ServeProcess extends ServerProcess {
  readonly url: string;
}

/** Serves a pipeline of `cwd` on a free port, with more arguments of the command. */
export async function startServe(
  { pipeline, cwd }: { pipeline: string; cwd: string },
  ...args: string[]
): Promise<ServeProcess> {
  if (!existsSync(BUILT)) throw new Error('dist/ is missing: npm run build');
  const [port] = await freePorts(1);
  const url = `http://127.0.0.1:${port}`;
  const server = await startServer({
    command: process.execPath,
    args: [CLI, 'serve', '--port', String(port), ...args],
    cwd,
    readyUrl: `${url}/v2/models/${pipeline}/ready`,
    readyWithinMs: 20_000,
  });
  return { ...server, url };
}
