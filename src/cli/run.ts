import { EXIT, InputError } from '../errors.js';
import { systemProblem } from '../files/system/system-problem.js';
import { TOKEN_VARIABLE } from '../http-port/token.js';
import { brokenText } from '../report/fit-table.js';
import { execute, exitCodeOf, formatFailure } from './execute.js';
import type { Interrupt, Screen } from './io/io.js';
import { watchEventLoop } from './watchdog.js';

const END_CHECK_MS = 2_000;
const STOP_SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/**
 * Joins the command line to this process: its streams, folder, environment, clock, signals and exit code.
 *
 * SIGINT keeps its default effect, which ends the process at once with status 130 in a shell, unless a command has
 * asked for it: a handler would wait for the running simulation to return. Files are renamed into place when complete,
 * so none is left half written.
 */
export async function run(argv: readonly string[]): Promise<void> {
  let onRefusedOutput = endOnRefusedOutput;
  process.stdout.on('error', (error) => onRefusedOutput(error));
  process.on('exit', refuseEarlyEnd);
  // What cannot be told is lost, and the work goes on.
  process.stderr.on('error', () => {});
  // What the SDK thinks of this version of Node.js is no news to who runs a command.
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';
  process.on('uncaughtException', (error) => {
    process.stderr.write(formatFailure(error, { debug: argv.includes('--debug') }));
    process.exit(exitCodeOf(error));
  });
  const isTerminal = process.stdout.isTTY === true;
  const exitCode = await execute(argv.slice(2), {
    stdout: (text) => void process.stdout.write(text),
    stderr,
    progress,
    nowMs: () => performance.now(),
    surviveRefusedOutput: (tell) => {
      onRefusedOutput = (error) => tell(systemProblem(error, 'standard output'));
    },
    breathe: () => new Promise((resolve) => setImmediate(resolve)),
    catchInterrupt,
    watchLoop: watchEventLoop,
    ...(isTerminal ? { openScreen } : {}),
    ...(process.stdin.isTTY && process.stderr.isTTY ? { ask } : {}),
    ...(process.env[TOKEN_VARIABLE] ? { token: process.env[TOKEN_VARIABLE] } : {}),
    cwd: process.cwd(),
    isTerminal,
    columns: process.stdout.columns || Number(process.env.COLUMNS) || 80,
    color: isTerminal && !process.env.NO_COLOR && process.env.TERM !== 'dumb',
  });
  hasEnded = true;
  process.exitCode = exitCode;
  endSoon();
}

/** Ends a process that something keeps alive after its command, such as a module that never finishes loading. */
function endSoon(): void {
  const timer = setInterval(() => {
    if (process.stdout.writableLength + process.stderr.writableLength === 0) process.exit();
  }, END_CHECK_MS);
  timer.unref();
}

/** Lines for a person are broken at blanks; a program reads them whole. */
function stderr(text: string): void {
  process.stderr.write(process.stderr.isTTY ? brokenText(text, process.stderr.columns || 80) : text);
}

/** Writes over the last line of progress. */
function progress(line: string): void {
  if (process.stderr.isTTY !== true) return;
  const width = Math.max(1, (process.stderr.columns ?? 80) - 1);
  process.stderr.write(`\r\x1b[K${line.slice(0, width)}`);
}

/** Ctrl-C ends the process as it does elsewhere; Ctrl-D leaves the question without an answer. */
async function ask(question: string): Promise<string> {
  const { createInterface } = await import('node:readline/promises');
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return await new Promise((resolve, reject) => {
      lines.once('SIGINT', () => {
        lines.close();
        process.kill(process.pid, 'SIGINT');
      });
      lines.once('close', () => reject(new InputError('FLAG', 'no answer was given, and nothing is written')));
      lines.question(question).then(resolve, reject);
    });
  } finally {
    lines.close();
  }
}

function catchInterrupt(): Interrupt {
  let isAsked = false;
  let tell = (): void => {};
  const asked = new Promise<void>((resolve) => {
    tell = resolve;
  });
  const release = (): void => {
    for (const signal of STOP_SIGNALS) process.off(signal, ask);
  };
  // This handler must outlive the first signal: restore-cursor, which a panel loads, ends the process on a signal that
  // nobody else handles, and it counts the handlers after this one has run.
  const ask = (signal: NodeJS.Signals): void => {
    if (isAsked) {
      release();
      process.kill(process.pid, signal);
    }
    isAsked = true;
    tell();
  };
  for (const signal of STOP_SIGNALS) process.on(signal, ask);
  return {
    get isAsked() {
      return isAsked;
    },
    asked,
    release,
  };
}

async function openScreen(): Promise<Screen> {
  const { default: logUpdate } = await import('log-update');
  return {
    get columns() {
      return process.stdout.columns || 80;
    },
    get rows() {
      return process.stdout.rows || 24;
    },
    draw: (text) => logUpdate(text),
    close: () => logUpdate.done(),
  };
}

/** Set when the program ends as it means to. */
let hasEnded = false;
/** Of a process that waits for what cannot come. */
const EXIT_UNSETTLED = 13;

/** A module that is imported can end the process, or wait for ever with nothing left to happen: that is no success. */
function refuseEarlyEnd(code: number): void {
  if (hasEnded || (code !== EXIT.done && code !== EXIT_UNSETTLED)) return;
  process.stderr.write('infer-plan: the program was ended before its work was done, by a module that it imports\n');
  process.exitCode = EXIT.input;
}

/** A reader that has seen enough, such as `head`, is no failure; a full disk is one. */
function endOnRefusedOutput(error: NodeJS.ErrnoException): void {
  hasEnded = true;
  if (error.code === 'EPIPE') process.exit(EXIT.done);
  const refused = systemProblem(error, 'standard output');
  process.stderr.write(formatFailure(refused, { debug: false }));
  process.exit(exitCodeOf(refused));
}
