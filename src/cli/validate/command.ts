import { command } from '../flags/command.js';
import { OPTIONAL_PLAN } from '../inputs/options.js';
import { VALIDATE_FLAGS } from './flags.js';

/** `infer-plan validate`: predicted against measured. */
export const validateCommand = command({
  name: 'validate',
  description:
    'Serves a plan, or a configuration given by hand, on this machine, replays a trace against it in real time, simulates the same, and ' +
    'prints predicted against measured latencies and SLO attainment, and the same for every stage. Runs on which others used the machine do not count ' +
    'and are made again.',
  argument: OPTIONAL_PLAN,
  flags: VALIDATE_FLAGS,
  examples: [
    { command: 'infer-plan validate', does: 'plan.yaml of this folder, on the trace it was made for' },
    { command: 'infer-plan validate --runs 5 --duration 60s', does: 'five runs of the first minute' },
    {
      command: 'infer-plan validate --pipeline examples/ocr/pipeline.yaml --stage detect=cpu-1:1:1 …',
      does: 'a configuration given by hand',
    },
  ],
  async run(plan, flags, io, problems) {
    const { validate } = await import('./validate.js');
    await validate(plan, flags, io, problems);
  },
});
