import { EXIT } from '../errors.js';
import { execute, formatFailure } from './execute.js';

/**
 * Joins the command line to this process: its streams, folder, environment and exit code.
 *
 * SIGINT keeps its default effect, which ends the process at once with status 130 in a shell. A handler would wait for
 * the running simulation to return; files are renamed into place when complete, so none is left half written.
 */
export async function run(argv: readonly string[]): Promise<void> {
  for (const stream of [process.stdout, process.stderr]) stream.on('error', endOnClosedPipe);
  process.on('uncaughtException', (error) => {
    process.stderr.write(formatFailure(error, { debug: argv.includes('--debug') }));
    process.exit(EXIT.internal);
  });
  const isTerminal = process.stdout.isTTY === true;
  process.exitCode = await execute(argv.slice(2), {
    stdout: (text) => void process.stdout.write(text),
    stderr: (text) => void process.stderr.write(text),
    cwd: process.cwd(),
    isTerminal,
    color: isTerminal && !process.env.NO_COLOR && process.env.TERM !== 'dumb',
  });
}

/** A reader that has seen enough, such as `head`, is no failure. */
function endOnClosedPipe(error: NodeJS.ErrnoException): void {
  if (error.code === 'EPIPE') process.exit(EXIT.done);
  throw error;
}
