import { command } from '../flags/command.js';
import { PLAN_ARGUMENT } from '../inputs/options.js';
import { TUNE_FLAGS } from './flags.js';

/** `infer-plan tune`: keeps a plan's objective while traffic changes, live or over a recorded trace. */
export const tuneCommand = command({
  name: 'tune',
  description:
    'Watches the arrivals of a live pipeline against the traffic envelope of its plan, and changes replicas, and nothing else, when the traffic leaves it. ' +
    'Runs until Ctrl-C or SIGTERM, and leaves the replicas as they are. A run that was killed goes on where it was. ' +
    'With --replay it tunes the estimator instead, over a recorded trace, and says what that is worth.',
  argument: PLAN_ARGUMENT,
  flags: TUNE_FLAGS,
  examples: [
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
  ],
  async run(plan, flags, io, problems) {
    const { replay } = flags;
    if (replay !== undefined) {
      const { tuneReplay } = await import('./replay.js');
      return tuneReplay(plan, { ...flags, replay }, io, problems);
    }
    const { tuneLive } = await import('./live.js');
    await tuneLive(plan, flags, io, problems);
  },
});
