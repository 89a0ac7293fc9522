/** The out-of-sample tests of a plan, as text. */
import type { TrafficModel } from '../../model/plan/traffic-model.js';
import type { Validated } from '../../model/plan/validated.js';
import { sFromMs } from '../../units.js';
import { formatAttainment, formatCount, formatNumber, formatUsd } from '../figures.js';

/** One line each for fresh traffic, the trace's tail, and the cost of the promise. */
export function formatValidated(
  { promise, holdOut, unpromisedCostUsdPerHour }: Validated,
  costUsdPerHour: number,
): string[] {
  const { traffic, replications, queriesPerDraw, meanAttainment, lowerBound, holds } = promise;
  const verdict = holds ? 'holds on fresh traffic' : 'does not hold on fresh traffic';
  const lines = [
    `Promise: ${verdict}, attainment ${formatAttainment(meanAttainment)}, 95 % lower bound ${formatAttainment(lowerBound)} ` +
      `(${formatCount(replications)} draws of ${formatCount(queriesPerDraw)} queries: ${formatTraffic(traffic)})`,
  ];
  if (holdOut !== undefined) {
    const tail = `${formatCount(holdOut.queries)} queries of the trace's tail, which planning did not see`;
    lines.push(`Hold-out: attainment ${formatAttainment(holdOut.sloAttainment)} on the ${tail}`);
  }
  if (unpromisedCostUsdPerHour !== undefined) {
    const more = formatUsd(costUsdPerHour - unpromisedCostUsdPerHour);
    lines.push(
      `The promise costs $${more} per hour: $${formatUsd(unpromisedCostUsdPerHour)} would hold on the trace alone`,
    );
  }
  return lines;
}

/** A warning when the trace is too short, or too bursty for its length, to support the promise; otherwise ''. */
export function formatTraceWarning({ traceMs, neededTraceMs }: Validated): string {
  if (neededTraceMs <= traceMs) return '';
  const has = `${formatNumber(sFromMs(traceMs))} s of traffic`;
  return `warning: ${has} is short for this promise; ${formatNumber(sFromMs(neededTraceMs))} s of such traffic would do\n`;
}

function formatTraffic(traffic: TrafficModel): string {
  return traffic.kind === 'gamma'
    ? `gamma arrivals at ${formatNumber(traffic.rateQps)}/s, cv ${formatNumber(traffic.cv)}`
    : `blocks of ${formatNumber(sFromMs(traffic.blockMs))} s of the trace`;
}
