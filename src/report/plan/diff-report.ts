/** The report of `diff`: two plans, simulated on one trace. */
import type { SimulationResult, StageSummary } from '../../simulation/simulation-result.js';
import { formatAttainment, formatCount, formatMs, formatUsd, formatUsdPerMonth } from '../figures.js';
import { formatJson } from '../json.js';
import { type Column, emphasisOf, formatLines, formatTable, type ReportStyle } from '../table.js';

const DIFF_VERSION = 1;
const SAME = 'same';

export interface ComparedPlan {
  /** Path of the plan file. */
  readonly plan: string;
  readonly simulation: SimulationResult;
}

export interface ComparedPlans {
  /** Path of the trace. */
  readonly trace: string;
  readonly before: ComparedPlan;
  readonly after: ComparedPlan;
}

/** As text: the choices of every stage, then cost and latencies. */
export function formatDiff({ trace, before, after }: ComparedPlans, style: ReportStyle): string {
  const queries = formatCount(before.simulation.queries);
  const stages = stagePairs(before.simulation, after.simulation);
  const changed = stages.filter(({ from, to }) => choiceText(from) !== choiceText(to)).length;
  const head = [
    `${before.plan} -> ${after.plan}, both on ${trace} (${queries} queries)`,
    changed === 0 ? 'Every stage is the same.' : `${changed} of ${stages.length} stages differ.`,
  ];
  const choices: readonly Column[] = ['stage', 'before', 'after'].map((heading) => ({ heading, align: 'left' }));
  const { strong } = emphasisOf(style);
  const rows = stages.map(({ stage, from, to }) => {
    const [old, now] = [choiceText(from), choiceText(to)];
    return [stage, old, old === now ? SAME : strong(now)];
  });
  return [
    formatLines(head, style),
    formatTable({ columns: choices, rows }, style),
    formatTable({ columns: FIGURE_COLUMNS, rows: figureRows(before.simulation, after.simulation) }, style),
  ].join('\n');
}

/** As JSON; `by` is after − before. */
export function diffJson({ trace, before, after }: ComparedPlans): string {
  const side = ({ plan, simulation }: ComparedPlan) => {
    const { costUsdPerHour, latency, slo } = simulation;
    return { plan, costUsdPerHour, latency, ...(slo && { slo }) };
  };
  return formatJson({
    version: DIFF_VERSION,
    trace,
    queries: before.simulation.queries,
    before: side(before),
    after: side(after),
    stages: stagePairs(before.simulation, after.simulation).map(({ stage, from, to }) => ({
      stage,
      before: from && choiceOf(from),
      after: to && choiceOf(to),
      isChanged: choiceText(from) !== choiceText(to),
    })),
  });
}

interface StagePair {
  readonly stage: string;
  /** Absent where the plan has no such stage. */
  readonly from: StageSummary | undefined;
  readonly to: StageSummary | undefined;
}

/** The stages of the first plan in their order, then those that only the second has. */
function stagePairs(before: SimulationResult, after: SimulationResult): readonly StagePair[] {
  const names = new Set([...before.stages, ...after.stages].map(({ stage }) => stage));
  const named = (stages: readonly StageSummary[], name: string) => stages.find(({ stage }) => stage === name);
  return [...names].map((stage) => ({ stage, from: named(before.stages, stage), to: named(after.stages, stage) }));
}

function choiceOf({ hardware, maxBatchSize, replicas, costUsdPerHour }: StageSummary) {
  return { hardware, maxBatchSize, replicas, costUsdPerHour };
}

function choiceText(stage: StageSummary | undefined): string {
  if (stage === undefined) return '-';
  const { replicas, hardware, maxBatchSize } = stage;
  return `${formatCount(replicas)} x ${hardware}, batch ${formatCount(maxBatchSize)}`;
}

const FIGURE_COLUMNS: readonly Column[] = ['', 'before', 'after', 'change'].map((heading, i) => ({
  heading,
  align: i === 0 ? 'left' : 'right',
}));

function figureRows(before: SimulationResult, after: SimulationResult): string[][] {
  const row = (
    name: string,
    figureOf: (result: SimulationResult) => number,
    format: (figure: number) => string,
  ): string[] => {
    const [from, to] = [figureOf(before), figureOf(after)];
    const change = to - from;
    return [name, format(from), format(to), change === 0 ? SAME : `${change > 0 ? '+' : ''}${format(change)}`];
  };
  return [
    row('$/h', ({ costUsdPerHour }) => costUsdPerHour, formatUsd),
    row('$/month (730 h)', ({ costUsdPerHour }) => costUsdPerHour, formatUsdPerMonth),
    row('p50 (ms)', ({ latency }) => latency.p50Ms, formatMs),
    row('p95 (ms)', ({ latency }) => latency.p95Ms, formatMs),
    row('p99 (ms)', ({ latency }) => latency.p99Ms, formatMs),
    ...(before.slo && after.slo
      ? [
          ['objective (ms)', formatMs(before.slo.latencyMs), formatMs(after.slo.latencyMs), ''],
          ['attainment', formatAttainment(before.slo.sloAttainment), formatAttainment(after.slo.sloAttainment), ''],
        ]
      : []),
  ];
}
