/** The options of `trace generate`, `trace info` and `trace import`. */
import {
  parseConstantRate,
  parseCv,
  parseCvRamp,
  parseDiurnal,
  parseRamp,
  parseSpike,
  parseSteps,
} from '../../workload/curve-text.js';
import { type Flags, type Kind, repeatable, toggle, unless, value } from '../flags/flag.js';
import { choice, duration, file, percent, rate, refusal, whole, word } from '../flags/kinds.js';
import { DEFAULT_SEED, JSON_FLAG } from '../inputs/options.js';

/** Named here so that the help needs no import; a test holds it against files/trace/trace-import-time.ts. */
export const NOTATIONS = ['auto', 'iso', 'epoch-s', 'epoch-ms', 'epoch-us', 'epoch-ns', 's', 'ms', 'us'] as const;

/** The finest a trace is written. */
const SHORTEST_MS = 0.001;

/** A length of time of at least a microsecond, in milliseconds. */
const width: Kind<number> = {
  ...duration,
  parse(text, option) {
    const ms = duration.parse(text, option);
    if (ms < SHORTEST_MS) throw refusal(option, text, 'at least 1us');
    return ms;
  },
};

const positiveRate: Kind<number> = {
  ...rate,
  parse(text, option) {
    const qps = rate.parse(text, option);
    if (qps === 0) throw refusal(option, text, 'above 0');
    return qps;
  },
};

const innerShare: Kind<number> = {
  ...percent,
  parse(text, option) {
    const share = percent.parse(text, option);
    if (share === 0 || share === 1) throw refusal(option, text, 'between 0% and 100%');
    return share;
  },
};

const seed = value(whole(0), { help: 'seed of every random draw', default: String(DEFAULT_SEED) });

export const GENERATE_FLAGS = {
  rate: value({ placeholder: 'rate', parse: parseConstantRate }, { help: 'constant rate, such as 200/s' }),
  cv: value(
    { placeholder: 'number', parse: parseCv },
    { help: 'coefficient of variation of the gaps, standard deviation / mean', otherwise: '1, Poisson' },
  ),
  cvRamp: value(
    { placeholder: 'ramp', parse: parseCvRamp },
    { help: 'a CV that moves: 60s..120s=1..4', excludes: ['cv'] },
  ),
  steps: repeatable(
    { placeholder: 'steps', parse: parseSteps },
    { help: 'rate or factor from each instant on: 0s=150/s,60s=250/s' },
  ),
  ramp: repeatable(
    { placeholder: 'ramp', parse: parseRamp },
    { help: 'rate or factor that moves: 60s..120s=150/s..250/s' },
  ),
  spike: repeatable(
    { placeholder: 'spike', parse: parseSpike },
    { help: 'factor for a while: at=5m,length=20s,factor=4' },
  ),
  diurnal: repeatable(
    { placeholder: 'curve', parse: parseDiurnal },
    { help: 'factor 1 ± amplitude over a period: period=24h,amplitude=0.6[,peak=14h]' },
  ),
  durationMs: value(duration, { help: 'end of the trace, such as 10m' }),
  count: value(whole(1), { help: 'end after this many arrivals' }),
  seed,
  output: value(file, { short: 'o', help: 'trace file to write', otherwise: 'standard output' }),
  json: toggle('print the result as JSON', { needs: ['output'] }),
} as const;

export const INFO_FLAGS = {
  windowMs: value(width, { help: 'smallest window of the traffic envelope', default: '100ms' }),
  json: JSON_FLAG,
} as const;

export const IMPORT_FLAGS = {
  output: value(file, { short: 'o', help: 'trace file to write', isRequired: true }),
  column: value(word('name'), { help: 'column of instants, by name or number', otherwise: 'the first' }),
  header: unless('the file has no header row'),
  time: value(choice(NOTATIONS, 'notation'), { help: 'notation of the instants', default: 'auto' }),
  log: toggle('the file is a log in the common or combined format', { excludes: ['counts'] }),
  counts: value(word('name'), {
    help: 'column of counts, one row per interval',
    excludes: ['column'],
    needs: ['interval'],
  }),
  intervalMs: value(width, {
    help: 'width of the intervals of --counts, or of --spread',
    otherwise: '1s for --spread',
    needs: ['counts', 'log', 'spread'],
  }),
  spread: value(choice(['even', 'poisson'], 'how'), {
    help: 'place the arrivals of an interval evenly or as a Poisson process',
    otherwise: 'even for --counts and --log',
  }),
  sort: toggle('sort instants that are not in order'),
  seed,
  fromMs: value(duration, { help: 'drop what comes before, and count from there' }),
  toMs: value(duration, { help: 'drop what comes from there on' }),
  peakQps: value(positiveRate, {
    help: 'rescale so that the busiest window has this rate: instants in time, counts in number',
  }),
  peakWindowMs: value(width, { help: 'window of --peak', default: '1s' }),
  split: value(innerShare, {
    help: 'write the first share of the time to OUT-planning.csv, the rest to OUT-serving.csv',
  }),
  json: JSON_FLAG,
} as const;

export type GenerateFlags = Flags<typeof GENERATE_FLAGS>;
export type InfoFlags = Flags<typeof INFO_FLAGS>;
export type ImportFlags = Flags<typeof IMPORT_FLAGS>;
