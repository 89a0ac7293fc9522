import type { Command } from 'commander';
import { examplesText } from '../inputs/options.js';
import type { CliIo } from '../io/io.js';
import type { LoadFlags } from './flags.js';

const EXAMPLES = examplesText(
  { command: 'infer-plan load', does: 'the trace of the pipeline of this folder, at what `infer-plan serve` runs' },
  { command: 'infer-plan load --rate 100/s --cv 2 --duration 60s', does: 'bursts for a minute' },
  { command: 'infer-plan load --trace monday.csv --check -o load.json', does: 'does the live pipeline hold its SLO?' },
  {
    command: 'infer-plan load --url http://10.0.0.5:8000 --model resnet --rate 20/s --count 1000 --slo 50ms',
    does: 'any server of the Open Inference Protocol, no pipeline file needed',
  },
);

/** `infer-plan load`: open-loop load on a live pipeline endpoint. */
export function registerLoad(program: Command, io: CliIo): void {
  program
    .command('load')
    .description(
      'Sends queries to an inference endpoint (Open Inference Protocol, HTTP) at the instants of a trace or of an arrival ' +
        'process, whether or not earlier ones are answered, and counts every latency from the scheduled instant. ' +
        'Queries that fail are counted by their kind and miss the SLO. Ctrl-C ends early and prints what was measured.',
    )
    .argument('[pipeline]', 'pipeline file: name, SLO, trace and sample queries (default: pipeline.yaml)')
    .option('--url <address>', 'address of the server', 'http://127.0.0.1:8080')
    .option('--model <name>', "model to ask (default: the pipeline's name)")
    .option('--trace <file>', "arrival trace, CSV (default: the pipeline file's)")
    .option('--rate <rate>', 'draw arrivals at this rate instead, such as 100/s')
    .option('--cv <number>', 'coefficient of variation of the gaps of --rate (default: 1, Poisson)')
    .option('--duration <duration>', 'end of the arrivals, such as 60s')
    .option('--count <number>', 'end after this many arrivals')
    .option('--seed <number>', 'seed of the arrivals of --rate and of the sample queries', '1')
    .option('--slo <duration>', "latency objective, such as 200ms (default: the pipeline file's)")
    .option('--percentile <number>', "share of queries that must meet it, in percent (default: the file's, or 99)")
    .option('--timeout <duration>', 'a query not answered so long after its instant has failed', '30s')
    .option('--limit-in-flight <number>', 'with so many in flight a query is not sent, and has failed', '4000')
    .option('--wait <duration>', 'wait at most so long for the model to be ready', '0s')
    .option('--warm-up <duration>', 'first replay so much of the arrivals without counting them', '0s')
    .option('-o, --output <file>', 'write the result as JSON, whatever is printed')
    .option('--records <file>', 'write one CSV row per query, as simulate --records does')
    .option('--check', 'exit 3 when the SLO is not met')
    .option('--json', 'print the result as JSON')
    .addHelpText('after', EXAMPLES)
    .action(async (pipeline: string | undefined, flags: LoadFlags) => {
      const { loadCommand } = await import('./load.js');
      await loadCommand(pipeline, flags, io);
    });
}
