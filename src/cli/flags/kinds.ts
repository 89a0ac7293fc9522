/**
 * What the text of an option may mean. Each parser throws InputError with the option, what was given and what is
 * allowed.
 */
import { InputError } from '../../errors.js';
import { LONGEST_MS, SHORTEST_MS } from '../../files/limits.js';
import { isPercentile, percentileRule } from '../../model/check-slo.js';
import type { StageConfiguration } from '../../model/configuration.js';
import { didYouMean } from '../../model/notation/nearest-name.js';
import { parseDuration, parsePercent, parseRate } from '../../model/notation/quantity.js';
import type { Pin } from '../../model/plan/pin.js';
import type { ReplicaLimits } from '../../model/plan/replica-limits.js';
import type { GatheredKind, Kind } from './flag.js';

const WHOLE = /^\d+$/;
const PERCENTILE = /^p?(\d+(?:\.\d+)?)$/;
const USD = /^\d+(\.\d+)?$/;
const LIMIT = /^([^=]+)=(\d+)$/;
const STAGE = /^([^=]+)=(.+):(\d+):(\d+)$/;
const MULTIPLE = /^(\d+(?:\.\d+)?)x$/;
const LEAST_MULTIPLE = 0.001;
const PIN = /^([^=]+)=([^:]+?)(?::(\d+)(?::(\d+))?)?$/;
const LARGEST_PORT = 65_535;

/** Any text. */
export function word(placeholder: string): Kind<string> {
  return { placeholder, parse: (text) => text };
}

/** The path of a file that is read, as it was typed; `-` is standard input. */
export const file: Kind<string> = { ...word('file'), completes: 'file' };

/** The path of a file that is written, as it was typed; `-` is standard output. */
export const output: Kind<string> = { ...file, writes: true };

/** The path of a file that is written to again and again, so that it cannot be standard output. */
export const kept: Kind<string> = {
  ...output,
  parse(text, option) {
    if (text === '-') throw refusal(option, text, 'a file: it is read and written again');
    return text;
  },
};

/** One of a few words. */
export function choice<const T extends string>(choices: readonly T[], placeholder = 'which'): Kind<T> {
  return {
    placeholder,
    choices,
    parse(text, option) {
      const chosen = choices.find((known) => known === text);
      if (chosen === undefined) throw refusal(option, text, `one of ${choices.join(', ')}${didYouMean(text, choices)}`);
      return chosen;
    },
  };
}

/** A length of time from 0 on, in milliseconds. */
export const duration: Kind<number> = { placeholder: 'duration', parse: parseDuration };

/** A length of time of more than 0 and at most a day, in milliseconds. */
export const latency: Kind<number> = { placeholder: 'duration', parse: parseLatency };

/** A percentile in [1, 100] with at most four decimals: `99`, `99.9`, `p95`. */
export const percentile: Kind<number> = {
  placeholder: 'number',
  parse(text, option) {
    const value = Number(PERCENTILE.exec(text)?.[1] ?? Number.NaN);
    if (isPercentile(value)) return value;
    throw refusal(option, text, `a percentile ${percentileRule(value)}`);
  },
};

/** A whole number from `least` on. */
export function whole(least: number, placeholder = 'number'): Kind<number> {
  return { placeholder, parse: (text, option) => parseWhole(text, option, least) };
}

/** A TCP port; 0 is any that is free. */
export const port: Kind<number> = {
  placeholder: 'port',
  parse(text, option) {
    const number = parseWhole(text, option, 0);
    if (number > LARGEST_PORT) throw refusal(option, text, `at most ${LARGEST_PORT}`);
    return number;
  },
};

/** Queries per second. */
export const rate: Kind<number> = { placeholder: 'rate', parse: parseRate };

/** A multiple of the traffic: `2x`, `0.5x`. */
export const multiple: Kind<number> = {
  placeholder: 'factor',
  parse(text, option) {
    const factor = Number(MULTIPLE.exec(text)?.[1] ?? Number.NaN);
    if (factor >= LEAST_MULTIPLE && factor <= 1 / LEAST_MULTIPLE) return factor;
    throw refusal(option, text, `a multiple from ${LEAST_MULTIPLE}x to ${1 / LEAST_MULTIPLE}x, such as 2x or 0.5x`);
  },
};

/** A rate of more than 0. */
export const positiveRate: Kind<number> = {
  ...rate,
  parse(text, option) {
    const qps = rate.parse(text, option);
    if (qps === 0) throw refusal(option, text, 'above 0');
    return qps;
  },
};

/** A share in [0, 1], written as a percentage. */
export const percent: Kind<number> = { placeholder: 'percentage', parse: parsePercent };

/** A share in (0, 1), written as a percentage. */
export const innerShare: Kind<number> = {
  ...percent,
  parse(text, option) {
    const share = percent.parse(text, option);
    if (share === 0 || share === 1) throw refusal(option, text, 'between 0% and 100%');
    return share;
  },
};

/** Dollars above 0; `what` and an example go into the error. */
export function dollars(what: string, placeholder: string): Kind<number> {
  return {
    placeholder,
    parse(text, option) {
      const usd = USD.test(text) ? Number(text) : 0;
      if (usd > 0 && Number.isFinite(usd)) return usd;
      throw refusal(option, text, what);
    },
  };
}

