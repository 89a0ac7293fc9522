/** The report of `hardware refresh`. */
import type { RefreshedHardware } from '../backends/ec2/ec2-prices.js';
import { formatUsd } from './figures.js';
import { formatJson } from './json.js';
import { type Column, formatLines, formatTable, type ReportStyle } from './table.js';

const REFRESH_VERSION = 1;

export interface RefreshReport extends RefreshedHardware {
  readonly file: string;
  /** Whether the file was written; false in a dry run. */
  readonly isWritten: boolean;
}

const COLUMNS: readonly Column[] = [
  { heading: 'hardware', align: 'left' },
  { heading: 'instance', align: 'left' },
  { heading: 'was\n$/h', align: 'right' },
  { heading: 'is\n$/h', align: 'right' },
];

export function formatRefresh({ updates, added, unchanged, isWritten }: RefreshReport, style: ReportStyle): string {
  const rows = [...updates, ...added].map(({ name, instance, previousUsdPerHour, costUsdPerHour }) => [
    name,
    instance,
    previousUsdPerHour === undefined ? 'new' : formatUsd(previousUsdPerHour),
    formatUsd(costUsdPerHour),
  ]);
  const lines = unchanged.map(({ name, reason }) => `${name} stays as it is: ${reason}`);
  const dry = isWritten || rows.length === 0 ? [] : ['Nothing was written.'];
  const table = rows.length === 0 ? '' : formatTable({ columns: COLUMNS, rows }, style);
  return table + formatLines([...lines, ...dry], style);
}

export function refreshJson(report: RefreshReport, provenance: object): string {
  return formatJson({ version: REFRESH_VERSION, ...report, provenance });
}
