/** The text of a flag as a value. Each throws InputError `FLAG` (or `QUANTITY`) with the flag, what was given and what is allowed. */
import { InputError } from '../../errors.js';
import { LONGEST_MS, SHORTEST_MS } from '../../files/limits.js';
import { isPercentile } from '../../model/check-slo.js';
import type { StageConfiguration } from '../../model/configuration.js';
import { latencyRangeMs, MOST_STEPS } from '../../model/notation/latency-range.js';
import { parseDuration } from '../../model/notation/quantity.js';

const WHOLE = /^\d+$/;
const PERCENTILE = /^p?(\d+(?:\.\d+)?)$/;
const LIMIT = /^([^=]+)=(\d+)$/;
const RANGE = /^([^.]+(?:\.\d[^.]*)?)\.\.(.+?)(?:\/(.+))?$/;
const STAGE = /^([^=]+)=(.+):(\d+):(\d+)$/;

/** A whole number of at least `least`. */
export function parseWhole(text: string, flag: string, least: number): number {
  const value = WHOLE.test(text) ? Number(text) : Number.NaN;
  if (!Number.isSafeInteger(value) || value < least) throw refusal(flag, text, `a whole number from ${least}`);
  return value;
}

/** The latency of an objective, in milliseconds. */
export function parseLatency(text: string, flag: string): number {
  const ms = parseDuration(text, flag);
  if (ms < SHORTEST_MS || ms > LONGEST_MS) throw refusal(flag, text, 'more than 0 and at most 1d');
  return ms;
}

/**
 * Latencies from a range: `100ms..500ms/50ms` is 100, 150, … 500, and what is left of a step at the end. Without a step the range
 * is cut into eight.
 */
export function parseRange(text: string, flag: string): number[] {
  const [, from, to, step] = RANGE.exec(text) ?? [];
  if (from === undefined || to === undefined)
    throw refusal(flag, text, 'FROM..TO or FROM..TO/STEP, such as 100ms..500ms/50ms');
  const fromMs = parseLatency(from, flag);
  const toMs = parseLatency(to, flag);
  const stepMs = step === undefined ? undefined : parseLatency(step, flag);
  if (toMs <= fromMs) throw refusal(flag, text, 'a range from a latency to a longer one');
  const latenciesMs = latencyRangeMs({ fromMs, toMs, stepMs });
  if (latenciesMs === undefined) throw refusal(flag, text, `a range of at most ${MOST_STEPS} steps`);
  return latenciesMs;
}

/** A percentile in (0, 100] with at most four decimals: `99`, `99.9`, `p95`. */
export function parsePercentile(text: string, flag: string): number {
  const value = Number(PERCENTILE.exec(text)?.[1] ?? Number.NaN);
  if (!isPercentile(value)) {
    throw refusal(flag, text, 'a percentile above 0 and up to 100 with at most four decimals, such as 99 or 99.9');
  }
  return value;
}

/** How many replicas each hardware, or stage, may have: `t4=4`, once per name. */
export function parseInventory(
  texts: readonly string[],
  flag: string,
  shape = 'HARDWARE=COUNT, such as t4=4',
): Readonly<Record<string, number>> {
  const limits = new Map<string, number>();
  for (const text of texts) {
    const [, hardware, limit] = LIMIT.exec(text) ?? [];
    if (hardware === undefined || !Number.isSafeInteger(Number(limit))) {
      throw refusal(flag, text, shape);
    }
    if (limits.has(hardware)) throw refusal(flag, text, `given once per hardware: ${hardware} has a limit already`);
    limits.set(hardware, Number(limit));
  }
  return Object.fromEntries(limits);
}

/** The configuration of one stage: `classify=t4:8:2` is hardware t4, max batch size 8, 2 replicas. */
export function parseStageChoice(text: string, flag: string): StageConfiguration {
  const [, stage, hardware, batch, count] = STAGE.exec(text) ?? [];
  const maxBatchSize = Number(batch);
  const replicas = Number(count);
  const isPositive =
    Number.isSafeInteger(maxBatchSize) && maxBatchSize > 0 && Number.isSafeInteger(replicas) && replicas > 0;
  if (stage === undefined || hardware === undefined || !isPositive) {
    throw refusal(flag, text, 'STAGE=HARDWARE:BATCH:REPLICAS with batch and replicas from 1, such as classify=t4:8:2');
  }
  return { stage, hardware, maxBatchSize, replicas };
}

function refusal(flag: string, text: string, allowed: string): InputError {
  return new InputError('FLAG', `${flag} = ${text === '' ? '(empty)' : text}, must be ${allowed}`);
}
