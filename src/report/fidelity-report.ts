/**
 * What `validate` prints: predicted beside measured, for the latencies and for every stage, and how quiet the machine
 * was.
 */
import type { ComparedFigure, ComparedStage, Comparison, WatchedRun } from '../fidelity/compare.js';
import type { LatencyFigures } from '../fidelity/latency-figures.js';
import type { ServingCosts } from '../fidelity/predict.js';
import type { FidelityResult } from '../fidelity/predict-and-compare.js';
import { requiredOnTime } from '../model/slo.js';
import { formatAttainment, formatCount, formatMs, formatNumber, formatShare, formatTraffic } from './figures.js';
import { formatJson } from './json.js';
import { type Column, emphasisOf, formatLines, formatTable, type ReportStyle } from './table.js';

const FIDELITY_VERSION = 1;

const NAMES: Readonly<Record<keyof LatencyFigures, string>> = {
  meanMs: 'mean (ms)',
  p50Ms: 'p50 (ms)',
  p95Ms: 'p95 (ms)',
  p99Ms: 'p99 (ms)',
  sloAttainment: 'SLO attainment',
};

export function formatFidelity(result: FidelityResult, style: ReportStyle): string {
  const { pipeline, queries, meanRateQps, costs, comparison, runs } = result;
  const { strong, bad } = emphasisOf(style);
  const undisturbed = formatCount(comparison.isClean ? comparison.counted : 0);
  const counted = `${undisturbed} of ${formatCount(runs.length)} runs undisturbed`;
  const traffic = formatTraffic(queries, meanRateQps);
  const summary = [
    `${strong(pipeline)}: ${traffic}; ${counted}`,
    `Costs of serving: ${costLines(costs).join(', ')}`,
    ...(comparison.isClean
      ? []
      : [bad('Every run was disturbed, so all count. Others used the machine, and the errors mean little.')]),
  ];
  return [
    formatLines(summary, style),
    formatFigures(comparison, style),
    formatStages(comparison.stages, style),
    formatRuns(runs, style),
  ].join('\n');
}

/** The same as JSON. Costs are summarised; each stage has both sides. */
export function fidelityJson(result: FidelityResult, provenance?: object): string {
  const { costs, comparison, runs, predicted, ...rest } = result;
  return formatJson({
    version: FIDELITY_VERSION,
    ...rest,
    costs: {
      ingress: costFigures(costs.ingressMs),
      egress: costFigures(costs.egressMs),
      ...(costs.handOverMs.length === 0 ? {} : { handOver: costFigures(costs.handOverMs) }),
    },
    predicted: predicted.latency,
    countedRuns: comparison.counted,
    isClean: comparison.isClean,
    figures: comparison.figures,
    stages: comparison.stages,
    runs: runs.map(({ queries, failed, latency, reprofiled, disturbance, isClean }) => ({
      queries,
      failed,
      latency,
      reprofiled: reprofiled?.latency,
      disturbance,
      isClean,
    })),
    provenance,
  });
}

/** One line while runs are made. */
export function formatRunLine({ latency, isClean, queries, failed }: WatchedRun, run: number): string {
  const { p50Ms, p95Ms, p99Ms } = latency;
  const times = `p50 ${formatMs(p50Ms)} ms, p95 ${formatMs(p95Ms)} ms, p99 ${formatMs(p99Ms)} ms`;
  const ends = failed === 0 ? '' : `, ${formatCount(failed)} of ${formatCount(queries)} queries failed`;
  return `run ${run}: ${times}${ends}${isClean ? '' : ' (disturbed)'}\n`;
}

function formatFigures({ figures }: Comparison, style: ReportStyle): string {
  const otherColumns = (figure: ComparedFigure | undefined) => [
    ...(figure?.reprofiled === undefined ? [] : [['profiled\nin the runs', figure.reprofiled] as const]),
    ...(figure?.atRunSpeed === undefined ? [] : [["at the\nruns' speed", figure.atRunSpeed] as const]),
  ];
  const columns = columnsOf(
    '',
    'predicted',
    'measured',
    'error',
    ...otherColumns(figures.p50Ms).flatMap(([heading]) => [heading, 'error']),
    'lowest\nrun',
    'highest\nrun',
    'spread',
  );
  const rows = (Object.entries(figures) as [keyof LatencyFigures, ComparedFigure][]).map(([figure, compared]) => {
    const show = figure === 'sloAttainment' ? formatAttainment : formatMs;
    const { predicted, measured, errorRatio, lowest, highest, spreadRatio } = compared;
    const spread = spreadRatio === null ? '-' : `±${formatShare(spreadRatio)}`;
    return [
      NAMES[figure],
      show(predicted),
      show(measured),
      formatError(errorRatio),
      ...otherColumns(compared).flatMap(([, other]) => [show(other.predicted), formatError(other.errorRatio)]),
      show(lowest),
      show(highest),
      spread,
    ];
  });
  return formatTable({ columns, rows }, style);
}

