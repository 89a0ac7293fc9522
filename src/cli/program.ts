import { Command } from 'commander';
import type { CommandGroup, CommandSpec } from './flags/command.js';
import { toolVersion } from './inputs/tool-version.js';
import type { CliIo } from './io/io.js';

const HELP_WIDTH = 100;

const EPILOGUE = `
Exit codes:
  0  done
  1  a bug in infer-plan
  2  bad input or usage
  3  infeasible, or the SLO is not met
  4  a backend failed

In a folder with a pipeline.yaml:
  $ infer-plan plan --slo 200ms
  $ infer-plan simulate`;

interface CommandEntry {
  readonly name: string;
  readonly summary: string;
  load(): Promise<CommandSpec | CommandGroup>;
}

export const COMMANDS: readonly CommandEntry[] = [
  {
    name: 'init',
    summary: 'write a pipeline that plans at once, to start from',
    load: async () => (await import('./init/command.js')).initCommand,
  },
  {
    name: 'plan',
    summary: 'find the cheapest configuration that holds an SLO',
    load: async () => (await import('./plan/command.js')).planCommand,
  },
  {
    name: 'verify',
    summary: 'check a plan file and its proof, another way',
    load: async () => (await import('./verify/command.js')).verifyCommand,
  },
  {
    name: 'frontier',
    summary: 'the least cost of each SLO of a range',
    load: async () => (await import('./frontier/command.js')).frontierCommand,
  },
  {
    name: 'simulate',
    summary: 'replay a trace through a plan or a configuration given by hand',
    load: async () => (await import('./simulate/command.js')).simulateCommand,
  },
  {
    name: 'report',
    summary: 'a page to look at, made of plans, profiles and results',
    load: async () => (await import('./report/command.js')).reportCommand,
  },
  {
    name: 'profile',
    summary: 'measure service times on this machine, over ssh or through a server',
    load: async () => (await import('./profile/command.js')).profileCommand,
  },
  {
    name: 'serve',
    summary: 'run a plan on this machine',
    load: async () => (await import('./serve/command.js')).serveCommand,
  },
  {
    name: 'trace',
    summary: 'generate, inspect or import an arrival trace',
    load: async () => (await import('./trace/command.js')).traceCommand,
  },
  {
    name: 'tune',
    summary: 'keep the objective while traffic changes: change replicas live, or replay a trace',
    load: async () => (await import('./tune/command.js')).tuneCommand,
  },
  {
    name: 'compare',
    summary: 'run many scaling policies over one trace: late queries, cost and churn of each',
    load: async () => (await import('./compare/command.js')).compareCommand,
  },
  {
    name: 'hardware',
    summary: 'kinds of hardware and their prices',
    load: async () => (await import('./hardware/command.js')).hardwareCommand,
  },
  {
    name: 'load',
    summary: 'replay a trace against a live pipeline and measure latencies',
    load: async () => (await import('./load/command.js')).loadCommand,
  },
  {
    name: 'validate',
    summary: 'serve a plan here, replay a trace, and hold the prediction against what was measured',
    load: async () => (await import('./validate/command.js')).validateCommand,
  },
  {
    name: 'diff',
    summary: 'what differs between two plans, on the same traffic',
    load: async () => (await import('./diff/command.js')).diffCommand,
  },
  {
    name: 'export',
    summary: 'write a plan as the files of Kubernetes, KServe, Triton, Ray Serve or KEDA',
    load: async () => (await import('./export/command.js')).exportCommand,
  },
  {
    name: 'completion',
    summary: 'a script that makes a shell complete commands, options and names',
    load: async () => (await import('./completion/command.js')).completionCommand,
  },
];

/**
 * The command line over injected streams. Commands load what they need inside their action, and only those whose
 * options are wanted are loaded at all, so that `--help` and `--version` start at once. Errors are thrown, usage errors
 * as CommanderError.
 * @param args the command line, of whose command the options are wanted; without it, those of every command
 */
export async function createProgram(io: CliIo, args?: readonly string[]): Promise<Command> {
  const program = new Command('infer-plan')
    .description('Plan, check and tune machine-learning prediction pipelines within a tail-latency objective.')
    .version(toolVersion())
    .option('--no-color', 'never colour the output (as NO_COLOR=1 does)')
    .option('--debug', 'print the stack of an error')
    .option('--no-defaults', 'take no options from the infer-plan.yaml of this folder')
    .addHelpText('after', EPILOGUE)
    .configureHelp({ showGlobalOptions: true, subcommandTerm: (command) => command.name() })
    .exitOverride()
    .configureOutput({
      writeOut: io.stdout,
      writeErr: io.stderr,
      outputError: () => {}, // whoever runs the program prints the error it throws
      getOutHelpWidth: () => HELP_WIDTH,
      getErrHelpWidth: () => HELP_WIDTH,
    });
  const commandIo: CliIo = {
    ...io,
    get color() {
      return io.color && program.opts().color !== false;
    },
  };
  const words = args?.filter((word) => !word.startsWith('-'));
  const wanted = words?.[0] === 'help' ? words[1] : words?.[0];
  for (const { name, summary, load } of COMMANDS) {
    const isLoaded = args === undefined || name === wanted;
    const command = isLoaded ? await loadCommand(program, await load(), commandIo) : program.command(name);
    command.summary(summary);
  }
  return program;
}

/** What the options of a command need is loaded with the first of them. */
async function loadCommand(program: Command, spec: CommandSpec | CommandGroup, io: CliIo): Promise<Command> {
  const { addCommand } = await import('./flags/command.js');
  return addCommand(program, spec, io);
}
