import type { Command } from 'commander';
import type { CliIo } from '../io.js';
import { addInputOptions, examplesText, type InputFlags } from '../options.js';
import { addTunerOptions, type TunerFlags } from '../tuner-options.js';

export interface TuneFlags extends InputFlags, TunerFlags {
  readonly replay?: string;
}

const EXAMPLES = examplesText({
  command: 'infer-plan tune --replay traces/step-150-to-250qps.csv',
  does: 'what would the tuner do on this trace, and what is it worth?',
});

/** `infer-plan tune`: keeps a plan's objective while traffic changes, live or over a recorded trace. */
export function registerTune(program: Command, io: CliIo): void {
  const command = program
    .command('tune')
    .summary('keep the objective while traffic changes: change replicas live, or replay a trace')
    .description(
      'Watches the arrivals of a live pipeline against the traffic envelope of its plan, and changes replicas, and nothing else, when the traffic leaves it. ' +
        'With --replay it does so to the estimator, over a recorded trace.',
    )
    .argument('[plan]', 'plan file', 'plan.yaml')
    .option('--replay <trace>', 'replay this trace instead of driving a live system');
  addTunerOptions(addInputOptions(command, 'plan', { hasTrace: false }))
    .addHelpText('after', EXAMPLES)
    .action(async (plan: string, flags: TuneFlags) => {
      const { tuneReplay } = await import('./tune-replay-action.js');
      await tuneReplay(plan, flags, io);
    });
}
