import { command } from '../flags/command.js';
import { PLAN_ARGUMENT } from '../inputs/options.js';
import { VERIFY_FLAGS } from './flags.js';

/** `infer-plan verify`: is a plan still right? */
export const verifyCommand = command({
  name: 'verify',
  description:
    'Checks a plan file and its certificate from the inputs alone, by a second and plainer way than the search. ' +
    'Exits 3 when anything is wrong or has changed.',
  argument: PLAN_ARGUMENT,
  flags: VERIFY_FLAGS,
  examples: [
    { command: 'infer-plan verify', does: 'is plan.yaml still right, and its proof?' },
    { command: 'infer-plan verify plans/200ms.yaml --hardware prices-of-today.yaml', does: 'at other prices' },
  ],
  async run(plan, flags, io, problems) {
    const { verify } = await import('./verify.js');
    await verify(plan, flags, io, problems);
  },
});
