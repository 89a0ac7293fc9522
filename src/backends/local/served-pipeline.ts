/** `infer-plan serve` as a process of its own, so the engine shares no event loop with its measurer. */
import { BackendError } from '../../errors.js';
import { startProcess } from '../shared/exec.js';

const ADDRESS = /https?:\/\/[^\s:]+:\d+/;
const BETWEEN_LOOKS_MS = 50;

export interface ServedPipeline {
  readonly url: string;
  readonly pid: number;
  stop(): Promise<void>;
}

/**
 * Runs the command line `args` of this program, which must serve on a free port and print its address. Throws
 * BackendError `SERVE` with its output when it ends or stays silent instead.
 */
export async function startServedPipeline(options: {
  /** The program's entry file. */
  readonly program: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly limitMs: number;
}): Promise<ServedPipeline> {
  const { program, args, cwd, limitMs } = options;
  const server = await startProcess(process.execPath, [program, ...args], { cwd });
  let hasEnded = false;
  void server.exited.then(
    () => {
      hasEnded = true;
    },
    () => {
      hasEnded = true;
    },
  );
  const endMs = performance.now() + limitMs;
  for (;;) {
    const [url] = ADDRESS.exec(server.output()) ?? [];
    if (url !== undefined && !hasEnded) return { url, pid: server.pid, stop: () => server.stop() };
    if (hasEnded || performance.now() > endMs) {
      await server.stop();
      const said = server.output().trim() || '(nothing)';
      const what = hasEnded ? 'ended at once' : `was not ready after ${limitMs} ms`;
      throw new BackendError('SERVE', `infer-plan serve ${what} and wrote: ${said}`);
    }
    await new Promise((resolve) => setTimeout(resolve, BETWEEN_LOOKS_MS));
  }
}
