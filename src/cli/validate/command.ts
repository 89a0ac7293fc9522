import type { Command } from 'commander';
import { addInputOptions, collect, examplesText } from '../inputs/options.js';
import type { CliIo } from '../io/io.js';
import type { ValidateFlags } from './flags.js';

const EXAMPLES = examplesText(
  { command: 'infer-plan validate', does: 'plan.yaml of this folder, on the trace it was made for' },
  { command: 'infer-plan validate --runs 5 --duration 60s', does: 'five runs of the first minute' },
  {
    command: 'infer-plan validate --pipeline examples/ocr/pipeline.yaml --stage detect=cpu-1:1:1 …',
    does: 'a configuration given by hand',
  },
);

/** `infer-plan validate`: predicted against measured. */
export function registerValidate(program: Command, io: CliIo): void {
  const command = program
    .command('validate')
    .description(
      'Serves a plan, or a configuration given by hand, on this machine, replays a trace against it in real time, simulates the same, and ' +
        'prints predicted against measured latencies and SLO attainment, and the same for every stage. Runs on which others used the machine do not count ' +
        'and are made again.',
    )
    .argument('[plan]', 'plan file (default: plan.yaml, unless --pipeline is given)')
    .option('--pipeline <file>', "pipeline file (default: the plan's, or pipeline.yaml)")
    .option('--stage <name=hardware:batch:replicas>', 'configuration of one stage (repeatable)', collect);
  addInputOptions(command, 'plan')
    .option('--runs <number>', 'undisturbed real runs to make', '3')
    .option('--attempts <number>', 'real runs to make at most, disturbed ones too (default: twice --runs)')
    .option('--duration <duration>', 'replay only so much of the trace')
    .option(
      '--calibration <duration>',
      'first replay so much of it, three times to warm up and once to measure the costs outside the stages',
      '10s',
    )
    .option(
      '--reprofile',
      'profile the stages again within every run, 5 s between pieces of 10 s, and also predict from that: for machines whose speed wanders',
    )
    .addHelpText('after', EXAMPLES)
    .action(async (plan: string | undefined, flags: ValidateFlags) => {
      const { validateCommand } = await import('./validate.js');
      await validateCommand(plan, flags, io);
    });
}
