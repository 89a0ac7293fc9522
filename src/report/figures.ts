/** Number formats for people. Fractions become percent only here. */

const PERCENT = 100;
const HUNDREDTHS = 100;
/** Stands for a figure of nothing: no query, no batch, no time. */
const NOTHING = '-';
/** Absorbs the rounding of a product such as 0.9942 × 100 × 100, so that an exact figure is not cut too far. */
const CUT_SLACK = 1e-6;

/** `1,200`. */
export function formatCount(count: number): string {
  return count.toLocaleString('en-US');
}

/** Milliseconds with two decimals, no unit: the unit stands in the heading. */
export function formatMs(ms: number | null): string {
  return ms === null ? NOTHING : fixed(ms, 2);
}

/** Milliseconds with their unit, to the microsecond, as `--slo` reads it back: `183.25ms`. */
export function formatExactMs(ms: number): string {
  return `${Number(ms.toFixed(3))}ms`;
}

/** Dollars with four decimals, as prices per hour are quoted; no dollar sign. */
export function formatUsd(usd: number): string {
  return fixed(usd, 4);
}

/** Hours of a month as clouds bill it: 365 days × 24 h ÷ 12. */
const HOURS_PER_MONTH = 730;

/** Dollars a month of what costs so much per hour, to the cent: `1,249.69`; no dollar sign. */
export function formatUsdPerMonth(usdPerHour: number): string {
  const digits = { minimumFractionDigits: 2, maximumFractionDigits: 2 };
  return (usdPerHour * HOURS_PER_MONTH).toLocaleString('en-US', digits);
}

/** `$0.6000 per hour, $438.00 per month (730 h)`. */
export function formatUsdOverTime(usdPerHour: number): string {
  return `$${formatUsd(usdPerHour)} per hour, $${formatUsdPerMonth(usdPerHour)} per month (${HOURS_PER_MONTH} h)`;
}

/**
 * Queries and their mean rate; a rate of 0 is unknown, since all arrive at one instant. `scale` is a multiple of the
 * recorded traffic.
 */
export function formatTraffic(queries: number, meanRateQps: number, scale = 1): string {
  const rate = meanRateQps === 0 ? ', mean rate unknown' : ` at ${formatNumber(meanRateQps)} queries/s on average`;
  return `${formatCount(queries)} queries${rate}${scale === 1 ? '' : ` (${scale}x the trace)`}`;
}

/** A plain number with two decimals. */
export function formatNumber(value: number | null): string {
  return value === null ? NOTHING : fixed(value, 2);
}

/** A fraction as percent, cut (not rounded) to two decimals: 0.99999 never reads as 100 %. */
export function formatAttainment(ratio: number): string {
  return fixed(Math.floor(ratio * PERCENT * HUNDREDTHS + CUT_SLACK) / HUNDREDTHS, 2, ' %');
}

/** A fraction as percent with one decimal. */
export function formatShare(ratio: number): string {
  return fixed(ratio * PERCENT, 1, ' %');
}

/** A dash for a value that does not exist, such as a rate over no time. */
function fixed(value: number, decimals: number, unit = ''): string {
  return Number.isFinite(value) ? value.toFixed(decimals) + unit : NOTHING;
}
