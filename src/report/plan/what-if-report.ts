/** `plan --explain`: what the plan would cost on other hardware, as text. */
import type { WhatIf } from '../../planner/evidence/plan-result.js';
import { formatNumber, formatShare, formatUsd } from '../figures.js';
import { type Column, formatTable, type ReportStyle } from '../table.js';

const COLUMNS: readonly Column[] = [
  { heading: 'if', align: 'left' },
  { heading: '$/h', align: 'right' },
  { heading: 'times\nthis plan', align: 'right' },
  { heading: '', align: 'left' },
  { heading: 'stages (hardware:max batch:replicas)', align: 'left' },
];

export function formatWhatIfs(whatIfs: readonly WhatIf[], plannedUsdPerHour: number, style: ReportStyle): string {
  const rows = whatIfs.map((answer) => {
    const { hardware, stage, costUsdPerHour: cost, stages = [] } = answer;
    return [
      stage === undefined ? `without ${hardware}` : `${stage} on ${hardware}`,
      cost === undefined ? '-' : formatUsd(cost),
      cost === undefined ? '-' : formatNumber(cost / plannedUsdPerHour),
      claimOf(answer),
      stages.map((c) => `${c.hardware}:${c.maxBatchSize}:${c.replicas}`).join('  '),
    ];
  });
  return `Cheapest plan on other hardware\n${formatTable({ columns: COLUMNS, rows }, style)}`;
}

function claimOf({ isProved, reason, gapRatio, lowerBoundUsdPerHour }: WhatIf): string {
  if (isProved) return reason === undefined ? 'proved' : `proved: ${reason}`;
  const bound = lowerBoundUsdPerHour === undefined ? [] : [`at least ${formatUsd(lowerBoundUsdPerHour)}`];
  const gap = gapRatio === undefined ? [] : [`gap ${formatShare(gapRatio)}`];
  return [...bound, ...gap, ...(reason === undefined ? [] : [reason])].join(', ');
}
