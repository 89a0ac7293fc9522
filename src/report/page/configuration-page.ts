/** A configuration on its trace: the pipeline with each choice, latencies, cost and queueing. */
import { ENTRY, meanFanOut, type Pipeline } from '../../model/pipeline.js';
import type { SimulationResult, StageSummary } from '../../simulation/simulation-result.js';
import {
  formatCount,
  formatExactMs,
  formatMs,
  formatNumber,
  formatShare,
  formatTraffic,
  formatUsd,
  formatUsdOverTime,
  formatUsdPerMonth,
} from '../figures.js';
import { formatOverload, formatSloOutcome } from '../simulation-report.js';
import type { GraphPicture, Section } from './document.js';

const PLAIN = { terminal: false, color: false, columns: 10_000 } as const;
const LEFT = { align: 'left' } as const;
const RIGHT = { align: 'right' } as const;
/** A picture of latencies ends here: the last thousandth would stretch it. */
const LAST_SHOWN = 99.9;

/** A simulated configuration. */
export interface ShownConfiguration {
  /** Absent where the result was read from a file that does not name it. */
  readonly pipeline?: Pipeline;
  readonly result: SimulationResult;
  /** Latency in ms at rising percentiles; absent where the result was read from a file. */
  readonly latencies?: readonly (readonly [percentile: number, ms: number])[];
  /** By stage: share of the latency at the objective's percentile; absent for what was not planned. */
  readonly tailShares?: ReadonlyMap<string, number>;
}

export function configurationSections(shown: ShownConfiguration): readonly Section[] {
  return [pipelineSection(shown), latencySection(shown), costSection(shown.result), queueingSection(shown.result)];
}

function pipelineSection({ pipeline, result, tailShares }: ShownConfiguration): Section {
  const rows = result.stages.map((stage) => [
    stage.stage,
    stage.hardware,
    formatCount(stage.maxBatchSize),
    formatCount(stage.replicas),
    formatUsd(stage.costUsdPerHour),
    formatShare(stage.utilisation),
    ...(tailShares === undefined ? [] : [formatShare(tailShares.get(stage.stage) ?? 0)]),
  ]);
  const columns = [
    { heading: 'stage', ...LEFT },
    { heading: 'hardware', ...LEFT },
    { heading: 'max batch', ...RIGHT },
    { heading: 'replicas', ...RIGHT },
    { heading: '$/h', ...RIGHT },
    { heading: 'utilisation', ...RIGHT },
    ...(tailShares === undefined ? [] : [{ heading: 'share of the tail', ...RIGHT }]),
  ];
  return {
    heading: 'Pipeline and choices',
    sentences: formatOverload(result.stages, PLAIN),
    ...(pipeline === undefined ? {} : { picture: graphOf(pipeline, result.stages, tailShares) }),
    tables: [{ columns, rows }],
  };
}

function graphOf(
  { name, stages }: Pipeline,
  chosen: readonly StageSummary[],
  tailShares: ReadonlyMap<string, number> | undefined,
): GraphPicture {
  const layers = new Map([[ENTRY, 0]]);
  for (const stage of stages)
    layers.set(stage.name, 1 + Math.max(...stage.parents.map(({ from }) => layers.get(from)!)));
  const choices = new Map(chosen.map((stage) => [stage.stage, stage]));
  return {
    kind: 'graph',
    label: `Stages of ${name} with their hardware, max batch size and replicas`,
    nodes: [
      { name: ENTRY, lines: [], layer: 0, weight: 0 },
      ...stages.map((stage) => {
        const choice = choices.get(stage.name)!;
        const share = tailShares?.get(stage.name);
        return {
          name: stage.name,
          lines: [
            `${choice.replicas} × ${choice.hardware}, batch ${choice.maxBatchSize}`,
            `${formatShare(choice.utilisation)} busy${share === undefined ? '' : `, tail ${formatShare(share)}`}`,
          ],
          layer: layers.get(stage.name)!,
          weight: share ?? choice.utilisation,
        };
      }),
    ],
    edges: stages.flatMap(({ name: to, parents }) =>
      parents.map(({ from, probability, fanOut }) => ({
        from,
        to,
        label: [
          ...(probability === 1 ? [] : [`${formatNumber(probability * 100).replace(/\.?0+$/, '')} %`]),
          ...(fanOut === 1 ? [] : [`× ${formatNumber(meanFanOut(fanOut)).replace(/\.?0+$/, '')}`]),
        ].join(' '),
      })),
    ),
  };
}

