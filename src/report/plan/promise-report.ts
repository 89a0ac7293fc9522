/** The out-of-sample tests of a plan, as text. */
import type { Plan } from '../../model/plan/plan.js';
import type { TrafficModel } from '../../model/plan/traffic-model.js';
import type { Validated } from '../../model/plan/validated.js';
import { allowedMisses, type Slo } from '../../model/slo.js';
import type { FeasiblePlan } from '../../planner/evidence/plan-result.js';
import { sFromMs } from '../../units.js';
import { formatAttainment, formatCount, formatNumber, formatShare, formatUsd } from '../figures.js';
import { formatSteadinessWarning } from '../steadiness-report.js';

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

/** What to know before the plan is relied on: one line each, or ''. */
export function formatWarnings({ plan, steadiness }: Pick<FeasiblePlan, 'plan' | 'steadiness'>): string {
  const { validated, slo } = plan;
  const unsteady = formatSteadinessWarning(steadiness, {
    part: formatPlannedPart(plan),
    isTested: validated !== undefined,
  });
  if (validated === undefined) return unsteady;
  return [unsteady, formatTraceWarning(validated), formatTailWarning(validated, slo)].join('');
}

/** A warning when the trace is too short, or too bursty for its length, to support the promise; otherwise ''. */
function formatTraceWarning({ traceMs, neededTraceMs }: Validated): string {
  if (neededTraceMs <= traceMs) return '';
  const has = `${formatNumber(sFromMs(traceMs))} s of traffic`;
  return `warning: ${has} is short for this promise; ${formatNumber(sFromMs(neededTraceMs))} s of such traffic would do\n`;
}

/** A warning when the plan misses its objective on the tail that was held out; otherwise ''. */
function formatTailWarning({ holdOut }: Validated, slo: Slo): string {
  if (holdOut === undefined) return '';
  const { queries, sloAttainment, timeRatio } = holdOut;
  if (Math.round(queries * (1 - sloAttainment)) <= allowedMisses(queries, slo.percentile)) return '';
  const tail = `the last ${formatShare(timeRatio)} of the trace, which was held out`;
  return `warning: this plan misses its objective on ${tail}: attainment ${formatAttainment(sloAttainment)}\n`;
}

/** The part of the trace that planning saw, as a sentence names it. */
export function formatPlannedPart({ validated }: Plan): string {
  const held = validated?.holdOut?.timeRatio;
  return held === undefined ? 'this trace' : `the first ${formatShare(1 - held)} of this trace`;
}

function formatTraffic(traffic: TrafficModel): string {
  return traffic.kind === 'gamma'
    ? `gamma arrivals at ${formatNumber(traffic.rateQps)}/s, cv ${formatNumber(traffic.cv)}`
    : `blocks of ${formatNumber(sFromMs(traffic.blockMs))} s of the trace`;
}
