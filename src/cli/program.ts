import { Command } from 'commander';
import { registerHardware } from './commands/hardware.js';
import { registerLoad } from './commands/load.js';
import { registerPlan } from './commands/plan.js';
import { registerProfile } from './commands/profile.js';
import { registerServe } from './commands/serve.js';
import { registerSimulate } from './commands/simulate.js';
import { registerTrace } from './commands/trace.js';
import { registerTune } from './commands/tune.js';
import { registerValidate } from './commands/validate.js';
import type { CliIo } from './io.js';
import { toolVersion } from './tool-version.js';

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

/**
 * The command line over injected streams. Commands load what they need inside their action, so that
 * `--help` and `--version` start at once. Errors are thrown, usage errors as CommanderError.
 */
export function createProgram(io: CliIo): Command {
  const program = new Command('infer-plan')
    .description('Plan, check and tune machine-learning prediction pipelines within a tail-latency objective.')
    .version(toolVersion())
    .option('--no-color', 'never colour the output (as NO_COLOR=1 does)')
    .option('--debug', 'print the stack of an error')
    .addHelpText('after', EPILOGUE)
    .configureHelp({ showGlobalOptions: true })
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
  registerPlan(program, commandIo);
  registerSimulate(program, commandIo);
  registerProfile(program, commandIo);
  registerServe(program, commandIo);
  registerTrace(program, commandIo);
  registerTune(program, commandIo);
  registerHardware(program, commandIo);
  registerLoad(program, commandIo);
  registerValidate(program, commandIo);
  return program;
}
