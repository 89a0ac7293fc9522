import type { Command } from 'commander';
import { addInputOptions, collect, examplesText } from '../inputs/options.js';
import type { CliIo } from '../io/io.js';
import type { SimulateFlags } from './flags.js';

const EXAMPLES = examplesText(
  { command: 'infer-plan simulate', does: 'plan.yaml of this folder, on the trace it was made for' },
  { command: 'infer-plan simulate --trace traces/monday.csv --check', does: 'does the plan hold on another trace?' },
  { command: 'infer-plan simulate --stage classify-image=t4:8:3', does: 'what if that stage had 3 replicas on T4?' },
  { command: 'infer-plan simulate plans/200ms.yaml --records out.csv', does: 'one row per query' },
  {
    command: 'infer-plan simulate --trace traces/monday.csv --tuner',
    does: 'and if the tuner changed replicas meanwhile?',
  },
  { command: 'infer-plan simulate --pipeline p.yaml --stage a=cpu-1:1:2 --stage b=t4:4:1', does: 'no plan needed' },
);

/** `infer-plan simulate`: replays a trace through a plan or a configuration given by hand. */
export function registerSimulate(program: Command, io: CliIo): void {
  const command = program
    .command('simulate')
    .description(
      'Replays an arrival trace through a configuration and prints latencies, SLO attainment, cost and what every stage did. ' +
        'The configuration is that of a plan file, changed by --stage; with --pipeline and no plan, --stage names all of it.',
    )
    .argument('[plan]', 'plan file (default: plan.yaml, unless --pipeline is given)')
    .option('--pipeline <file>', "pipeline file (default: the plan's, or pipeline.yaml)")
    .option('--stage <name=hardware:batch:replicas>', 'configuration of one stage (repeatable)', collect);
  addInputOptions(command, 'plan')
    .option('--records <file>', 'write one CSV row per query')
    .option('--tuner', 'let the tuner change replicas while the trace runs (see `infer-plan tune --replay`)')
    .option('--check', 'exit 3 when the SLO is not met')
    .addHelpText('after', EXAMPLES)
    .action(async (plan: string | undefined, flags: SimulateFlags) => {
      if (flags.tuner) {
        const { simulateTuned } = await import('../tune/replay.js');
        return simulateTuned(plan, flags, io);
      }
      const { simulateCommand } = await import('./simulate.js');
      simulateCommand(plan, flags, io);
    });
}
