import type { Command } from 'commander';
import { addInputOptions, examplesText } from '../inputs/options.js';
import type { CliIo } from '../io/io.js';
import type { TuneFlags } from './flags.js';
import { addTunerOptions } from './tuner-options.js';

const EXAMPLES = examplesText(
  { command: 'infer-plan tune', does: 'drive the engine of `infer-plan serve` on this machine by plan.yaml' },
  {
    command: 'infer-plan tune --replay traces/step-150-to-250qps.csv',
    does: 'what would the tuner do on this trace, and what is it worth?',
  },
  {
    command: 'infer-plan tune --arrivals trace=day.csv --speed 60x --target paper',
    does: 'rehearse a day in 24 minutes, on paper',
  },
  {
    command: 'infer-plan tune --max-usd-per-hour 12 --inventory t4=8 --max-replicas translate=4',
    does: 'never more than this',
  },
  {
    command: 'infer-plan tune --backend backend.yaml --apply',
    does: 'a live system elsewhere: change it, not only say what would be changed',
  },
  {
    command: 'infer-plan tune --no-panel --metrics-port 9464',
    does: 'lines instead of a panel; metrics for Prometheus',
  },
);

/** `infer-plan tune`: keeps a plan's objective while traffic changes, live or over a recorded trace. */
export function registerTune(program: Command, io: CliIo): void {
  const command = program
    .command('tune')
    .description(
      'Watches the arrivals of a live pipeline against the traffic envelope of its plan, and changes replicas, and nothing else, when the traffic leaves it. ' +
        'Runs until it is told to end (Ctrl-C, SIGTERM), and leaves the replicas as they are. A run that was killed goes on where it was. ' +
        'With --replay it tunes the estimator instead, over a recorded trace, and says what that is worth.',
    )
    .argument('[plan]', 'plan file', 'plan.yaml')
    .option('--replay <trace>', 'replay this trace instead of driving a live system')
    .option('--backend <file>', 'where replicas are set and arrivals are read, YAML (docs/backends.md)')
    .option(
      '--target <kind[=address]>',
      "local, triton, ray-serve, kubernetes, ec2, or paper (default: the backend file's, or local=http://127.0.0.1:8080)",
    )
    .option(
      '--arrivals <kind[=address]>',
      "local=URL, push=PORT or trace=FILE (default: the backend file's, or the local target's)",
    )
    .option('--apply', 'change replicas; the default where they are on this machine')
    .option('--dry-run', 'only say what would be changed; the default elsewhere')
    .option('--hand-hold <duration>', 'how long a number of replicas that somebody else set is left alone', '10m')
    .option(
      '--replan',
      'when the traffic has left the plan for good, make another one and go on with it where only replicas differ',
    )
    .option('--journal <file>', 'where decisions are written down (default: PIPELINE.tune.journal beside the plan)')
    .option('--metrics-port <port>', 'serve metrics for Prometheus on this port of 127.0.0.1')
    .option('--no-panel', 'a line per event, on a terminal too')
    .option('--speed <factor>', 'how fast a trace given as --arrivals is played', '1x');
  addTunerOptions(addInputOptions(command, 'plan', { hasTrace: false }))
    .addHelpText('after', EXAMPLES)
    .action(async (plan: string, flags: TuneFlags) => {
      if (flags.replay !== undefined) {
        const { tuneReplay } = await import('./replay.js');
        return tuneReplay(plan, flags, io);
      }
      const { tuneLive } = await import('./live.js');
      await tuneLive(plan, flags, io);
    });
}
