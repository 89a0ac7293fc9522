/** How steady the rate of a trace is, as text. */
import type { Steadiness, TracePart } from '../envelope/steadiness.js';
import { formatDuration } from '../model/notation/quantity.js';
import { msFromS, sFromMs } from '../units.js';
import { formatNumber } from './figures.js';

/** One line of `trace info`. */
export function formatSteadiness(steadiness: Steadiness | undefined): string {
  if (steadiness === undefined) return 'Too short to say whether the rate is steady';
  if (steadiness.isSteady) return 'Rate steady: it changes no more than chance and bursts explain';
  return `Rate not steady: ${formatParts(steadiness)}`;
}

/**
 * A warning of `plan` that the traffic is not steady; otherwise ''.
 * @param part what was planned on, such as `this trace`
 * @param isTested whether the plan had an out-of-sample test
 */
export function formatSteadinessWarning(
  steadiness: Steadiness | undefined,
  { part, isTested }: { readonly part: string; readonly isTested: boolean },
): string {
  if (steadiness === undefined || steadiness.isSteady) return '';
  const told = isTested
    ? '. The plan holds on all of it; the promise assumes steady traffic and mixes these rates, so it says little of the busiest'
    : '';
  return `warning: the rate of ${part} is not steady: ${formatParts(steadiness)}${told}\n`;
}

function formatParts({ quietest, busiest }: Steadiness): string {
  return `from ${formatPart(quietest)} to ${formatPart(busiest)}`;
}

function formatPart({ fromMs, toMs, rateQps }: TracePart): string {
  const place = `${formatSeconds(fromMs)} to ${formatSeconds(toMs)}`;
  return `${formatNumber(rateQps)} queries/s (${place})`;
}

/** To the second: the windows of a trace begin at instants that nobody chose. */
function formatSeconds(ms: number): string {
  const s = Math.round(sFromMs(ms));
  return s === 0 ? '0s' : formatDuration(msFromS(s));
}
