import { FORESEEING } from '../../compare/compare.js';
import { POLICY_KINDS } from '../../policies/catalogue.js';
import { command } from '../flags/command.js';
import { COMPARE_FLAGS } from './flags.js';

const NAMES = [...POLICY_KINDS.map(({ name }) => name), ...FORESEEING].join(', ');

/** `infer-plan compare`: many scaling policies over one trace. */
export const compareCommand = command({
  name: 'compare',
  description:
    'Runs scaling policies on the simulated pipeline over a trace: each in a closed loop, which sees what its system would see, with ' +
    'the same arrivals, routes and start. Prints how many queries each makes late, what it costs and how it moves replicas. ' +
    `The policies: ${NAMES}.`,
  argument: { name: 'trace', help: 'arrival trace, CSV', isRequired: true, completes: 'file' },
  flags: COMPARE_FLAGS,
  examples: [
    { command: 'infer-plan compare monday.csv', does: 'every policy from plan.yaml, as its system ships it' },
    {
      command: 'infer-plan compare monday.csv --policies inferline,fixed,clairvoyant --activation 30s',
      does: 'three of them, and replicas that need half a minute to start',
    },
    {
      command: 'infer-plan compare monday.csv --config policies.yaml',
      does: 'with the parameters that run today (docs/compare.md)',
    },
    {
      command: 'infer-plan compare monday.csv --targets swept --json',
      does: 'a curve of cost against late queries for every policy, for a script',
    },
    {
      command: 'infer-plan compare monday.csv --policies inferline --explain inferline',
      does: 'what did it go by at each change?',
    },
  ],
  async run(trace: string, flags, io, problems) {
    const { compareOn } = await import('./compare.js');
    await compareOn(trace, flags, io, problems);
  },
});
