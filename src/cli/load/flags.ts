/** The options of `load`. */
import { parseConstantRate, parseCv } from '../../workload/curve-text.js';
import { type Flags, toggle, value } from '../flags/flag.js';
import { duration, file, latency, output, percentile, whole, word } from '../flags/kinds.js';
import { DEFAULT_PERCENTILE, DEFAULT_SEED, JSON_FLAG } from '../inputs/options.js';
import { REPORT_FLAG } from '../inputs/report-flag.js';

export const LOAD_FLAGS = {
  url: value(word('address'), { help: 'address of the server', default: 'http://127.0.0.1:8080' }),
  model: value(word('name'), { help: 'model to ask', otherwise: "the pipeline's name" }),
  trace: value(file, { help: 'arrival trace, CSV', otherwise: "the pipeline file's" }),
  rate: value(
    { placeholder: 'rate', parse: parseConstantRate },
    { help: 'draw arrivals at this rate instead, such as 100/s', excludes: ['trace'] },
  ),
  cv: value(
    { placeholder: 'number', parse: parseCv },
    { help: 'coefficient of variation of the gaps of --rate', otherwise: '1, Poisson', needs: ['rate'] },
  ),
  durationMs: value(latency, { help: 'end of the arrivals, such as 60s' }),
  count: value(whole(1), { help: 'end after this many arrivals' }),
  seed: value(whole(0), {
    help: 'seed of the arrivals of --rate and of the sample queries',
    default: String(DEFAULT_SEED),
  }),
  sloMs: value(latency, { help: 'latency objective, such as 200ms', otherwise: "the pipeline file's" }),
  percentile: value(percentile, {
    help: 'share of queries that must meet it, in percent',
    otherwise: `the file's, or ${DEFAULT_PERCENTILE}`,
  }),
  timeoutMs: value(latency, { help: 'a query not answered so long after its instant has failed', default: '30s' }),
  limitInFlight: value(whole(1), {
    help: 'with so many in flight a query is not sent, and has failed',
    default: '4000',
  }),
  waitMs: value(duration, { help: 'wait at most so long for the model to be ready', default: '0s' }),
  warmUpMs: value(duration, { help: 'first replay so much of the arrivals without counting them', default: '0s' }),
  output: value(output, { short: 'o', help: 'write the result as JSON, whatever is printed' }),
  records: value(output, { help: 'write one CSV row per query, as simulate --records does' }),
  check: toggle('exit 3 when the SLO is not met'),
  json: JSON_FLAG,
  report: REPORT_FLAG,
} as const;

export type LoadFlags = Flags<typeof LOAD_FLAGS>;
