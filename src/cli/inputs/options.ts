/** Options and files that several commands share, declared once. */
import { SERVICE_MODELS } from '../../model/profile.js';
import type { Argument } from '../flags/command.js';
import { type Flags, type FlagTable, list, repeatable, toggle, value } from '../flags/flag.js';
import { choice, file, latency, multiple, percentile, stageChoice, whole } from '../flags/kinds.js';

export const DEFAULT_PIPELINE = 'pipeline.yaml';
export const DEFAULT_PLAN = 'plan.yaml';
export const DEFAULT_PERCENTILE = 99;
export const DEFAULT_SEED = 1;
export const DEFAULT_SERVICE_TIME = 'mean';

export const PIPELINE_ARGUMENT: Argument<string> = {
  name: 'pipeline',
  help: 'pipeline file',
  default: DEFAULT_PIPELINE,
  completes: 'file',
};

export const PLAN_ARGUMENT: Argument<string> = {
  name: 'plan',
  help: 'plan file',
  default: DEFAULT_PLAN,
  completes: 'file',
};

/** Of commands that also take a configuration by hand. */
export const OPTIONAL_PLAN: Argument<string | undefined> = {
  name: 'plan',
  help: `plan file (default: ${DEFAULT_PLAN}, unless --pipeline is given)`,
  completes: 'file',
};

export const JSON_FLAG = toggle('print the result as JSON');

/** A configuration by hand, or a change to that of a plan. */
export const CHOICE_FLAGS = {
  pipeline: value(file, {
    help: 'pipeline file; with it no plan is needed',
    otherwise: `the plan's, or ${DEFAULT_PIPELINE}`,
  }),
  stage: repeatable(stageChoice, { help: 'configuration of one stage', otherwise: "the plan's" }),
} as const;

/** The objective, the traffic, the profiles and the seed; `origin` is where they come from without an option. */
export function inputFlags(origin: 'pipeline file' | 'plan') {
  const planned = origin === 'plan' ? "the plan's, or " : '';
  const otherwise = `the ${origin}'s`;
  return {
    sloMs: value(latency, { help: 'latency objective, such as 200ms', otherwise }),
    percentile: value(percentile, {
      help: 'share of queries that must meet it, in percent',
      otherwise: `${otherwise}, or ${DEFAULT_PERCENTILE}`,
    }),
    trace: value(file, { help: 'arrival trace, CSV', otherwise }),
    hardware: value(file, { help: 'kinds of hardware and their prices, YAML', otherwise }),
    profiles: list(file, { help: 'service times, CSV', otherwise }),
    serviceTime: value(choice(SERVICE_MODELS), {
      help: 'service time of a batch: a column of its profile row, or empirical: drawn from its samples',
      otherwise: `${planned}${DEFAULT_SERVICE_TIME}`,
    }),
    seed: value(whole(0), { help: 'seed of every random draw', otherwise: `${planned}${DEFAULT_SEED}` }),
    json: JSON_FLAG,
  } satisfies FlagTable;
}

/** Of commands that also ask about other traffic; `otherwise` is the scale without the option. */
export function scaleFlag(otherwise: string) {
  return value(multiple, { help: 'multiply the traffic: 2x is twice the rate, with all gaps halved', otherwise });
}

export type InputFlags = Partial<Flags<ReturnType<typeof inputFlags>>> & { readonly scale?: number | undefined };

export type ChoiceFlags = Flags<typeof CHOICE_FLAGS>;
