import { command } from '../flags/command.js';
import { DIFF_FLAGS } from './flags.js';

/** `infer-plan diff`: what differs between two plans. */
export const diffCommand = command({
  name: 'diff',
  description:
    'Compares two plans: what each chooses for every stage, what they cost an hour and a month, and their latencies, both ' +
    'simulated anew on the same trace.',
  argument: { name: 'plans', help: 'two plan files', isRequired: true, isRepeated: true, completes: 'file' },
  flags: DIFF_FLAGS,
  examples: [
    { command: 'infer-plan diff before.yaml after.yaml', does: 'what has changed?' },
    {
      command: 'infer-plan diff 200ms.yaml 300ms.yaml --trace monday.csv --json',
      does: 'on other traffic, for a script',
    },
  ],
  async run(plans: readonly string[], flags, io, problems) {
    const { diff } = await import('./diff.js');
    diff(plans, flags, io, problems);
  },
});
