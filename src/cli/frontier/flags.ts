/** The options of `frontier`. */
import { latencyRangeMs, MOST_STEPS } from '../../model/notation/latency-range.js';
import { type Flags, type Kind, value } from '../flags/flag.js';
import { parseLatency, refusal } from '../flags/kinds.js';
import { inputFlags, scaleFlag } from '../inputs/options.js';
import { REPORT_FLAG } from '../inputs/report-flag.js';
import { SEARCH_FLAGS } from '../plan/flags.js';

const RANGE = /^([^.]+(?:\.\d[^.]*)?)\.\.(.+?)(?:\/(.+))?$/;

/**
 * Latencies in milliseconds: `100ms..500ms/50ms` is 100, 150, … 500, and what is left of a step at the end. Without a
 * step the range is cut into eight.
 */
const range: Kind<number[]> = {
  placeholder: 'range',
  parse(text, option) {
    const [, from, to, step] = RANGE.exec(text) ?? [];
    if (from === undefined || to === undefined)
      throw refusal(option, text, 'FROM..TO or FROM..TO/STEP, such as 100ms..500ms/50ms');
    const fromMs = parseLatency(from, option);
    const toMs = parseLatency(to, option);
    const stepMs = step === undefined ? undefined : parseLatency(step, option);
    if (toMs <= fromMs) throw refusal(option, text, 'a range from a latency to a longer one');
    const latenciesMs = latencyRangeMs({ fromMs, toMs, stepMs });
    if (latenciesMs === undefined) throw refusal(option, text, `a range of at most ${MOST_STEPS} steps`);
    return latenciesMs;
  },
};

const { sloMs: _, ...inputs } = inputFlags('pipeline file');

export const FRONTIER_FLAGS = {
  rangeMs: value(range, {
    help: 'SLOs from one latency to another, 100ms..500ms or 100ms..500ms/50ms with a step',
    isRequired: true,
  }),
  ...inputs,
  scale: scaleFlag('1x'),
  ...SEARCH_FLAGS,
  report: REPORT_FLAG,
} as const;

export type FrontierFlags = Flags<typeof FRONTIER_FLAGS>;
