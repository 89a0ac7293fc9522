/** The report of `plan`: the plan with its evidence, or why there is none. */
import type { StageConfiguration } from '../../model/configuration.js';
import { formatPin } from '../../model/plan/pin.js';
import type { PlannedStage } from '../../model/plan/plan.js';
import type { Slo } from '../../model/slo.js';
import type { FeasiblePlan, InfeasiblePlan, PlanResult, Yardstick } from '../../planner/evidence/plan-result.js';
import type { SearchState } from '../../planner/search/search-state.js';
import { sFromMs, usdFromMicro } from '../../units.js';
import {
  formatAttainment,
  formatCount,
  formatExactMs,
  formatNumber,
  formatShare,
  formatTraffic,
  formatUsd,
} from '../figures.js';
import { formatJson } from '../json.js';
import { formatCost, formatLatency, formatOverload, formatSloOutcome } from '../simulation-report.js';
import { type Column, emphasisOf, formatLines, formatTable, type ReportStyle } from '../table.js';
import { formatPackedCost, formatPacking } from './packing-report.js';
import { formatMoves } from './plan-explanation.js';
import { formatPlannedPart, formatValidated } from './promise-report.js';
import { formatRanking } from './ranking-report.js';
import { formatWhatIfs } from './what-if-report.js';

const PLAN_RESULT_VERSION = 1;

const CONFIGURATION_COLUMNS: readonly Column[] = [
  { heading: 'stage', align: 'left' },
  { heading: 'hardware', align: 'left' },
  { heading: 'max\nbatch', align: 'right' },
  { heading: 'replicas', align: 'right' },
];

const PLAN_COLUMNS: readonly Column[] = [
  ...CONFIGURATION_COLUMNS,
  { heading: '$/h', align: 'right' },
  { heading: 'utilisation', align: 'right' },
  { heading: 'share of\nthe tail', align: 'right' },
];

const YARDSTICK_COLUMNS: readonly Column[] = [
  { heading: 'hardware', align: 'left' },
  { heading: 'stages', align: 'right' },
  { heading: '$/h', align: 'right' },
  { heading: 'times\nthis plan', align: 'right' },
  { heading: '', align: 'left' },
];

/** How a plan is printed. */
export interface PlanReportStyle extends ReportStyle {
  /** Adds every move that the search tried. */
  readonly explain: boolean;
}

/** The report as text. `slo` is the objective that was asked for; an infeasible result does not hold it. */
export function formatPlanResult(result: PlanResult, slo: Slo, style: PlanReportStyle): string {
  const parts = result.feasible ? feasibleParts(result, style) : infeasibleParts(result, slo, style);
  const moves = style.explain ? [formatMoves(result.moves, style)] : [];
  const others =
    result.feasible && result.whatIfs ? [formatWhatIfs(result.whatIfs, result.plan.costUsdPerHour, style)] : [];
  return [...parts, ...moves, ...others].join('\n');
}

/** The report as JSON, with every move. */
export function planJson(result: PlanResult, slo: Slo): string {
  return formatJson({ version: PLAN_RESULT_VERSION, slo, ...result });
}

function feasibleParts(result: FeasiblePlan, style: ReportStyle): string[] {
  const { plan, simulation, simulations, yardsticks } = result;
  const { strong } = emphasisOf(style);
  const summary = [
    strong(`Cheapest configuration ${plan.certificate?.isProved ? '' : 'found '}for ${plan.pipeline}`),
    formatCost(plan.costUsdPerHour, plan.costUsdPerMillionQueries),
    ...(plan.packing === undefined ? [] : [formatPackedCost(plan.packing, plan.costUsdPerHour)]),
    ...formatCertificate(result),
    ...(plan.provenance.pins === undefined ? [] : [`Pinned: ${plan.provenance.pins.map(formatPin).join(', ')}`]),
    ...(simulation.slo === undefined ? [] : [formatSloOutcome(simulation.slo, style)]),
    ...(plan.validated === undefined
      ? []
      : formatValidated(plan.validated, plan.packing?.costUsdPerHour ?? plan.costUsdPerHour)),
    ...formatOverload(simulation.stages, style),
    formatTraffic(simulation.queries, simulation.meanRateQps, plan.provenance.traceScale),
    `Found by the ${plan.provenance.search} search: ${workOf(simulations)}`,
  ];
  const stages = {
    columns: PLAN_COLUMNS,
    rows: plan.stages.map(plannedRow),
    total: ['total', '', '', formatCount(replicasIn(plan.stages)), formatUsd(plan.costUsdPerHour), '', ''],
  };
  const parts = [formatLines(summary, style), formatTable(stages, style), formatLatency(simulation.latency, style)];
  if (plan.packing !== undefined) parts.push(formatPacking(plan.packing, style));
  if (result.ranked !== undefined) parts.push(formatRanking(result.ranked, style));
  if (yardsticks.length > 0) {
    const rows = yardsticks.map((yardstick) => yardstickRow(yardstick, plan.costUsdPerHour));
    parts.push(
      formatLines(['Cheapest found with one kind of hardware wherever stages are profiled on it'], style) +
        formatTable({ columns: YARDSTICK_COLUMNS, rows }, style),
    );
  }
  return parts;
}

