/** A measured load: latency and throughput over time. */

import type { LoadResult } from '../../load/load-result.js';
import { formatDuration } from '../../model/notation/quantity.js';
import { formatAttainment, formatCount, formatMs, formatNumber } from '../figures.js';
import type { Document } from './document.js';

const LEFT = { align: 'left' } as const;
const RIGHT = { align: 'right' } as const;

export function loadDocument(result: LoadResult): Document {
  const { queries, answered, failed, failures, spanMs, meanRateQps, latency, slo, seconds, sendLag } = result;
  const times = (one: LoadResult['latency']) =>
    [one.meanMs, one.p50Ms, one.p90Ms, one.p95Ms, one.p99Ms, one.p999Ms, one.maxMs].map(formatMs);
  return {
    title: 'Load on a live pipeline',
    summary: `${formatCount(queries)} queries in ${formatDuration(spanMs)} at ${formatNumber(meanRateQps)} queries/s`,
    sections: [
      {
        heading: 'Latency over time',
        sentences: [
          ...(slo === undefined
            ? []
            : [
                `p${slo.percentile} <= ${slo.latencyMs} ms: ${slo.holds ? 'met' : 'not met'}, attainment ${formatAttainment(slo.sloAttainment)}.`,
              ]),
          `${formatCount(answered)} answered, ${formatCount(failed)} failed.`,
        ],
        picture: {
          kind: 'lines',
          label: 'Median and 99th percentile of the latency in each second',
          x: 'time (s)',
          y: 'ms',
          series: [
            {
              name: 'p99',
              points: seconds.flatMap(({ second, p99Ms }) => (p99Ms === null ? [] : [[second, p99Ms] as const])),
            },
            {
              name: 'p50',
              points: seconds.flatMap(({ second, p50Ms }) => (p50Ms === null ? [] : [[second, p50Ms] as const])),
            },
          ],
        },
        tables: [
          {
            columns: [
              { heading: '', ...LEFT },
              ...['mean', 'p50', 'p90', 'p95', 'p99', 'p99.9', 'max'].map((heading) => ({
                heading: `${heading} (ms)`,
                ...RIGHT,
              })),
            ],
            rows: [
              ['latency', ...times(latency)],
              ["generator's own lateness", ...times(sendLag)],
            ],
          },
        ],
      },
      {
        heading: 'Queries over time',
        sentences: [],
        picture: {
          kind: 'lines',
          label: 'Queries sent and answered in each second',
          x: 'time (s)',
          y: 'queries/s',
          series: [
            { name: 'sent', points: seconds.map(({ second, sent }) => [second, sent] as const) },
            { name: 'answered', points: seconds.map(({ second, answered: count }) => [second, count] as const) },
            { name: 'failed', points: seconds.map(({ second, failed: count }) => [second, count] as const) },
          ],
        },
        tables: [
          {
            columns: [
              { heading: 'without an answer', ...LEFT },
              { heading: 'queries', ...RIGHT },
            ],
            rows: Object.entries(failures).map(([why, count]) => [
              why.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`),
              formatCount(count),
            ]),
          },
        ],
      },
    ],
  };
}
