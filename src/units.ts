/**
 * All unit arithmetic. Names carry their unit: `Ms` milliseconds, `Us` whole microseconds, `Qps` queries per second,
 * `Usd` dollars. No other code multiplies by 1000 or 3600.
 */

const US_PER_MS = 1000;
const US_PER_S = 1_000_000;
const NS_PER_MS = 1_000_000;
const MS_PER_S = 1000;
const S_PER_HOUR = 3600;
const MICRO_USD_PER_USD = 1_000_000;

/** Binary fractions make an exact half come out a few units in the last place too small; this share restores it. */
const HALF_REACH = 2 ** -51;
/** Most that is added to restore a half, in microseconds: for large times a unit in the last place is large. */
const LONGEST_REACH_US = 1e-4;

/** Milliseconds to whole microseconds, rounded half up. Times enter the estimator only here. */
export function usFromMs(ms: number): number {
  const us = ms * US_PER_MS;
  return Math.floor(us + 0.5 + Math.min(us * HALF_REACH, LONGEST_REACH_US));
}

/** Whole microseconds to milliseconds. */
export function msFromUs(us: number): number {
  return us / US_PER_MS;
}

/** Nanoseconds to milliseconds. */
export function msFromNs(ns: number): number {
  return ns / NS_PER_MS;
}

/** Seconds to milliseconds. */
export function msFromS(s: number): number {
  return s * MS_PER_S;
}

/** Milliseconds to seconds. */
export function sFromMs(ms: number): number {
  return ms / MS_PER_S;
}

/** Mean rate of `count` events over a span. */
export function qpsOver(count: number, spanUs: number): number {
  return spanUs === 0 ? 0 : (count * US_PER_S) / spanUs;
}

/**
 * Mean rate of a trace: its gaps ÷ the span from the first arrival to the last. 0 stands for unknown, when all arrivals
 * are at one instant. N ÷ span would say that two arrivals a second apart come at 2/s.
 */
export function meanRate(arrivals: number, spanUs: number): number {
  return qpsOver(arrivals - 1, spanUs);
}

/** Mean number of queries that arrive within a window at a given rate. */
export function queriesIn(rateQps: number, windowMs: number): number {
  return (rateQps * windowMs) / MS_PER_S;
}

/** Queries per hour at a given rate. */
export function queriesPerHour(rateQps: number): number {
  return rateQps * S_PER_HOUR;
}

/** Dollars to whole micro-dollars, so that costs add and compare exactly. */
export function microUsd(usd: number): number {
  return Math.round(usd * MICRO_USD_PER_USD);
}

/** Whole micro-dollars to dollars. */
export function usdFromMicro(micro: number): number {
  return micro / MICRO_USD_PER_USD;
}

/** A rate per microsecond as a rate per second. */
export function perSecondFromPerUs(perUs: number): number {
  return perUs * US_PER_S;
}

/** Dollars that a price per hour adds up to over a span. */
export function usdOver(usdPerHour: number, spanUs: number): number {
  return (usdPerHour * spanUs) / (S_PER_HOUR * US_PER_S);
}

/** Dollars per hour of a sum that was spent over a span; 0 for an empty span. */
export function usdPerHourOver(usd: number, spanUs: number): number {
  return spanUs === 0 ? 0 : (usd * S_PER_HOUR * US_PER_S) / spanUs;
}