function latencySection({ result, latencies }: ShownConfiguration): Section {
  const { latency, slo, queries, meanRateQps } = result;
  const until = latencies?.filter(([percentile]) => percentile <= LAST_SHOWN);
  return {
    heading: 'Latency',
    sentences: [
      `${formatTraffic(queries, meanRateQps)}.`,
      ...(slo === undefined ? [] : [`${formatSloOutcome(slo, PLAIN)}.`]),
    ],
    ...(until === undefined
      ? {}
      : {
          picture: {
            kind: 'lines',
            label: 'Share of the queries that end within a latency',
            x: 'latency (ms)',
            y: 'queries (%)',
            series: [{ name: 'queries', points: until.map(([percentile, ms]) => [ms, percentile] as const) }],
            ...(slo === undefined
              ? {}
              : { marks: [{ x: slo.latencyMs, name: `SLO ${formatExactMs(slo.latencyMs)}` }] }),
          },
        }),
    tables: [
      {
        columns: ['mean', 'p50', 'p90', 'p95', 'p99', 'p99.9', 'max'].map((heading) => ({
          heading: `${heading} (ms)`,
          ...RIGHT,
        })),
        rows: [
          [
            latency.meanMs,
            latency.p50Ms,
            latency.p90Ms,
            latency.p95Ms,
            latency.p99Ms,
            latency.p999Ms,
            latency.maxMs,
          ].map(formatMs),
        ],
      },
    ],
  };
}

function costSection({ stages, costUsdPerHour, costUsdPerMillionQueries }: SimulationResult): Section {
  const kinds = [...new Set(stages.map(({ hardware }) => hardware))];
  const ofKind = kinds.map((kind) => {
    const used = stages.filter(({ hardware }) => hardware === kind);
    return {
      kind,
      replicas: used.reduce((sum, { replicas }) => sum + replicas, 0),
      usd: used.reduce((sum, one) => sum + one.costUsdPerHour, 0),
    };
  });
  return {
    heading: 'Cost',
    sentences: [`${formatUsdOverTime(costUsdPerHour)}, $${formatUsd(costUsdPerMillionQueries)} per million queries.`],
    picture: {
      kind: 'bars',
      label: 'Cost per hour of each stage, by kind of hardware',
      y: '$/h',
      names: stages.map(({ stage }) => stage),
      isStacked: true,
      series: kinds.map((kind) => ({
        name: kind,
        values: stages.map(({ hardware, costUsdPerHour: usd }) => (hardware === kind ? usd : 0)),
      })),
    },
    tables: [
      {
        columns: [
          { heading: 'hardware', ...LEFT },
          { heading: 'replicas', ...RIGHT },
          { heading: '$/h', ...RIGHT },
          { heading: '$/month', ...RIGHT },
        ],
        rows: ofKind.map(({ kind, replicas, usd }) => [
          kind,
          formatCount(replicas),
          formatUsd(usd),
          formatUsdPerMonth(usd),
        ]),
        total: ['total', '', formatUsd(costUsdPerHour), formatUsdPerMonth(costUsdPerHour)],
      },
    ],
  };
}

function queueingSection({ stages }: SimulationResult): Section {
  return {
    heading: 'Queueing delay',
    sentences: ['How long items wait at each stage before their batch starts.'],
    picture: {
      kind: 'bars',
      label: 'Queueing delay of each stage at the 50th and the 99th percentile',
      y: 'ms',
      names: stages.map(({ stage }) => stage),
      series: [
        { name: 'p50', values: stages.map(({ queueingDelay }) => queueingDelay.p50Ms) },
        { name: 'p99', values: stages.map(({ queueingDelay }) => queueingDelay.p99Ms) },
      ],
    },
    tables: [
      {
        columns: [
          { heading: 'stage', ...LEFT },
          ...['p50 (ms)', 'p99 (ms)', 'max (ms)', 'longest queue', 'items'].map((heading) => ({ heading, ...RIGHT })),
        ],
        rows: stages.map(({ stage, queueingDelay: delay, longestQueue, items }) => [
          stage,
          formatMs(delay.p50Ms),
          formatMs(delay.p99Ms),
          formatMs(delay.maxMs),
          formatCount(longestQueue),
          formatCount(items),
        ]),
      },
    ],
  };
}