function formatStages(stages: readonly ComparedStage[], style: ReportStyle): string {
  const headings = ['stage', 'max\nbatch', 'replicas', 'mean batch\npredicted', '\nmeasured', 'utilisation\npredicted'];
  const more = [
    '\nmeasured',
    'service (ms)\npredicted',
    '\nmeasured',
    'error',
    'delay p99 (ms)\npredicted',
    '\nmeasured',
  ];
  const rows = stages.map(({ stage, predicted, measured, serviceErrorRatio }) => [
    stage,
    formatCount(predicted.maxBatchSize),
    formatCount(predicted.replicas),
    formatNumber(predicted.meanBatchSize),
    formatNumber(measured.meanBatchSize),
    formatShare(predicted.utilisation),
    formatShare(measured.utilisation),
    formatMs(predicted.meanServiceMs),
    formatMs(measured.meanServiceMs),
    formatError(serviceErrorRatio),
    formatMs(predicted.queueingDelayP99Ms),
    formatMs(measured.queueingDelayP99Ms),
  ]);
  return formatTable({ columns: columnsOf(...headings, ...more), rows }, style);
}

function formatRuns(runs: readonly WatchedRun[], style: ReportStyle): string {
  const { bad } = emphasisOf(style);
  const columns = columnsOf(
    'run',
    'queries',
    'failed',
    'p50 (ms)',
    'p95 (ms)',
    'p99 (ms)',
    'foreign\nCPUs',
    'stolen\nCPUs',
    '',
  );
  const rows = runs.map(({ queries, failed, latency, disturbance, isClean }, index) => [
    formatCount(index + 1),
    formatCount(queries),
    formatCount(failed),
    formatMs(latency.p50Ms),
    formatMs(latency.p95Ms),
    formatMs(latency.p99Ms),
    disturbance === undefined ? '-' : formatNumber(disturbance.foreignCpus),
    disturbance === undefined ? '-' : formatNumber(disturbance.stolenCpus),
    isClean ? (disturbance === undefined ? 'not watched' : 'clean') : bad('disturbed'),
  ]);
  return formatTable({ columns, rows }, style);
}

function columnsOf(...headings: readonly string[]): Column[] {
  return headings.map((heading, index) => ({ heading, align: index === 0 ? 'left' : 'right' }));
}

/** A signed share, such as `+3.1 %`. */
function formatError(ratio: number | null): string {
  if (ratio === null) return '-';
  return `${ratio < 0 ? '-' : '+'}${formatShare(Math.abs(ratio))}`;
}

function costLines({ ingressMs, egressMs, handOverMs }: ServingCosts): string[] {
  if (ingressMs.length === 0) return ['not measured'];
  const lines = [formatCost('ingress', ingressMs), formatCost('egress', egressMs)];
  return handOverMs.length === 0 ? lines : [...lines, formatCost('hand-over', handOverMs)];
}

function formatCost(name: string, ascendingMs: readonly number[]): string {
  const { p50Ms, p99Ms } = costFigures(ascendingMs);
  return `${name} p50 ${formatMs(p50Ms)} ms, p99 ${formatMs(p99Ms)} ms`;
}

function costFigures(ascendingMs: readonly number[]) {
  const count = ascendingMs.length;
  const at = (percentile: number) => ascendingMs[requiredOnTime(count, percentile) - 1] ?? null;
  const meanMs = count === 0 ? null : ascendingMs.reduce((sum, ms) => sum + ms, 0) / count;
  return { samples: count, meanMs, p50Ms: at(50), p95Ms: at(95), p99Ms: at(99) };
}
