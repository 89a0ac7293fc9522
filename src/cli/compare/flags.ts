/** The options of `compare`. */
import { TARGETS } from '../../compare/starting-plan.js';
import { type Flags, gathered, type Kind, toggle, value } from '../flags/flag.js';
import { choice, duration, file, refusal, replicaLimits, word } from '../flags/kinds.js';
import { DEFAULT_PLAN, inputFlags } from '../inputs/options.js';
import { REPORT_FLAG } from '../inputs/report-flag.js';
import { COARSE_NAMES } from './coarse-names.js';

const PHASE = /^(0(\.\d+)?|0?\.\d+)$/;

/** Words with commas between them. */
function words(placeholder: string): Kind<readonly string[]> {
  return {
    placeholder,
    parse(text, option) {
      const list = text.split(',').map((one) => one.trim());
      if (list.every((one) => one !== '') && new Set(list).size === list.length) return list;
      throw refusal(option, text, `${placeholder} with commas between them, each given once`);
    },
  };
}

const phase: Kind<number> = {
  placeholder: 'part',
  parse(text, option) {
    if (PHASE.test(text)) return Number(text);
    throw refusal(option, text, 'a number from 0 to below 1, such as 0.5');
  },
};

const { trace: _, ...inputs } = inputFlags('plan');

export const COMPARE_FLAGS = {
  plans: value(words('plans'), {
    help: `plans to start from, with commas between them: first a file, then files or ${COARSE_NAMES.join(', ')}`,
    default: DEFAULT_PLAN,
  }),
  policies: value(words('policies'), {
    help: 'policies, with commas between them: names of the table above or of the --config file',
    otherwise: 'all of them',
  }),
  config: value(file, { help: "parameters of policies in each system's own words, YAML (docs/compare.md)" }),
  targets: value(choice(TARGETS), {
    help: "shipped: each system's own numbers; matched: the planned replicas at the planned rate; swept: multiples of that",
    default: 'shipped',
  }),
  planningTrace: value(file, {
    help: 'traffic that targets are matched on and coarse-grained plans are made for, CSV',
    otherwise: "the first plan's trace",
  }),
  activationMs: value(duration, {
    help: 'time from asking for a replica to its first batch, for every stage',
    otherwise: "the hardware file's",
  }),
  maxReplicas: gathered(replicaLimits, {
    help: 'most replicas of any stage (4), or of one (classify=4), under every policy',
    otherwise: "the hardware file's inventory, or no limit",
  }),
  scaleToZero: toggle('let policies remove the last replica of a stage, where their system can'),
  phase: value(phase, { help: 'put off the first tick of every policy by this part of a tick', default: '0' }),
  explain: value(word('policy'), {
    help: 'print the ticks of this policy: metric, proposal, and the limit that bound it',
  }),
  ...inputs,
  report: REPORT_FLAG,
} as const;

export type CompareFlags = Flags<typeof COMPARE_FLAGS>;
