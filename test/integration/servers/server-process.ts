/** A server that runs as a process of ours: started on free ports of 127.0.0.1, waited for, and stopped, frozen or killed by the tests. */
import { createServer } from 'node:net';
import nodeProcess from 'node:process';
import { type RunningProcess, startProcess } from '../../../src/backends/shared/exec.js';

export interface ServerProcess {
  readonly process: RunningProcess;
  /** Ends it and what it started. */
  stop(): Promise<void>;
  /** Ends it without warning. */
  kill(): void;
  /** Stops it in its tracks: connections stay open, nothing is answered. */
  freeze(): void;
  thaw(): void;
}

export interface ServerCommand {
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Answers with 2xx once the server is up. */
  readonly readyUrl: string;
  readonly readyWithinMs: number;
  /** Called after the process has ended. */
  readonly cleanUp?: () => void;
}

/** Ends the process group $2 once the process $1 is gone. */
const WATCHDOG = 'while kill -0 "$1" && kill -0 "$2"; do sleep 1; done 2>/dev/null; kill -s KILL -- "-$2" 2>/dev/null';

/** Starts the command and waits until `readyUrl` answers. Throws with what the command wrote when it ends or is not up in time. */
export async function startServer(options: ServerCommand): Promise<ServerProcess> {
  const { command, args, env, cwd, readyUrl, readyWithinMs, cleanUp } = options;
  const process = await startProcess(command, args, {
    env: { ...parentEnv(), ...env },
    ...(cwd === undefined ? {} : { cwd }),
  });
  // A run that fails before it knows how to stop the server, or is killed, must not leave it running.
  const watchdog = await startProcess('sh', ['-c', WATCHDOG, 'watchdog', `${nodeProcess.pid}`, `${process.pid}`]);
  const stop = async () => {
    await process.stop();
    await watchdog.stop();
    cleanUp?.();
  };
  let ended: number | string | undefined;
  void process.exited.then((code) => {
    ended = code;
  });
  const deadlineMs = performance.now() + readyWithinMs;
  while (!(await answers(readyUrl))) {
    const isLate = performance.now() > deadlineMs;
    if (ended === undefined && !isLate) {
      await pause(100);
      continue;
    }
    await stop();
    const why = isLate ? `does not answer at ${readyUrl} after ${readyWithinMs} ms` : `ended with ${ended}`;
    throw new Error(`${command} ${why}; it wrote:\n${process.output().slice(-4000)}`);
  }
  return {
    process,
    stop,
    kill: () => process.signal('SIGKILL'),
    freeze: () => process.signal('SIGSTOP'),
    thaw: () => process.signal('SIGCONT'),
  };
}

/** Ports of 127.0.0.1 that were free a moment ago, all different. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer();
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject);
        server.listen(0, '127.0.0.1', resolve);
      });
      return server;
    }),
  );
  return Promise.all(
    servers.map(async (server) => {
      const address = server.address();
      await new Promise((resolve) => server.close(resolve));
      return typeof address === 'object' && address !== null ? address.port : 0;
    }),
  );
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

async function answers(url: string): Promise<boolean> {
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(2_000) });
    await answer.arrayBuffer();
    return answer.ok;
  } catch {
    return false;
  }
}

function parentEnv(): Record<string, string> {
  return Object.fromEntries(
    Object.entries(nodeProcess.env).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}
