/** The options of `serve`. */
import { type Flags, toggle, value } from '../flags/flag.js';
import { duration, latency, output, port, whole, word } from '../flags/kinds.js';
import { CHOICE_FLAGS, inputFlags } from '../inputs/options.js';
import { tokenFileFlag } from '../inputs/port-token.js';

const { hardware, profiles, serviceTime, seed } = inputFlags('plan');

export const SERVE_FLAGS = {
  ...CHOICE_FLAGS,
  host: value(word('address'), { help: 'address to listen on', default: '127.0.0.1' }),
  tokenFile: tokenFileFlag('that admin calls and metrics demand'),
  port: value(port, { help: 'port to listen on; 0 takes any that is free', default: '8080' }),
  emulate: toggle('emulate every stage, those with a module too'),
  hardware: { ...hardware, help: 'kinds of hardware, YAML, for emulated stages' },
  profiles: { ...profiles, help: 'service times of emulated stages, CSV' },
  serviceTime: { ...serviceTime, help: 'service time of emulated batches' },
  seed: { ...seed, help: 'seed of the branches that are drawn' },
  activationDelayMs: value(duration, {
    help: 'from asking for an emulated replica to its first batch',
    otherwise: "its hardware's",
  }),
  queueLimit: value(whole(1, 'items'), {
    help: 'refuse queries while so many items wait at any stage',
    default: '10000',
  }),
  queryTimeoutMs: value(latency, { help: 'answer with an error what takes longer', default: '60s' }),
  drainLimitMs: value(duration, {
    help: 'when it ends, wait at most so long for queries that are in',
    default: '30s',
  }),
  batches: value(output, { help: 'write one line of JSON per batch' }),
  otlp: value(output, { help: 'write the spans of each query, one line of OpenTelemetry JSON (OTLP) per query' }),
  json: toggle('print the address as JSON'),
} as const;

export type ServeFlags = Flags<typeof SERVE_FLAGS>;