/** What is proved of the cost, and the cost of the greedy search's plan. */
function formatCertificate({ plan, greedyCostUsdPerHour }: FeasiblePlan): string[] {
  const lines: string[] = [];
  const { certificate } = plan;
  const part = formatPlannedPart(plan);
  if (certificate?.isProved && plan.packing !== undefined) {
    lines.push(`Proved: no configuration that holds the SLO on ${part} fits instances that cost less`);
  } else if (certificate?.isProved) lines.push(`Proved: no configuration that holds the SLO on ${part} costs less`);
  else if (certificate !== undefined) {
    const bound = formatUsd(certificate.lowerBoundUsdPerHour);
    lines.push(
      `Certified: nothing that holds costs less than $${bound} per hour, a gap of ${formatGap(certificate.gapRatio)}`,
    );
  }
  if (certificate !== undefined) {
    lines.push('(max batch sizes tried: those measured, and the powers of two between them)');
  }
  if (greedyCostUsdPerHour !== undefined) {
    const times = formatNumber(greedyCostUsdPerHour / plan.costUsdPerHour);
    lines.push(
      `The greedy search of the InferLine paper: $${formatUsd(greedyCostUsdPerHour)} per hour, ${times} times this plan`,
    );
  }
  return lines;
}

/** Shares below this are printed as "less than 0.1 %". */
const SMALLEST_SHOWN = 0.001;

function infeasibleParts(result: InfeasiblePlan, slo: Slo, style: ReportStyle): string[] {
  const { bad, strong } = emphasisOf(style);
  if (result.bindingStage === undefined)
    return [`${bad(`No plan for p${slo.percentile} <= ${formatExactMs(slo.latencyMs)}: ${result.reason}`)}\n`];
  const summary = [
    bad(`No configuration meets p${slo.percentile} <= ${formatExactMs(slo.latencyMs)}: ${result.reason}`),
    `Binding stage: ${strong(result.bindingStage)}`,
    smallestSlo(result, style),
    workOf(result.simulations),
  ];
  const { bestConfiguration, sloAttainment } = result;
  if (bestConfiguration === undefined || sloAttainment === undefined) return [formatLines(summary, style)];
  const attained = `attainment ${formatAttainment(sloAttainment)} at ${formatExactMs(slo.latencyMs)}`;
  const title =
    result.smallestSloMs === undefined ? 'A configuration that meets it on the trace' : 'A configuration that meets it';
  const table = formatTable({ columns: CONFIGURATION_COLUMNS, rows: bestConfiguration.map(configurationCells) }, style);
  return [formatLines(summary, style), formatLines([`${title}, ${attained}`], style) + table];
}

function smallestSlo(result: InfeasiblePlan, style: ReportStyle): string {
  const { smallestSloMs, sloOnTraceMs, sloLowerBoundMs } = result;
  const { strong } = emphasisOf(style);
  const bound = sloLowerBoundMs === undefined ? '' : `, none below ${formatExactMs(sloLowerBoundMs)} can`;
  if (smallestSloMs !== undefined) {
    const found = sloLowerBoundMs === undefined ? '' : 'found ';
    return `Smallest SLO ${found}that could be met: ${strong(formatExactMs(smallestSloMs))}${bound}`;
  }
  if (sloOnTraceMs === undefined) return 'No SLO can be met within the limits';
  return `No SLO found that a plan meets on resampled traffic too. On the trace alone ${strong(formatExactMs(sloOnTraceMs))} can be met${bound}`;
}

function configurationCells({ stage, hardware, maxBatchSize, replicas }: StageConfiguration): string[] {
  return [stage, hardware, formatCount(maxBatchSize), formatCount(replicas)];
}

function plannedRow(stage: PlannedStage): string[] {
  return [
    ...configurationCells(stage),
    formatUsd(stage.costUsdPerHour),
    formatShare(stage.utilisation),
    formatShare(stage.tailShare),
  ];
}

function yardstickRow(yardstick: Yardstick, plannedUsdPerHour: number): string[] {
  const { hardware, stages, costUsdPerHour, reason } = yardstick;
  const cost =
    costUsdPerHour === undefined
      ? ['-', '-']
      : [formatUsd(costUsdPerHour), formatNumber(costUsdPerHour / plannedUsdPerHour)];
  return [hardware, formatCount(stages), ...cost, reason ?? ''];
}

function replicasIn(stages: readonly PlannedStage[]): number {
  return stages.reduce((sum, { replicas }) => sum + replicas, 0);
}

function workOf(simulations: number | undefined): string {
  return simulations === undefined ? 'several processes' : countOf(simulations);
}

function countOf(simulations: number): string {
  return `${formatCount(simulations)} stage ${simulations === 1 ? 'simulation' : 'simulations'}`;
}

/** One line of progress: the best plan so far, the bound and the gap between them. */
export function formatSearchState(
  { lowerBoundMicroUsd, incumbent, simulations, doing = 'searching' }: SearchState,
  elapsedMs: number,
): string {
  const bound = usdFromMicro(lowerBoundMicroUsd);
  const found =
    incumbent === undefined
      ? 'no plan yet'
      : `plan $${formatUsd(usdFromMicro(incumbent.costMicroUsd))}/h, gap ${formatGap((incumbent.costMicroUsd - lowerBoundMicroUsd) / incumbent.costMicroUsd)}`;
  return `${doing} for ${formatNumber(sFromMs(elapsedMs))} s: ${found}, bound $${formatUsd(bound)}/h, ${countOf(simulations)}`;
}

/** An open gap is never printed as 0. */
function formatGap(ratio: number): string {
  return ratio > 0 && ratio < SMALLEST_SHOWN ? 'less than 0.1 %' : formatShare(ratio);
}
