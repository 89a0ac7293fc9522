/** The options of `plan`. */
import type { Pin } from '../../model/plan/pin.js';
import { SEARCHES } from '../../model/plan/search.js';
import { type Flags, gathered, type Kind, moved, toggle, unless, value } from '../flags/flag.js';
import {
  choice,
  duration,
  innerShare,
  inventory,
  output,
  pins,
  refusal,
  replicaLimits,
  stageCounts,
  whole,
} from '../flags/kinds.js';
import { sweep } from '../flags/sweep.js';
import { DEFAULT_PLAN, inputFlags, scaleFlag } from '../inputs/options.js';
import { REPORT_FLAG } from '../inputs/report-flag.js';

/** Limits of a search, which `frontier` takes as well. */
const MOST_JOBS = 64;

/** A number of processes. */
const jobs: Kind<number> = {
  ...whole(1),
  parse(text, option) {
    const count = whole(1).parse(text, option);
    if (count <= MOST_JOBS) return count;
    throw refusal(option, text, `a whole number from 1 to ${MOST_JOBS}`);
  },
};

export const SEARCH_FLAGS = {
  timeLimitMs: value(duration, {
    help: 'end the exact search then, with the best plan so far and its gap',
    default: '10s',
  }),
  validate: unless('let the trace alone decide: no out-of-sample test', { excludes: ['hold-out'] }),
  holdOut: value(innerShare, {
    help: 'plan without the last part of the trace, such as 20%, and print what the plan attains there',
    otherwise: 'plan on the whole trace',
  }),
  maxReplicas: gathered(replicaLimits, {
    help: 'most replicas of any stage (4), or of one (classify=4)',
    otherwise: 'no limit',
  }),
  minReplicas: gathered(stageCounts, {
    help: 'fewest replicas of a stage, such as classify=2',
    otherwise: "the pipeline's min_replicas, or 1",
  }),
  inventory: gathered(inventory, {
    help: 'most replicas on one kind of hardware in all, such as t4=4',
    otherwise: 'no limit',
  }),
} as const;

export const PLAN_FLAGS = {
  ...inputFlags('pipeline file'),
  pin: gathered(pins, {
    help: 'give the hardware of a stage, or its max batch size and replicas too, and plan the rest',
    otherwise: 'all are planned',
    excludes: ['search greedy', 'compare-greedy'],
  }),
  scale: scaleFlag('1x'),
  sweep: value(sweep, {
    help: 'plan for multiples of the traffic, rate=0.5x..4x, or rate=1x..2x/0.25x with a step, and print what each costs',
    excludes: ['scale', 'compare-greedy', 'top', 'pack', 'explain', 'output', 'report'],
  }),
  search: value(choice(SEARCHES), {
    help: 'exact: proved cheapest, or with a certified gap; greedy: the search of the InferLine paper',
    default: 'exact',
  }),
  ...SEARCH_FLAGS,
  compareGreedy: toggle('also print what the plan of the greedy search costs'),
  // Rankings and whole instances come from the exact search: the greedy one proves nothing that they could build on.
  top: value(whole(1), {
    help: 'also list so many of the cheapest plans that hold, each proved to be next',
    excludes: ['search greedy'],
  }),
  pack: toggle('price whole cloud instances instead of the shares that replicas take of them', {
    excludes: ['search greedy'],
  }),
  explain: toggle('say why nothing cheaper holds and what other hardware would cost; for greedy, every move tried', {
    excludes: ['pack'],
  }),
  output: value(output, { short: 'o', help: 'where to write the plan; - is standard output', default: DEFAULT_PLAN }),
  verify: moved('a command now: infer-plan verify plan.yaml'),
  frontier: moved('a command now: infer-plan frontier --range 100ms..500ms'),
  jobs: value(jobs, {
    help: 'processes that search; each needs its own memory for what it remembers',
    otherwise: 'one a processor',
    excludes: ['search greedy'],
  }),
  report: REPORT_FLAG,
} as const;

export type SearchFlags = Flags<typeof SEARCH_FLAGS> & { readonly pin?: readonly Pin[] | undefined };
export type PlanFlags = Flags<typeof PLAN_FLAGS>;