/** How many replicas each kind of hardware may have in all: `t4=4`, once for each. */
export const inventory: GatheredKind<Readonly<Record<string, number>>> = {
  placeholder: 'hardware=count',
  completes: 'hardware=',
  parse: (texts, option) => parseCounts(texts, option, { what: 'hardware', example: 't4=4', least: 0 }),
};

/** How many replicas each stage has at least: `classify=4`, once for each. */
export const stageCounts: GatheredKind<Readonly<Record<string, number>>> = {
  placeholder: 'stage=count',
  completes: 'stage=',
  parse: (texts, option) => parseCounts(texts, option, { what: 'stage', example: 'classify=4', least: 1 }),
};

/** How many replicas stages may have: `4` is for any stage, `classify=4` for one, each at least one and given once. */
export const replicaLimits: GatheredKind<ReplicaLimits> = {
  placeholder: '[stage=]count',
  completes: 'stage=',
  parse(texts, option) {
    const general = texts.filter((text) => !text.includes('='));
    const odd = general.find((text) => !WHOLE.test(text));
    if (odd !== undefined) throw refusal(option, odd, 'COUNT or STAGE=COUNT, such as 4 or classify=4');
    const named = texts.filter((text) => text.includes('='));
    if (general.length > 1) throw refusal(option, general[1]!, `given once: any stage has the limit ${general[0]}`);
    const stages = parseCounts(named, option, { what: 'stage', example: 'classify=4', least: 1 });
    return {
      ...(general.length > 0 && { maxReplicas: parseWhole(general[0]!, option, 1) }),
      ...(named.length > 0 && { stageMaxReplicas: stages }),
    };
  },
};

/** The configuration of one stage: `classify=t4:8:2` is hardware t4, max batch size 8, 2 replicas. */
export const stageChoice: Kind<StageConfiguration> = {
  placeholder: 'name=hardware:batch:replicas',
  completes: 'stage=hardware',
  parse(text, option) {
    const [, stage, hardware, batch, count] = STAGE.exec(text) ?? [];
    const maxBatchSize = Number(batch);
    const replicas = Number(count);
    const isPositive =
      Number.isSafeInteger(maxBatchSize) && maxBatchSize > 0 && Number.isSafeInteger(replicas) && replicas > 0;
    if (stage === undefined || hardware === undefined || !isPositive) {
      const allowed = 'STAGE=HARDWARE:BATCH:REPLICAS with batch and replicas from 1, such as classify=t4:8:2';
      throw refusal(option, text, allowed);
    }
    return { stage, hardware, maxBatchSize, replicas };
  },
};

/** The stages whose choice is given: `classify=t4`, `classify=t4:8`, `classify=t4:8:2`, once for each. */
export const pins: GatheredKind<readonly Pin[]> = {
  placeholder: 'stage=hardware[:batch[:replicas]]',
  completes: 'stage=hardware',
  parse(texts, option) {
    const given = texts.map((text) => {
      const [, stage, hardware, batch, count] = PIN.exec(text) ?? [];
      const numbers = [batch, count].filter((number) => number !== undefined).map(Number);
      if (stage === undefined || hardware === undefined || !numbers.every((n) => Number.isSafeInteger(n) && n > 0)) {
        const allowed = 'STAGE=HARDWARE[:BATCH[:REPLICAS]] with batch and replicas from 1, such as classify=t4:8';
        throw refusal(option, text, allowed);
      }
      const [maxBatchSize, replicas] = numbers;
      return {
        stage,
        hardware,
        ...(maxBatchSize === undefined ? {} : { maxBatchSize }),
        ...(replicas === undefined ? {} : { replicas }),
      };
    });
    const twice = given.findIndex(({ stage }, i) => given.findIndex((other) => other.stage === stage) < i);
    if (twice !== -1)
      throw refusal(option, texts[twice]!, `given once per stage: ${given[twice]!.stage} is pinned already`);
    return given;
  },
};

/** A whole number of at least `least`. */
export function parseWhole(text: string, option: string, least: number): number {
  const value = WHOLE.test(text) ? Number(text) : Number.NaN;
  if (!Number.isSafeInteger(value) || value < least) throw refusal(option, text, `a whole number from ${least}`);
  return value;
}

/** A latency in milliseconds. */
export function parseLatency(text: string, option: string): number {
  const ms = parseDuration(text, option);
  if (ms < SHORTEST_MS || ms > LONGEST_MS) throw refusal(option, text, 'more than 0 and at most 1d');
  return ms;
}

function parseCounts(
  texts: readonly string[],
  option: string,
  { what, example, least }: { what: string; example: string; least: number },
): Readonly<Record<string, number>> {
  const counts = new Map<string, number>();
  for (const text of texts) {
    const [, name, count] = LIMIT.exec(text) ?? [];
    if (name === undefined || !Number.isSafeInteger(Number(count))) {
      throw refusal(option, text, `${what.toUpperCase()}=COUNT, such as ${example}`);
    }
    if (Number(count) < least) throw refusal(option, text, `${name}=COUNT with a whole number from ${least}`);
    if (counts.has(name)) throw refusal(option, text, `given once per ${what}: ${name} has a limit already`);
    counts.set(name, Number(count));
  }
  return Object.fromEntries(counts);
}

/** `--seed = x, must be a whole number from 0`. */
export function refusal(option: string, text: string, allowed: string): InputError {
  return new InputError('FLAG', `${option} = ${text === '' ? '(empty)' : text}, must be ${allowed}`);
}
