import { CommanderError } from 'commander';
import { BackendError, EXIT, errorText, InputError, InternalError, printable } from '../errors.js';
import { refusalOfSystem, systemCode } from '../files/system/system-problem.js';
import type { CliIo } from './io/io.js';
import { COMMANDS, createProgram } from './program.js';

/** What the script of `infer-plan completion` calls. */
const COMPLETE = '__complete';

/** Everything the command line needs from outside. */
export type Surroundings = Omit<CliIo, 'setExitCode'>;

/**
 * Runs one command line (without `node` and the script) and returns its exit code. Never throws: errors go to `stderr`.
 */
export async function execute(args: readonly string[], surroundings: Surroundings): Promise<number> {
  let exitCode: number = EXIT.done;
  const io: CliIo = {
    ...surroundings,
    setExitCode(code) {
      exitCode = code;
    },
  };
  try {
    if (args[0] === COMPLETE) {
      const [{ complete }, { readNames }] = await Promise.all([
        import('./completion/complete.js'),
        import('./completion/names.js'),
      ]);
      const candidates = await complete(args.slice(1), COMMANDS, async (given) => readNames(given, io));
      io.stdout(candidates.map((candidate) => `${candidate}\n`).join(''));
      return EXIT.done;
    }
    const program = await createProgram(io, args);
    await program.parseAsync(args, { from: 'user' });
    return exitCode;
  } catch (error) {
    io.stderr(formatFailure(error, { debug: args.includes('--debug') }));
    return exitCodeOf(error);
  }
}

/** What a person reads of an error: one line per problem, then what to do about it. The stack only on request. */
export function formatFailure(error: unknown, { debug }: { debug: boolean }): string {
  const { lines, hint } = describe(error);
  const text = lines.map((line) => `infer-plan: ${printable(line)}\n`).join('');
  return text + (hint === undefined ? '' : `hint: ${printable(hint)}\n`) + (debug ? stackOf(error) : '');
}

function describe(error: unknown): { lines: readonly string[]; hint?: string | undefined } {
  if (error instanceof InputError) return { lines: error.problems, hint: error.hint };
  if (error instanceof BackendError) return { lines: error.message.split('\n'), hint: error.hint };
  if (error instanceof CommanderError) return describeUsage(error);
  const refused = refusalOfSystem(error) ?? faultOfModule(error);
  if (refused !== undefined) return { lines: refused.problems, hint: refused.hint };
  return {
    lines: [`internal error: ${errorText(error).split('\n')[0]}`],
    hint: 'this is a bug in infer-plan; --debug prints where it happened',
  };
}

/** Commander's text is `error: <message>`, with a suggestion in brackets on a second line. Help asks for no message. */
function describeUsage(error: CommanderError): { lines: readonly string[]; hint?: string } {
  if (isHelp(error)) return { lines: [] };
  const [message = '', suggestion] = error.message.replace(/^error: /, '').split('\n');
  const hint = suggestion?.replace(/^\((.*)\)$/, '$1') ?? '--help shows what is possible';
  return { lines: [message], hint };
}

function isHelp({ code }: CommanderError): boolean {
  return code === 'commander.help' || code === 'commander.helpDisplayed' || code === 'commander.version';
}

/** 1, 2 or 4 by whose fault it is (`EXIT`); 0 for help. */
export function exitCodeOf(error: unknown): number {
  if (error instanceof InputError) return EXIT.input;
  if (error instanceof BackendError) return EXIT.backend;
  if (refusalOfSystem(error) !== undefined || faultOfModule(error) !== undefined) return EXIT.input;
  // Help that was asked for exits 0; help shown because no command was named is a usage error.
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.input;
  return EXIT.internal;
}

/** The package's own folder, as it stands in the frames of a stack. */
const PACKAGE = new URL('../../', import.meta.url).href;
const FIRST_FILE = /^ +at .*?(file:\/\/\S+?):\d+:\d+\)?$/m;

/** An error thrown by a module that the user wrote, such as a pipeline's `queries`. */
function faultOfModule(error: unknown): InputError | undefined {
  if (!(error instanceof Error) || error instanceof InternalError) return undefined;
  // This program rejects with errors only.
  if (systemCode(error) === 'ERR_UNHANDLED_REJECTION') {
    const [, reason = 'nothing'] = /with the reason "(.*)"/s.exec(error.message) ?? [];
    return new InputError('MODULE', `a module rejected a promise with ${reason}`);
  }
  const [, file] = FIRST_FILE.exec(error.stack ?? '') ?? [];
  if (file === undefined || file.startsWith(PACKAGE) || file.includes('/node_modules/')) return undefined;
  return new InputError(
    'MODULE',
    `${file.replace(/^file:\/\//, '')}: threw ${error.name}: ${error.message.split('\n')[0]}`,
  );
}

function stackOf(error: unknown): string {
  if (!(error instanceof Error)) return '';
  const cause =
    error.cause === undefined ? '' : `caused by ${stackOf(error.cause) || printable(String(error.cause))}\n`;
  return `${(error.stack ?? '').split('\n').map(printable).join('\n')}\n${cause}`;
}
