import { command } from '../flags/command.js';
import { REPORT_FLAGS } from './flags.js';

/** `infer-plan report`: results as a page to look at. */
export const reportCommand = command({
  name: 'report',
  description:
    'Makes one page of HTML of plans, of profiles, and of what other commands print with --json. The page needs no network and no ' +
    'script. A plan is simulated again on its trace.',
  argument: {
    name: 'files',
    help: 'plan.yaml, profiles.csv or JSON results',
    isRequired: true,
    isRepeated: true,
    completes: 'file',
  },
  flags: REPORT_FLAGS,
  examples: [
    { command: 'infer-plan report plan.yaml', does: 'write report.html' },
    {
      command: 'infer-plan tune --replay day.csv --json > day.json && infer-plan report day.json',
      does: 'a replayed day',
    },
    { command: 'infer-plan report plan.yaml profiles.csv -o all.html', does: 'a plan and its profiles on one page' },
  ],
  async run(files: readonly string[], flags, io, problems) {
    const { report } = await import('./report.js');
    await report(files, flags, io, problems);
  },
});
