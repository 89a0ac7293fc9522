/** The cloud instances of a plan, as text. */
import type { Packing } from '../../model/plan/plan.js';
import { formatCount, formatUsd, formatUsdOverTime } from '../figures.js';
import { type Column, formatTable, type ReportStyle } from '../table.js';

const COLUMNS: readonly Column[] = [
  { heading: 'instance', align: 'left' },
  { heading: 'count', align: 'right' },
  { heading: '$/h', align: 'right' },
  { heading: 'on each', align: 'left' },
];

export function formatPackedCost({ costUsdPerHour }: Packing, sharesUsdPerHour: number): string {
  const unused = formatUsd(costUsdPerHour - sharesUsdPerHour);
  const compared =
    costUsdPerHour < sharesUsdPerHour ? 'less than the shares' : `$${unused} per hour of it beyond the shares`;
  return `On whole instances ${formatUsdOverTime(costUsdPerHour)}, ${compared}`;
}

export function formatPacking({ costUsdPerHour, instances }: Packing, style: ReportStyle): string {
  const rows = instances.map(({ instance, count, priceUsdPerHour, runs }) => [
    instance,
    formatCount(count),
    formatUsd(count * priceUsdPerHour),
    runs.map(({ stage, replicas }) => (replicas === 1 ? stage : `${formatCount(replicas)} ${stage}`)).join(', '),
  ]);
  const machines = formatCount(instances.reduce((sum, { count }) => sum + count, 0));
  const table = { columns: COLUMNS, rows, total: ['total', machines, formatUsd(costUsdPerHour), ''] };
  return `Instances, and what runs on them\n${formatTable(table, style)}`;
}
