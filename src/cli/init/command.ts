import { command } from '../flags/command.js';
import { INIT_FLAGS } from './flags.js';

/** `infer-plan init`: the files of a new pipeline. */
export const initCommand = command({
  name: 'init',
  description:
    'Writes a commented pipeline, hardware with prices, profiles of real models and a trace, which plan at once. ' +
    'Nothing is overwritten. On a terminal it asks for what is not given.',
  argument: { name: 'folder', help: 'where to write', default: '.' },
  flags: INIT_FLAGS,
  examples: [
    { command: 'infer-plan init', does: 'ask, then write into this folder' },
    { command: 'infer-plan init --template fan-out && infer-plan plan', does: 'without questions, and plan' },
    { command: 'infer-plan init shop --template cascade --slo 150ms --rate 300/s --cv 2', does: 'into a new folder' },
  ],
  async run(folder: string, flags, io, problems) {
    const { init } = await import('./init.js');
    await init(folder, flags, io, problems);
  },
});
