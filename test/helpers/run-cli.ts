import { execute } from '../../src/cli/execute.js';

export interface CliOutcome {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs one command line inside this process, as if started in `cwd`. Time stands still and nobody presses Ctrl-C,
 * unless told otherwise.
 */
export async function runCli(
  args: readonly string[],
  {
    cwd = process.cwd(),
    isTerminal = false,
    color = false,
    columns = 80,
    nowMs = (): number => 0,
    isInterrupted = (): boolean => false,
  } = {},
): Promise<CliOutcome> {
  let stdout = '';
  let stderr = '';
  const exitCode = await execute(args, {
    stdout: (text) => {
      stdout += text;
    },
    stderr: (text) => {
      stderr += text;
    },
    progress: () => {},
    nowMs,
    breathe: () => Promise.resolve(),
    catchInterrupt: () => ({
      get isAsked() {
        return isInterrupted();
      },
      asked: new Promise<void>(() => {}),
      release: () => {},
    }),
    cwd,
    isTerminal,
    color,
    columns,
  });
  return { exitCode, stdout, stderr };
}
