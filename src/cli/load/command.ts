import { command } from '../flags/command.js';
import { DEFAULT_PIPELINE } from '../inputs/options.js';
import { LOAD_FLAGS } from './flags.js';

/** `infer-plan load`: open-loop load on a live pipeline endpoint. */
export const loadCommand = command({
  name: 'load',
  description:
    'Sends queries to an inference endpoint (Open Inference Protocol, HTTP) at the instants of a trace or of an arrival ' +
    'process, whether or not earlier ones are answered, and counts every latency from the scheduled instant. ' +
    'Queries that fail are counted by their kind and miss the SLO. Ctrl-C ends early and prints what was measured.',
  argument: {
    name: 'pipeline',
    help: `pipeline file: name, SLO, trace and sample queries (default: ${DEFAULT_PIPELINE})`,
    completes: 'file',
  },
  flags: LOAD_FLAGS,
  examples: [
    { command: 'infer-plan load', does: 'the trace of the pipeline of this folder, at what `infer-plan serve` runs' },
    { command: 'infer-plan load --rate 100/s --cv 2 --duration 60s', does: 'bursts for a minute' },
    {
      command: 'infer-plan load --trace monday.csv --check -o load.json',
      does: 'does the live pipeline hold its SLO?',
    },
    {
      command: 'infer-plan load --url http://10.0.0.5:8000 --model resnet --rate 20/s --count 1000 --slo 50ms',
      does: 'any server of the Open Inference Protocol, no pipeline file needed',
    },
  ],
  async run(pipeline: string | undefined, flags, io, problems) {
    const { load } = await import('./load.js');
    await load(pipeline, flags, io, problems);
  },
});
