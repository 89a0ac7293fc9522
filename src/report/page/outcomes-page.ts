/** Runs over time: rate, late queries, replicas and cost. For a replayed tuner, and for compared policies. */
import { formatDuration } from '../../model/notation/quantity.js';
import type { Slo } from '../../model/slo.js';
import { formatAttainment, formatCount, formatExactMs, formatMs, formatNumber, formatUsd } from '../figures.js';
import type { Document, Section } from './document.js';

const LEFT = { align: 'left' } as const;
const RIGHT = { align: 'right' } as const;
const MS_PER_S = 1000;
const MOST_CURVES = 6;

/** How one policy did on a trace. */
export interface ShownOutcome {
  readonly name: string;
  readonly misses: number;
  readonly allowedMisses: number;
  readonly sloAttainment: number;
  readonly latency: { readonly p99Ms: number };
  readonly costUsd: number;
  readonly meanUsdPerHour: number;
  readonly changes: number;
  readonly overTime: {
    readonly binMs: number;
    readonly queries: readonly number[];
    readonly misses: readonly number[];
    readonly costUsd: readonly number[];
  };
  readonly timelines: readonly {
    readonly stage: string;
    readonly replicas: readonly { readonly atMs: number; readonly replicas: number }[];
  }[];
}

/** The outcomes of one trace; the first one is that whose replicas are drawn. */
export function outcomesDocument(given: {
  readonly title: string;
  readonly queries: number;
  readonly spanMs: number;
  readonly slo: Slo;
  readonly outcomes: readonly ShownOutcome[];
  readonly more?: readonly Section[];
}): Document {
  const { title, queries, spanMs, slo, outcomes, more = [] } = given;
  const [first] = outcomes;
  return {
    title,
    summary: `${formatCount(queries)} queries in ${formatDuration(spanMs)}, SLO p${slo.percentile} <= ${formatExactMs(slo.latencyMs)}`,
    sections: [
      scoreSection(outcomes),
      ...more,
      rateSection(first!),
      overTimeSection('Late queries', 'late queries per second', outcomes, ({ misses }, binMs) =>
        misses.map((count) => (count * MS_PER_S) / binMs),
      ),
      overTimeSection('Cost over time', '$/h', outcomes, ({ costUsd }, binMs) =>
        costUsd.map((usd) => (usd * 3_600_000) / binMs),
      ),
      replicasSection(first!, spanMs),
    ],
  };
}

function scoreSection(outcomes: readonly ShownOutcome[]): Section {
  return {
    heading: 'Outcomes',
    sentences: [],
    picture: {
      kind: 'bars',
      label: 'Cost of each policy over the trace',
      y: 'cost ($)',
      names: outcomes.map(({ name }) => name),
      series: [{ name: 'cost', values: outcomes.map(({ costUsd }) => costUsd) }],
    },
    tables: [
      {
        columns: [
          { heading: 'policy', ...LEFT },
          { heading: 'SLO', ...LEFT },
          ...['attainment', 'late', 'p99 (ms)', 'cost ($)', 'mean $/h', 'changes'].map((heading) => ({
            heading,
            ...RIGHT,
          })),
        ],
        rows: outcomes.map(
          ({ name, misses, allowedMisses, sloAttainment, latency, costUsd, meanUsdPerHour, changes }) => [
            name,
            misses <= allowedMisses ? 'met' : 'not met',
            formatAttainment(sloAttainment),
            formatCount(misses),
            formatMs(latency.p99Ms),
            formatUsd(costUsd),
            formatUsd(meanUsdPerHour),
            formatCount(changes),
          ],
        ),
      },
    ],
  };
}

function rateSection({ overTime: { binMs, queries } }: ShownOutcome): Section {
  return {
    heading: 'Traffic',
    sentences: [`Queries that arrive, in bins of ${formatDuration(binMs)}.`],
    picture: {
      kind: 'lines',
      label: 'Rate of arrivals over time',
      x: 'time (s)',
      y: 'queries/s',
      series: [
        {
          name: 'arrivals',
          points: stepsOf(
            queries.map((count) => (count * MS_PER_S) / binMs),
            binMs,
          ),
          isStep: true,
        },
      ],
    },
    tables: [],
  };
}

function overTimeSection(
  heading: string,
  y: string,
  outcomes: readonly ShownOutcome[],
  valuesOf: (overTime: ShownOutcome['overTime'], binMs: number) => readonly number[],
): Section {
  return {
    heading,
    sentences: outcomes.length > MOST_CURVES ? [`The first ${MOST_CURVES} policies of the table are drawn.`] : [],
    picture: {
      kind: 'lines',
      label: `${heading} of each policy over time`,
      x: 'time (s)',
      y,
      series: outcomes.slice(0, MOST_CURVES).map(({ name, overTime }) => ({
        name,
        points: stepsOf(valuesOf(overTime, overTime.binMs), overTime.binMs),
        isStep: true,
      })),
    },
    tables: [],
  };
}

function stepsOf(values: readonly number[], binMs: number): readonly (readonly [number, number])[] {
  return values.map((value, bin) => [(bin * binMs) / MS_PER_S, value] as const);
}

function replicasSection({ name, timelines }: ShownOutcome, spanMs: number): Section {
  const shown = timelines.slice(0, MOST_CURVES);
  return {
    heading: `Replicas, ${name}`,
    sentences: [],
    picture: {
      kind: 'lines',
      label: `Replicas of each stage over time, ${name}`,
      x: 'time (s)',
      y: 'replicas',
      series: shown.map(({ stage, replicas }) => ({
        name: stage,
        points: [...replicas, { atMs: spanMs, replicas: replicas.at(-1)!.replicas }].map(
          ({ atMs, replicas: count }) => [atMs / MS_PER_S, count] as const,
        ),
        isStep: true,
      })),
    },
    tables: [
      {
        columns: [
          { heading: 'stage', ...LEFT },
          ...['first', 'fewest', 'most', 'last', 'changes'].map((heading) => ({ heading, ...RIGHT })),
        ],
        rows: timelines.map(({ stage, replicas }) => {
          const counts = replicas.map((one) => one.replicas);
          return [stage, counts[0]!, Math.min(...counts), Math.max(...counts), counts.at(-1)!, counts.length - 1].map(
            (cell) => (typeof cell === 'number' ? formatNumber(cell).replace(/\.00$/, '') : cell),
          );
        }),
      },
    ],
  };
}
