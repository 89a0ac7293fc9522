/** Cost against objective. */
import type { Frontier } from '../../planner/frontier/frontier-result.js';
import { formatCount, formatExactMs, formatUsd, formatUsdPerMonth } from '../figures.js';
import type { Document } from './document.js';

const RIGHT = { align: 'right' } as const;
const LEFT = { align: 'left' } as const;

export function frontierDocument({ points }: Pick<Frontier, 'points'>, pipeline: string): Document {
  const priced = points.flatMap(({ slo, costUsdPerHour }) =>
    costUsdPerHour === undefined ? [] : [[slo.latencyMs, costUsdPerHour] as const],
  );
  const proved = points.filter(({ isProved }) => isProved).length;
  return {
    title: `Cost against SLO of ${pipeline}`,
    summary: `p${points[0]!.slo.percentile}; ${formatCount(proved)} of ${formatCount(points.length)} points proved`,
    sections: [
      {
        heading: 'Frontier',
        sentences: ['The least cost that holds each objective.'],
        picture: {
          kind: 'lines',
          label: 'Least cost per hour for each latency objective',
          x: 'SLO (ms)',
          y: '$/h',
          series: [{ name: 'least cost', points: priced, hasDots: true }],
        },
        tables: [
          {
            columns: [
              { heading: 'SLO', ...RIGHT },
              { heading: '$/h', ...RIGHT },
              { heading: '$/month', ...RIGHT },
              { heading: 'proved', ...LEFT },
              { heading: 'stages (hardware:max batch:replicas)', ...LEFT },
            ],
            rows: points.map(({ slo, costUsdPerHour, isProved, stages, reason }) => [
              formatExactMs(slo.latencyMs),
              costUsdPerHour === undefined ? '-' : formatUsd(costUsdPerHour),
              costUsdPerHour === undefined ? '-' : formatUsdPerMonth(costUsdPerHour),
              isProved ? 'yes' : 'no',
              stages
                ?.map(
                  ({ stage, hardware, maxBatchSize, replicas }) => `${stage} ${hardware}:${maxBatchSize}:${replicas}`,
                )
                .join(', ') ??
                reason ??
                '',
            ]),
          },
        ],
      },
    ],
  };
}
