/** What a plan says of itself: proof, promise, envelope and where it comes from. */
import { formatDuration } from '../../model/notation/quantity.js';
import type { Certificate, Plan } from '../../model/plan/plan.js';
import { formatAttainment, formatCount, formatNumber, formatShare, formatUsd } from '../figures.js';
import type { Section } from './document.js';

const LEFT = { align: 'left' } as const;
const RIGHT = { align: 'right' } as const;
const SHOWN_HASH = 16;

/** One sentence on what is proved of the cost. */
export function certificateText(certificate: Certificate | undefined): string {
  if (certificate === undefined) return 'Nothing is proved of its cost: the search was not exact.';
  if (certificate.isProved) return 'Proved: no configuration that holds the SLO on this trace costs less.';
  const { lowerBoundUsdPerHour, gapRatio } = certificate;
  return `No configuration that holds the SLO on this trace costs less than $${formatUsd(lowerBoundUsdPerHour)} per hour: the gap is ${formatShare(gapRatio)}.`;
}

export function planSections(plan: Plan): readonly Section[] {
  const { certificate, validated, envelope, provenance } = plan;
  const promise = validated?.promise;
  return [
    {
      heading: 'Proof and promise',
      sentences: [
        certificateText(certificate),
        ...(promise === undefined
          ? []
          : [
              `On fresh traffic of the same kind it attains ${formatAttainment(promise.meanAttainment)}, with a 95 % lower bound of ${formatAttainment(promise.lowerBound)}.`,
            ]),
        'The proof is about this trace, these profiles and prices, and the max batch sizes tried.',
      ],
      tables: [],
    },
    {
      heading: 'Traffic envelope',
      sentences: ['The most arrivals in any window of each width: what the tuner holds live traffic against.'],
      picture: {
        kind: 'lines',
        label: 'Highest rate in any window, by the width of the window',
        x: 'window (s)',
        y: 'queries/s',
        series: [
          {
            name: 'highest rate',
            points: envelope.map(({ windowMs, rateQps }) => [windowMs / 1000, rateQps] as const),
            hasDots: true,
          },
        ],
      },
      tables: [
        {
          columns: [
            { heading: 'window', ...RIGHT },
            { heading: 'most queries', ...RIGHT },
            { heading: 'queries/s', ...RIGHT },
          ],
          rows: envelope.map(({ windowMs, queries, rateQps }) => [
            formatDuration(windowMs),
            formatCount(queries),
            formatNumber(rateQps),
          ]),
        },
      ],
    },
    {
      heading: 'Provenance',
      sentences: [
        `Made by ${provenance.tool}, search ${provenance.search}, seed ${provenance.seed}, service times ${plan.serviceModel}.`,
      ],
      tables: [
        {
          columns: [
            { heading: 'input', ...LEFT },
            { heading: 'file', ...LEFT },
            { heading: 'SHA-256', ...LEFT },
          ],
          rows: provenance.inputs.map(({ role, path, sha256 }) => [role, path, `${sha256.slice(0, SHOWN_HASH)}…`]),
        },
      ],
    },
  ];
}
