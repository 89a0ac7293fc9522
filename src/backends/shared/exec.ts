/**
 * The one home of child processes. Commands are argument arrays, never shell text. Each runs in a process group of its
 * own, so everything that it starts ends with it.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { BackendError } from '../../errors.js';

/** Between asking a process group to end and ending it. */
const GRACE_MS = 5_000;
/** What is kept of each stream; the rest of a chatty command is dropped from the front. */
const MAX_KEPT_CHARS = 1_000_000;

export interface ExecOptions {
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
  readonly cwd?: string;
  /** The whole environment of the command. The default is its parent's. */
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
}

export interface ExecResult {
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs a command to its end. Throws BackendError `EXEC` when it cannot start, exits with a code other than 0 (with the
 * end of its stderr) or exceeds the timeout. Rejects with the signal's reason when aborted.
 */
export async function exec(command: string, args: readonly string[], options: ExecOptions): Promise<ExecResult> {
  options.signal?.throwIfAborted();
  const child = start(command, args, options);
  const stdout = keepTail(child.stdout);
  const stderr = keepTail(child.stderr);
  child.stdin?.on('error', () => undefined).end(options.input ?? '');
  let isLate = false;
  const late = setTimeout(() => {
    isLate = true;
    void endGroup(child);
  }, options.timeoutMs);
  const onAbort = () => void endGroup(child);
  options.signal?.addEventListener('abort', onAbort, { once: true });
  try {
    const code = await exitOf(child, command);
    options.signal?.throwIfAborted();
    if (isLate) throw new BackendError('EXEC', `${command}: exceeded ${options.timeoutMs} ms and was ended`);
    if (code !== 0) throw new BackendError('EXEC', `${command}: exit code ${code}: ${lastLines(stderr.text())}`);
    return { stdout: stdout.text(), stderr: stderr.text() };
  } finally {
    clearTimeout(late);
    options.signal?.removeEventListener('abort', onAbort);
  }
}

export interface RunningProcess {
  readonly pid: number;
  /** The end of what it wrote to both streams. */
  output(): string;
  /** Resolves with the exit code, or the name of the signal that ended it. */
  readonly exited: Promise<number | string>;
  signal(name: NodeJS.Signals): void;
  /** Asks the group to end, and ends it when it does not. */
  stop(): Promise<void>;
}

/** Starts a command that goes on running; the caller stops it. Throws BackendError `EXEC` when it cannot start. */
export async function startProcess(
  command: string,
  args: readonly string[],
  options: Pick<ExecOptions, 'cwd' | 'env'> = {},
): Promise<RunningProcess> {
  const child = start(command, args, options);
  const streams = [keepTail(child.stdout), keepTail(child.stderr)];
  child.stdin?.on('error', () => undefined).end();
  const exited = exitOf(child, command);
  exited.catch(() => undefined);
  if (child.pid === undefined) await exited;
  return {
    pid: child.pid!,
    output: () => streams.map((stream) => stream.text()).join('\n'),
    exited,
    signal: (name) => signalGroup(child, name),
    stop: () => endGroup(child),
  };
}

/** A command that answers lines with lines. */
export interface Dialogue {
  /** Resolves when the text is handed over; rejects with BackendError `EXEC` when the command is gone. */
  send(text: string): Promise<void>;
  /**
   * The next line of its stdout. Rejects with BackendError `EXEC` on a timeout or when the command ends, else with the
   * signal's reason.
   */
  nextLine(limits: { readonly timeoutMs: number; readonly signal?: AbortSignal }): Promise<string>;
  /** Ends its input, waits a moment for it to end by itself, and ends it otherwise. */
  stop(): Promise<void>;
}

/** Starts a command and talks with it; the caller stops it. */
export function startDialogue(command: string, args: readonly string[]): Dialogue {
  const child = start(command, args, {});
  const stderr = keepTail(child.stderr);
  const lines: string[] = [];
  let partial = '';
  let wake = () => {};
  child.stdout?.setEncoding('utf8');
  child.stdout?.on('data', (text: string) => {
    const parts = (partial + text).split('\n');
    partial = parts.pop()!;
    lines.push(...parts);
    wake();
  });
  let ending: BackendError | undefined;
  const exited = exitOf(child, command).then(
    (code) => {
      ending = new BackendError('EXEC', `${command}: ended with ${code}: ${lastLines(stderr.text())}`);
    },
    (error: BackendError) => {
      ending = error;
    },
  );
  void exited.then(() => wake());
  child.stdin?.on('error', () => undefined);
  return {
    async send(text) {
      if (ending !== undefined) throw ending;
      const failure = await new Promise<Error | null | undefined>((resolve) => child.stdin?.write(text, resolve));
      if (!failure) return;
      // A pipe breaks a moment before the command is known to have ended, and only its end says why.
      await Promise.race([exited, delay(GRACE_MS)]);
      throw ending ?? new BackendError('EXEC', `${command}: ${failure.message}`, { cause: failure });
    },
    async nextLine({ timeoutMs, signal }) {
      let isLate = false;
      const late = setTimeout(() => {
        isLate = true;
        wake();
      }, timeoutMs);
      const onAbort = () => wake();
      signal?.addEventListener('abort', onAbort, { once: true });
      try {
        for (;;) {
          signal?.throwIfAborted();
          const line = lines.shift();
          if (line !== undefined) return line;
          if (ending !== undefined) throw ending;
          if (isLate) throw new BackendError('EXEC', `${command}: no answer after ${timeoutMs} ms`);
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
        }
      } finally {
        clearTimeout(late);
        signal?.removeEventListener('abort', onAbort);
      }
    },
    async stop() {
      child.stdin?.end();
      await Promise.race([exited, delay(GRACE_MS)]);
      await endGroup(child);
    },
  };
}

function start(command: string, args: readonly string[], { cwd, env }: Pick<ExecOptions, 'cwd' | 'env'>): ChildProcess {
  return spawn(command, args, {
    detached: true,
    stdio: 'pipe',
    ...(cwd === undefined ? {} : { cwd }),
    ...(env === undefined ? {} : { env }),
  });
}

function exitOf(child: ChildProcess, command: string): Promise<number | string> {
  return new Promise((resolve, reject) => {
    child.once('error', (cause) => {
      reject(new BackendError('EXEC', `${command}: cannot be started: ${cause.message}`, { cause }));
    });
    child.once('close', (code, signal) => resolve(code ?? signal ?? 'unknown'));
  });
}

async function endGroup(child: ChildProcess): Promise<void> {
  if (child.pid === undefined) return;
  const gone = new Promise<void>((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) resolve();
    else child.once('exit', () => resolve());
  });
  signalGroup(child, 'SIGTERM');
  // A stopped process acts on a signal to end only once it goes on.
  signalGroup(child, 'SIGCONT');
  const forced = setTimeout(() => signalGroup(child, 'SIGKILL'), GRACE_MS);
  await gone;
  clearTimeout(forced);
  // What the leader left behind in its group.
  signalGroup(child, 'SIGKILL');
}

function signalGroup(child: ChildProcess, name: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** Does not keep the process alive. */
function delay(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms).unref());
}

function keepTail(stream: NodeJS.ReadableStream | null): { text(): string } {
  let kept = '';
  stream?.setEncoding('utf8');
  stream?.on('data', (text: string) => {
    kept = (kept + text).slice(-MAX_KEPT_CHARS);
  });
  return { text: () => kept };
}

function lastLines(text: string): string {
  return text.trim().split('\n').slice(-5).join('\n') || '(it wrote nothing)';
}
