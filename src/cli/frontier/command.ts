import { command } from '../flags/command.js';
import { PIPELINE_ARGUMENT } from '../inputs/options.js';
import { FRONTIER_FLAGS } from './flags.js';

/** `infer-plan frontier`: cost against objective. */
export const frontierCommand = command({
  name: 'frontier',
  description:
    'Prints the least cost of each SLO of a range, each proved, and writes no plan. The time limit counts for each SLO. ' +
    'Exits 3 when none can be met.',
  argument: PIPELINE_ARGUMENT,
  flags: FRONTIER_FLAGS,
  examples: [
    { command: 'infer-plan frontier --range 100ms..500ms', does: 'what does each SLO cost at least?' },
    { command: 'infer-plan frontier other.yaml --range 100ms..500ms/50ms --json', does: 'in steps of 50 ms' },
  ],
  async run(pipeline, flags, io, problems) {
    const { frontier } = await import('./frontier.js');
    await frontier(pipeline, flags, io, problems);
  },
});
