import { command } from '../flags/command.js';
import { INIT_FLAGS } from './flags.js';

/** `infer-plan init`: the files of a new pipeline. */
export const initCommand = command({
  name: 'init',
  description:
    'Writes a commented pipeline, hardware with prices, profiles of real models and a trace, which plan at once. ' +
    'Nothing is overwritten. On a terminal it asks for what is not given. With --from, the pipeline is what the files ' +
    'of a running system say, and the argument is their path.',
  argument: { name: 'folder', help: 'where to write; with --from, what to read', default: '.' },
  flags: INIT_FLAGS,
  examples: [
    { command: 'infer-plan init', does: 'ask, then write into this folder' },
    { command: 'infer-plan init --template fan-out && infer-plan plan', does: 'without questions, and plan' },
    { command: 'infer-plan init shop --template cascade --slo 150ms --rate 300/s --cv 2', does: 'into a new folder' },
    {
      command: 'infer-plan init --from otel traces.json --on t4 --slo 300ms',
      does: 'what the traces of a running pipeline show',
    },
    {
      command: 'infer-plan init --from triton models/ --on t4 --output shop',
      does: 'the ensemble of a model repository, to be profiled on T4s',
    },
    {
      command: 'infer-plan init --from model-analyzer results/metrics-model-inference.csv --on t4 --rate 200/s',
      does: 'the models that Model Analyzer measured, with their service times',
    },
  ],
  async run(folder: string, flags, io, problems) {
    if (flags.from !== undefined) {
      const { initFrom } = await import('./from.js');
      await initFrom(flags.from, folder, flags, { io, problems });
      return;
    }
    const { init } = await import('./init.js');
    await init(folder, flags, io, problems);
  },
});
