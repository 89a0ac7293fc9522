/** The options of `init`. */

import { INTAKE_KINDS } from '../../files/starter/read-intake.js';
import { parseCv } from '../../workload/curve-text.js';
import { type Flags, type Kind, repeatable, value } from '../flags/flag.js';
import { choice, duration, latency, positiveRate, refusal, whole, word } from '../flags/kinds.js';
import { DEFAULT_SEED, JSON_FLAG } from '../inputs/options.js';

/** The pipelines of `templates/`. */
export const TEMPLATES = ['chain', 'fan-out', 'branch-and-join', 'cascade'] as const;
export type Template = (typeof TEMPLATES)[number];

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/;

export const pipelineName: Kind<string> = {
  ...word('name'),
  parse(text, option) {
    if (NAME.test(text)) return text;
    throw refusal(option, text, 'letters, digits, dots, dashes and underscores, at most 63');
  },
};

/** A length of time of more than 0. */
const length: Kind<number> = {
  ...duration,
  parse(text, option) {
    const ms = duration.parse(text, option);
    if (ms > 0) return ms;
    throw refusal(option, text, 'above 0, such as 5m');
  },
};

export const burstiness: Kind<number> = {
  placeholder: 'number',
  parse(text, option) {
    const cv = parseCv(text, option);
    if (cv > 0) return cv;
    throw refusal(option, text, 'above 0');
  },
};

export const INIT_FLAGS = {
  template: value(choice(TEMPLATES), {
    help: 'shape of the pipeline',
    otherwise: 'asked on a terminal',
    excludes: ['from'],
  }),
  from: value(choice(INTAKE_KINDS), { help: 'read the pipeline from the files of this system or tool' }),
  output: value(word('folder'), {
    short: 'o',
    help: 'with --from: folder to write into',
    otherwise: 'this folder',
    needs: ['from'],
  }),
  on: repeatable(word('hardware'), {
    help: 'with --from: what stages run on, or what the service times were measured on; a shipped kind brings its price',
    needs: ['from'],
  }),
  pick: value(word('name'), {
    help: 'with --from: the ensemble, model or application, where there are several',
    needs: ['from'],
  }),
  batch: value(whole(1), {
    help: 'with --from perf-analyzer or aiperf: batch size that was measured',
    otherwise: '1',
    needs: ['from'],
  }),
  name: value(pipelineName, { help: 'name of the pipeline', otherwise: "the folder's" }),
  sloMs: value(latency, { help: 'latency objective, such as 200ms', otherwise: "the template's" }),
  rateQps: value(positiveRate, { help: 'mean rate of the trace that is drawn', default: '100/s' }),
  cv: value(burstiness, { help: 'how bursty it is: CV of the gaps, 1 for Poisson', default: '1' }),
  durationMs: value(length, { help: 'length of that trace', default: '5m' }),
  seed: value(whole(0), { help: 'seed of its draws', default: String(DEFAULT_SEED) }),
  json: JSON_FLAG,
} as const;

export type InitFlags = Flags<typeof INIT_FLAGS>;
