import { type Command, Option } from 'commander';
import { collect, examplesText } from '../inputs/options.js';
import type { CliIo } from '../io/io.js';
import type { GenerateFlags, ImportFlags, InfoFlags } from './flags.js';

const SEED = ['--seed <number>', 'seed of every random draw', '1'] as const;
const JSON_OPTION = ['--json', 'print the result as JSON'] as const;
/** Named here so that the help needs no import; a test holds it against files/trace/trace-import-time.ts. */
const NOTATIONS = ['auto', 'iso', 'epoch-s', 'epoch-ms', 'epoch-us', 'epoch-ns', 's', 'ms', 'us'];

/** `infer-plan trace`: makes, looks at and converts arrival traces. */
export function registerTrace(program: Command, io: CliIo): void {
  const trace = program
    .command('trace')
    .description('Arrival traces: CSV files with one column, arrival_ms, one arrival per row.');
  registerGenerate(trace, io);
  registerInfo(trace, io);
  registerImport(trace, io);
}

function registerGenerate(trace: Command, io: CliIo): void {
  trace
    .command('generate')
    .summary('draw arrivals from a rate and a CV')
    .description(
      'Draws arrivals: gaps of a gamma law with mean 1 / rate and the given CV. --rate, --steps, --ramp, --spike and --diurnal ' +
        'multiply each other; exactly one of them carries the rate (150/s), the others are factors (1.5x). ' +
        'A rate that changes stretches and squeezes the gaps, so their CV relative to the rate of the moment stays.',
    )
    .option('--rate <rate>', 'constant rate, such as 200/s')
    .option('--cv <number>', 'coefficient of variation of the gaps, standard deviation / mean (default: 1, Poisson)')
    .option('--cv-ramp <ramp>', 'a CV that moves: 60s..120s=1..4')
    .option('--steps <steps>', 'rate or factor from each instant on: 0s=150/s,60s=250/s (repeatable)', collect)
    .option('--ramp <ramp>', 'rate or factor that moves: 60s..120s=150/s..250/s (repeatable)', collect)
    .option('--spike <spike>', 'factor for a while: at=5m,length=20s,factor=4 (repeatable)', collect)
    .option(
      '--diurnal <curve>',
      'factor 1 ± amplitude over a period: period=24h,amplitude=0.6[,peak=14h] (repeatable)',
      collect,
    )
    .option('--duration <duration>', 'end of the trace, such as 10m')
    .option('--count <number>', 'end after this many arrivals')
    .option(...SEED)
    .option('-o, --output <file>', 'trace file to write (default: standard output)')
    .option(...JSON_OPTION)
    .addHelpText(
      'after',
      examplesText(
        { command: 'infer-plan trace generate --rate 200/s --cv 2 --duration 10m -o bursty.csv', does: 'bursts' },
        { command: 'infer-plan trace generate --steps 0s=150/s,60s=250/s --duration 2m -o steps.csv', does: 'a step' },
        {
          command: 'infer-plan trace generate --rate 50/s --diurnal period=24h,amplitude=0.6 --duration 24h -o day.csv',
          does: 'a day',
        },
        {
          command: 'infer-plan trace generate --rate 150/s --cv-ramp 60s..120s=1..4 --duration 5m -o burstier.csv',
          does: 'more bursty with time',
        },
      ),
    )
    .action(async (flags: GenerateFlags) => {
      const { generateTrace } = await import('./generate.js');
      await generateTrace(flags, io);
    });
}

function registerInfo(trace: Command, io: CliIo): void {
  trace
    .command('info')
    .summary('rates, burstiness and traffic envelope of a trace')
    .description(
      'Prints count, span, rates, CV of the gaps, index of dispersion, traffic envelope and the rate over time.',
    )
    .argument('<file>', 'trace file')
    .option('--window <duration>', 'smallest window of the traffic envelope', '100ms')
    .option(...JSON_OPTION)
    .addHelpText(
      'after',
      examplesText(
        { command: 'infer-plan trace info traces/bursty-200qps.csv', does: 'look at a trace' },
        { command: 'infer-plan trace info trace.csv --window 250ms --json', does: 'the envelope a plan would keep' },
      ),
    )
    .action(async (file: string, flags: InfoFlags) => {
      const { traceInfo } = await import('./info.js');
      traceInfo(file, flags, io);
    });
}

function registerImport(trace: Command, io: CliIo): void {
  trace
    .command('import')
    .summary('convert recorded timestamps, counts or access logs')
    .description(
      'Converts a recording, which may be gzip: a CSV column of instants, a web server log (--log), or a CSV column of ' +
        'counts per interval (--counts). Then, in this order: --from and --to cut, --peak rescales, --split divides.',
    )
    .argument('<file>', 'recording')
    .requiredOption('-o, --output <file>', 'trace file to write')
    .option('--column <name>', 'column of instants, by name or number (default: the first)')
    .option('--no-header', 'the file has no header row')
    .addOption(new Option('--time <notation>', 'notation of the instants').choices(NOTATIONS).default('auto'))
    .option('--log', 'the file is a log in the common or combined format')
    .option('--counts <name>', 'column of counts, one row per interval')
    .option('--interval <duration>', 'width of the intervals of --counts, or of --spread (default there: 1s)')
    .addOption(
      new Option(
        '--spread <how>',
        'place the arrivals of an interval evenly or as a Poisson process (default: even for --counts and --log)',
      ).choices(['even', 'poisson']),
    )
    .option('--sort', 'sort instants that are not in order')
    .option(...SEED)
    .option('--from <duration>', 'drop what comes before, and count from there')
    .option('--to <duration>', 'drop what comes from there on')
    .option('--peak <rate>', 'rescale so that the busiest window has this rate: instants in time, counts in number')
    .option('--peak-window <duration>', 'window of --peak', '1s')
    .option('--split <percent>', 'write the first share of the time to OUT-planning.csv, the rest to OUT-serving.csv')
    .option(...JSON_OPTION)
    .addHelpText(
      'after',
      examplesText(
        { command: 'infer-plan trace import requests.csv --column timestamp -o trace.csv', does: 'instants' },
        { command: 'infer-plan trace import access.log.gz --log --sort -o trace.csv', does: 'a log' },
        {
          command: 'infer-plan trace import rps.csv --counts requests --interval 1s --spread poisson -o trace.csv',
          does: 'counts',
        },
        {
          command:
            'infer-plan trace import rps.csv --counts requests --interval 1s --peak 300/s --split 25% -o day.csv',
          does: 'to a peak, a quarter for planning',
        },
      ),
    )
    .action(async (file: string, flags: ImportFlags) => {
      const { importTrace } = await import('./import.js');
      await importTrace(file, flags, io);
    });
}
