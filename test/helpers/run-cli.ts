import { execute } from '../../src/cli/execute.js';

export interface CliOutcome {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs one command line inside this process, as if started in `cwd`. */
export async function runCli(
  args: readonly string[],
  { cwd = process.cwd(), isTerminal = false, color = false } = {},
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
    nowMs: () => 0,
    breathe: () => Promise.resolve(),
    catchInterrupt: () => ({ isAsked: false, asked: new Promise<void>(() => {}), release: () => {} }),
    cwd,
    isTerminal,
    color,
  });
  return { exitCode, stdout, stderr };
}
