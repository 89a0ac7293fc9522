/** The report of `plan --sweep`: the least cost for each multiple of the traffic. */
import type { Slo } from '../../model/slo.js';
import type { PlanResult } from '../../planner/evidence/plan-result.js';
import { formatExactMs, formatNumber, formatShare, formatUsd, formatUsdPerMonth } from '../figures.js';
import { formatJson } from '../json.js';
import { type Column, emphasisOf, formatTable, type ReportStyle } from '../table.js';

const PLAN_SWEEP_VERSION = 1;

/** What planning for one multiple of the traffic came to. */
export interface SweptPlan {
  readonly scale: number;
  readonly result: PlanResult;
}

const COLUMNS: readonly Column[] = [
  { heading: 'traffic', align: 'right' },
  { heading: 'queries/s', align: 'right' },
  { heading: '$/h', align: 'right' },
  { heading: '$/month\n(730 h)', align: 'right' },
  { heading: '', align: 'left' },
  { heading: 'stages (hardware:max batch:replicas)', align: 'left' },
];

/** The report as text. */
export function formatPlanSweep(points: readonly SweptPlan[], pipeline: string, slo: Slo, style: ReportStyle): string {
  const title = `Cost against traffic of ${pipeline}, p${slo.percentile} <= ${formatExactMs(slo.latencyMs)}`;
  const rows = points.map(({ scale, result }) => [`${scale}x`, ...cellsOf(result, style)]);
  return `${emphasisOf(style).strong(title)}\n\n${formatTable({ columns: COLUMNS, rows }, style)}`;
}

/** The report as JSON. */
export function planSweepJson(points: readonly SweptPlan[], pipeline: string, slo: Slo): string {
  return formatJson({
    version: PLAN_SWEEP_VERSION,
    pipeline,
    slo,
    points: points.map(({ scale, result }) => ({ scale, ...(result.feasible ? planPoint(result) : noPoint(result)) })),
  });
}

function cellsOf(result: PlanResult, style: ReportStyle): string[] {
  const { bad } = emphasisOf(style);
  if (!result.feasible) return ['-', '-', '-', bad('no plan'), result.reason];
  const { plan, simulation } = result;
  const { certificate, costUsdPerHour } = plan;
  const claim =
    certificate === undefined ? '' : certificate.isProved ? 'proved' : `gap ${formatShare(certificate.gapRatio)}`;
  const stages = plan.stages.map(({ hardware, maxBatchSize, replicas }) => `${hardware}:${maxBatchSize}:${replicas}`);
  const rate = formatNumber(simulation.meanRateQps);
  return [rate, formatUsd(costUsdPerHour), formatUsdPerMonth(costUsdPerHour), claim, stages.join('  ')];
}

function planPoint({ plan }: Extract<PlanResult, { feasible: true }>): object {
  const { costUsdPerHour, certificate, predicted } = plan;
  return {
    feasible: true,
    meanRateQps: predicted.meanRateQps,
    costUsdPerHour,
    ...(certificate && {
      isProved: certificate.isProved,
      lowerBoundUsdPerHour: certificate.lowerBoundUsdPerHour,
      gapRatio: certificate.gapRatio,
    }),
    sloAttainment: predicted.sloAttainment,
    stages: plan.stages.map(({ stage, hardware, maxBatchSize, replicas }) => ({
      stage,
      hardware,
      maxBatchSize,
      replicas,
    })),
  };
}

function noPoint({ reason, bindingStage, smallestSloMs }: Extract<PlanResult, { feasible: false }>): object {
  return { feasible: false, reason, bindingStage, ...(smallestSloMs !== undefined && { smallestSloMs }) };
}
