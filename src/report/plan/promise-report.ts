/** The out-of-sample tests of a plan, as text. */
import type { TrafficModel } from '../../model/plan/traffic-model.js';
import type { Validated } from '../../model/plan/validated.js';
import { allowedMisses, type Slo } from '../../model/slo.js';
import type { FeasiblePlan, InfeasiblePlan } from '../../planner/evidence/plan-result.js';
import type { Frontier } from '../../planner/frontier/frontier-result.js';
import { sFromMs } from '../../units.js';
import { formatAttainment, formatCount, formatExactMs, formatNumber, formatShare, formatUsd } from '../figures.js';
import { formatSteadinessWarning } from '../steadiness-report.js';

/** One line each for fresh traffic, the trace's tail, and the cost of the promise. */
export function formatValidated(
  { promise, holdOut, unpromisedCostUsdPerHour }: Validated,
  costUsdPerHour: number,
): string[] {
  const { traffic, replications, queriesPerDraw, meanAttainment, lowerBound, holds } = promise;
  const verdict = holds ? 'holds on fresh traffic' : 'does not hold on fresh traffic';
  const lines = [
    `Promise: ${verdict}, attainment ${formatAttainment(meanAttainment)}, 95 % lower bound ${formatAttainment(lowerBound)}`,
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

/** What to know before the result is relied on: one line each, or ''. */
export function formatWarnings(result: Pick<FeasiblePlan, 'plan' | 'steadiness'> | InfeasiblePlan): string {
  const plan = 'plan' in result ? result.plan : undefined;
  const part = formatPlannedPart(plan ?? {});
  const unsteady = formatSteadinessWarning(result.steadiness, { part, isTested: plan?.validated !== undefined });
  if (plan?.validated === undefined) return unsteady;
  return [unsteady, formatTraceWarning(plan.validated), formatTailWarning(plan.validated, plan.slo)].join('');
}

/** The same of all plans of a frontier. */
export function formatFrontierWarnings({ points, steadiness }: Pick<Frontier, 'points' | 'steadiness'>): string {
  const tested = points.flatMap(({ slo, validated }) => (validated === undefined ? [] : [{ slo, validated }]));
  const [first] = tested;
  const part = formatPlannedPart({ validated: first?.validated });
  const unsteady = formatSteadinessWarning(steadiness, { part, isTested: first !== undefined });
  if (first === undefined) return unsteady;
  const mostNeeding = tested.reduce((a, b) => (b.validated.neededTraceMs > a.validated.neededTraceMs ? b : a));
  const missing = tested.filter(({ slo, validated }) => missesTail(validated, slo));
  const tail = formatTailPart(first.validated);
  const names = missing.map(({ slo }) => formatExactMs(slo.latencyMs)).join(', ');
  const missed = missing.length === 0 ? '' : `warning: these plans miss their objective on ${tail}: ${names}\n`;
  return [unsteady, formatTraceWarning(mostNeeding.validated), missed].join('');
}

/** A warning when the trace is too short, or too bursty for its length, to support the promise; otherwise ''. */
function formatTraceWarning({ traceMs, neededTraceMs }: Validated): string {
  if (neededTraceMs <= traceMs) return '';
  const has = `${formatNumber(sFromMs(traceMs))} s of traffic`;
  return `warning: ${has} is short for this promise; ${formatNumber(sFromMs(neededTraceMs))} s of such traffic would do\n`;
}

/** A warning when the plan misses its objective on the tail that was held out; otherwise ''. */
function formatTailWarning(validated: Validated, slo: Slo): string {
  if (!missesTail(validated, slo)) return '';
  const attained = formatAttainment(validated.holdOut!.sloAttainment);
  return `warning: this plan misses its objective on ${formatTailPart(validated)}: attainment ${attained}\n`;
}

function missesTail({ holdOut }: Validated, slo: Slo): boolean {
  if (holdOut === undefined) return false;
  const { queries, sloAttainment } = holdOut;
  return Math.round(queries * (1 - sloAttainment)) > allowedMisses(queries, slo.percentile);
}

function formatTailPart({ holdOut }: Validated): string {
  return `the last ${formatShare(holdOut?.timeRatio ?? 0)} of the trace, which was held out`;
}

/** The part of the trace that planning saw, as a sentence names it. */
export function formatPlannedPart({ validated }: { validated?: Validated | undefined }): string {
  const held = validated?.holdOut?.timeRatio;
  return held === undefined ? 'this trace' : `the first ${formatShare(1 - held)} of this trace`;
}

function formatTraffic(traffic: TrafficModel): string {
  return traffic.kind === 'gamma'
    ? `gamma arrivals at ${formatNumber(traffic.rateQps)}/s, cv ${formatNumber(traffic.cv)}`
    : `blocks of ${formatNumber(sFromMs(traffic.blockMs))} s of the trace`;
}
