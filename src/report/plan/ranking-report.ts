/** `plan --top`: the cheapest plans, as text. */
import type { Ranking } from '../../planner/evidence/plan-result.js';
import { formatCount, formatNumber, formatUsd } from '../figures.js';
import { type Column, formatLines, formatTable, type ReportStyle } from '../table.js';

const COLUMNS: readonly Column[] = [
  { heading: '', align: 'right' },
  { heading: '$/h', align: 'right' },
  { heading: 'times\nthe first', align: 'right' },
  { heading: 'stages (hardware:max batch:replicas)', align: 'left' },
];

export function formatRanking({ plans, isProved, lowerBoundUsdPerHour }: Ranking, style: ReportStyle): string {
  const least = plans[0]!.costUsdPerHour;
  const rows = plans.map(({ costUsdPerHour, stages }, index) => [
    formatCount(index + 1),
    formatUsd(costUsdPerHour),
    formatNumber(costUsdPerHour / least),
    stages.map(({ hardware, maxBatchSize, replicas }) => `${hardware}:${maxBatchSize}:${replicas}`).join('  '),
  ]);
  const claim = isProved
    ? 'proved: nothing else that holds costs less than the last'
    : `certified: nothing else that holds costs less than $${formatUsd(lowerBoundUsdPerHour)}`;
  const table = formatTable({ columns: COLUMNS, rows }, style);
  const title = `Cheapest plans that hold, without those that only add replicas to another; ${claim}`;
  return formatLines([title], style) + table;
}
