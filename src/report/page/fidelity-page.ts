/** Predicted beside measured. */
import type { ComparedFigure } from '../../fidelity/compare.js';
import type { FidelityResult } from '../../fidelity/predict-and-compare.js';
import { formatCount, formatMs, formatNumber, formatShare, formatTraffic } from '../figures.js';
import type { Document } from './document.js';

const LEFT = { align: 'left' } as const;
const RIGHT = { align: 'right' } as const;
const TIMES = { meanMs: 'mean', p50Ms: 'p50', p95Ms: 'p95', p99Ms: 'p99' } as const;

/** What a result, or its JSON read again, has of it. */
export type ShownFidelity = Pick<FidelityResult, 'pipeline' | 'queries' | 'meanRateQps'> &
  Pick<FidelityResult['comparison'], 'figures' | 'stages' | 'isClean'> & { readonly runs: readonly unknown[] };

export function fidelityDocument({
  pipeline,
  queries,
  meanRateQps,
  figures,
  stages,
  isClean,
  runs,
}: ShownFidelity): Document {
  const times = Object.entries(TIMES).flatMap(([key, name]) => {
    const figure: ComparedFigure | undefined = figures[key as keyof typeof TIMES];
    return figure === undefined ? [] : [{ name, figure }];
  });
  return {
    title: `Predicted and measured: ${pipeline}`,
    summary: `${formatTraffic(queries, meanRateQps)}, ${formatCount(runs.length)} runs`,
    sections: [
      {
        heading: 'Latency',
        sentences: isClean ? [] : ['Every run was disturbed by other work on the machine, so the errors mean little.'],
        picture: {
          kind: 'bars',
          label: 'Predicted and measured latency',
          y: 'ms',
          names: times.map(({ name }) => name),
          series: [
            { name: 'predicted', values: times.map(({ figure }) => figure.predicted) },
            { name: 'measured', values: times.map(({ figure }) => figure.measured) },
          ],
        },
        tables: [
          {
            columns: [
              { heading: '', ...LEFT },
              ...['predicted (ms)', 'measured (ms)', 'error', 'lowest run', 'highest run'].map((heading) => ({
                heading,
                ...RIGHT,
              })),
            ],
            rows: times.map(({ name, figure }) => [
              name,
              formatMs(figure.predicted),
              formatMs(figure.measured),
              figure.errorRatio === null ? '-' : formatShare(figure.errorRatio),
              formatMs(figure.lowest),
              formatMs(figure.highest),
            ]),
          },
        ],
      },
      {
        heading: 'Service times',
        sentences: ['A profile that has drifted shows here before anywhere else.'],
        tables: [
          {
            columns: [
              { heading: 'stage', ...LEFT },
              { heading: 'predicted ÷ measured − 1', ...RIGHT },
            ],
            rows: stages.map(({ stage, serviceErrorRatio }) => [
              stage,
              serviceErrorRatio === null ? '-' : formatNumber(serviceErrorRatio * 100).concat(' %'),
            ]),
          },
        ],
      },
    ],
  };
}
