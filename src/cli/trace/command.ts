import { type CommandGroup, command } from '../flags/command.js';
import { GENERATE_FLAGS, IMPORT_FLAGS, INFO_FLAGS } from './flags.js';

const generateCommand = command({
  name: 'generate',
  summary: 'draw arrivals from a rate and a CV',
  description:
    'Draws arrivals: gaps of a gamma law with mean 1 / rate and the given CV. --rate, --steps, --ramp, --spike and --diurnal ' +
    'multiply each other; exactly one of them carries the rate (150/s), the others are factors (1.5x). ' +
    'A rate that changes stretches and squeezes the gaps, so their CV relative to the rate of the moment stays.',
  flags: GENERATE_FLAGS,
  examples: [
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
  ],
  async run(_, flags, io, problems) {
    const { generateTrace } = await import('./generate.js');
    await generateTrace(flags, io, problems);
  },
});

const infoCommand = command({
  name: 'info',
  summary: 'rates, burstiness and traffic envelope of a trace',
  description:
    'Prints count, span, rates, CV of the gaps, index of dispersion, traffic envelope and the rate over time.',
  argument: { name: 'file', help: 'trace file', isRequired: true, completes: 'file' },
  flags: INFO_FLAGS,
  examples: [
    { command: 'infer-plan trace info traces/bursty-200qps.csv', does: 'look at a trace' },
    { command: 'infer-plan trace info trace.csv --window 250ms --json', does: 'the envelope a plan would keep' },
  ],
  async run(file: string, flags, io, problems) {
    const { traceInfo } = await import('./info.js');
    traceInfo(file, flags, io, problems);
  },
});

const importCommand = command({
  name: 'import',
  summary: 'convert recorded timestamps, counts or access logs',
  description:
    'Converts a recording, which may be gzip: a CSV column or a JSON field of instants, an access log (--log), or counts ' +
    'or rates per interval (--counts, --rates). Then, in this order: --from and --to cut, --peak rescales, --split divides.',
  argument: { name: 'file', help: 'recording, - for standard input', isRequired: true, completes: 'file' },
  flags: IMPORT_FLAGS,
  examples: [
    { command: 'infer-plan trace import requests.csv --column timestamp -o trace.csv', does: 'instants' },
    { command: 'infer-plan trace import requests.jsonl --field request.time -o trace.csv', does: 'JSON' },
    { command: 'infer-plan trace import access.log.gz --log --sort -o trace.csv', does: 'a log' },
    {
      command: 'infer-plan trace import access.log --log --path /predict --status 2xx -o trace.csv',
      does: 'one endpoint',
    },
    {
      command: 'infer-plan trace import rps.csv --counts requests --interval 1s -o trace.csv',
      does: 'counts',
    },
    {
      command: 'infer-plan trace import query_range.json --prometheus rate -o trace.csv',
      does: 'rates of Prometheus',
    },
    {
      command: 'infer-plan trace import k6.csv --column timestamp --where metric_name=http_reqs -o trace.csv',
      does: 'some rows',
    },
    {
      command: 'infer-plan trace import rps.csv --counts requests --interval 1s --peak 300/s --split 25% -o day.csv',
      does: 'to a peak, a quarter for planning',
    },
  ],
  async run(file: string, flags, io, problems) {
    const { importTrace } = await import('./import.js');
    await importTrace(file, flags, io, problems);
  },
});

/** `infer-plan trace`: makes, looks at and converts arrival traces. */
export const traceCommand: CommandGroup = {
  name: 'trace',
  description: 'Arrival traces: CSV files with one column, arrival_ms, one arrival per row.',
  commands: [generateCommand, infoCommand, importCommand],
};
