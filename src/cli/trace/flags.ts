/** The options of `trace generate`, `trace info` and `trace import`. */

import { PROMETHEUS_KINDS } from '../../files/recording/json/range-answer.js';
import { PATH, STATUS } from '../../files/recording/log/log-filter.js';
import type { RowCondition } from '../../files/recording/recording.js';
import { SEPARATORS } from '../../files/recording/text/separator.js';
import { openTimeZone, type TimeZone } from '../../files/recording/time/time-zone.js';
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
import { choice, duration, innerShare, output, positiveRate, rate, refusal, whole, word } from '../flags/kinds.js';
import { DEFAULT_SEED, JSON_FLAG } from '../inputs/options.js';

/** Named here so that the help needs no import; a test holds it against files/recording/time/instant-notation.ts. */
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
  output: value(output, { short: 'o', help: 'trace file to write', otherwise: 'standard output' }),
  json: toggle('print the result as JSON', { needs: ['output'] }),
} as const;

export const INFO_FLAGS = {
  windowMs: value(width, { help: 'smallest window of the traffic envelope', default: '100ms' }),
  json: JSON_FLAG,
} as const;

/** `metric=requests` or `status!=404`. */
const condition: Kind<RowCondition> = {
  placeholder: 'column=value',
  parse(text, option) {
    const [, column, sign, value] = /^(.+?)(!?=)(.*)$/.exec(text) ?? [];
    if (column === undefined) throw refusal(option, text, 'COLUMN=VALUE or COLUMN!=VALUE, such as metric=requests');
    return { column, value: value!, isEqual: sign === '=' };
  },
};

const separator: Kind<string> = {
  placeholder: 'which',
  parse(text, option) {
    const named = SEPARATORS[text];
    if (named !== undefined) return named;
    if (text.length === 1 && text >= ' ' && text <= '~' && text !== '"') return text;
    throw refusal(option, text, `one character, or one of ${Object.keys(SEPARATORS).join(', ')}`);
  },
};

/** A text of a form that a pattern knows. */
function like(pattern: RegExp, placeholder: string, allowed: string): Kind<string> {
  return {
    placeholder,
    parse(text, option) {
      if (pattern.test(text)) return text;
      throw refusal(option, text, allowed);
    },
  };
}

const timeZone: Kind<TimeZone> = {
  placeholder: 'name',
  parse(text, option) {
    const zone = openTimeZone(text);
    if (zone === undefined) throw refusal(option, text, 'a name of the time zone database, such as Europe/Berlin');
    return zone;
  },
};

export const IMPORT_FLAGS = {
  output: value(output, { short: 'o', help: 'trace file to write, - for standard output', isRequired: true }),
  column: value(word('name'), {
    help: 'column of instants, by name or number',
    otherwise: 'the first; with --counts or --rates the first that holds instants',
  }),
  field: value(word('path'), {
    help: 'field of instants in JSON, such as request.time or log.entries[].startedDateTime',
    excludes: ['column', 'separator', 'log'],
  }),
  header: unless('the file has no header row'),
  separator: value(separator, {
    help: `what separates columns: a character, or ${Object.keys(SEPARATORS).join(', ')}`,
    otherwise: 'found in the first lines',
    excludes: ['log'],
  }),
  where: repeatable(condition, {
    help: 'keep rows with this value (column=value), or without it (column!=value)',
    excludes: ['log'],
  }),
  time: value(choice(NOTATIONS, 'notation'), { help: 'notation of the instants', default: 'auto' }),
  timeZone: value(timeZone, { help: 'zone of instants without one, such as Europe/Berlin', otherwise: 'UTC' }),
  durationColumn: value(word('name'), {
    help: 'instants are ends: subtract this column',
    excludes: ['counts', 'rates', 'log'],
  }),
  durationUnit: value(choice(['s', 'ms', 'us'], 'unit'), {
    help: 'unit of --duration-column',
    otherwise: 'the end of its name, as in latency_ms',
    needs: ['duration-column'],
  }),
  log: toggle(
    'the file is an access log (nginx, Apache, HAProxy, Envoy, AWS load balancers, W3C of IIS and CloudFront, JSON of ' +
      'Caddy, Traefik, Envoy, nginx, Google Cloud and Cloudflare)',
    { excludes: ['counts', 'rates'] },
  ),
  path: repeatable(like(PATH, 'path', 'a path such as /predict or /v1/*'), {
    help: 'keep lines of a log with this path, or with what begins like it (/v1/*)',
    needs: ['log'],
  }),
  status: repeatable(like(STATUS, 'code', 'a status such as 200 or 2xx'), {
    help: 'keep lines of a log with this status (200, 2xx)',
    needs: ['log'],
  }),
  counts: value(word('name'), {
    help: 'column of counts, one row per interval; or FIRST..LAST, one column per interval',
    needs: ['interval'],
  }),
  rates: value(word('name'), {
    help: 'as --counts, for queries per second',
    excludes: ['counts'],
    needs: ['interval'],
  }),
  prometheus: value(choice(PROMETHEUS_KINDS, 'kind'), {
    help: 'the file answers a query_range of Prometheus, and its values are queries per second or per step, or a counter',
    excludes: ['counts', 'rates', 'log', 'column', 'field', 'separator', 'duration-column', 'sort'],
  }),
  intervalMs: value(width, {
    help: 'width of the intervals of --counts and --rates, or of --spread',
    otherwise: '1s for --spread, the step of --prometheus',
    needs: ['counts', 'rates', 'prometheus', 'log', 'spread'],
  }),
  fillGaps: toggle('an interval without a row has no arrivals', { needs: ['counts', 'rates', 'prometheus'] }),
  maxRateQps: value(rate, {
    help: 'refuse an interval with more',
    otherwise: '1000000/s',
    needs: ['counts', 'rates', 'prometheus'],
  }),
  spread: value(choice(['poisson', 'even', 'none'], 'how'), {
    help: 'place the arrivals of an interval as a Poisson process or evenly, or leave instants where they are',
    otherwise: 'poisson for counts, rates and logs in whole seconds, else none',
  }),
  sort: toggle('sort instants, or counts by their instants, that are not in order'),
  skipBad: toggle('leave rows out that cannot be read, and say how many'),
  sloMs: value(width, { help: 'the objective of the plan to come: says what the recording hides from it' }),
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
