/** What the tuner may not exceed, and how long each limit kept replicas from what the traffic asked for. */
import { formatDuration } from '../../model/notation/quantity.js';
import type { BoundLimit } from '../../tuner/limit-tally.js';
import type { LimitName, TunerLimits } from '../../tuner/tuner-limits.js';
import { formatShare, formatUsd } from '../figures.js';
import { type Column, formatTable, type ReportStyle } from '../table.js';

const COLUMNS: readonly Column[] = [
  { heading: 'limit', align: 'left' },
  { heading: '', align: 'left' },
  { heading: 'stage', align: 'left' },
  { heading: 'bound', align: 'right' },
  { heading: 'of the\ntime', align: 'right' },
];

/** What each limit allows, in words; undefined where it is not in force. In the order in which they are shown. */
const ALLOWED: Readonly<Record<LimitName, (limits: TunerLimits) => string | undefined>> = {
  'most replicas': ({ mostReplicas }) => countsText(mostReplicas, 'at most'),
  'largest growth': ({ largestGrowth: growth }) => (growth === undefined ? undefined : `${growth} x the plan`),
  inventory: ({ inventory }) => countsText(inventory, 'at most'),
  'spend limit': ({ mostUsdPerHour: usd }) => (usd === undefined ? undefined : `$${formatUsd(usd)} per hour`),
  'largest step': ({ largestStep: step }) => (step === undefined ? undefined : `${step} a decision`),
  'fewest replicas': ({ fewestReplicas }) => countsText(fewestReplicas, 'at least'),
};

/** A table of the limits in force: how long each bound, and at which stage; empty without a limit. */
export function formatLimits(limits: TunerLimits, bound: readonly BoundLimit[], style: ReportStyle): string {
  const rows = Object.entries(ALLOWED).flatMap(([limit, allowed]) => {
    const value = allowed(limits);
    if (value === undefined) return [];
    const times = bound.filter((one) => one.limit === limit);
    if (times.length === 0) return [[limit, value, '', 'never', '']];
    return times.map(({ stage, boundMs, share }, i) => {
      const names = i === 0 ? [limit, value] : ['', ''];
      return [...names, stage, formatDuration(Math.round(boundMs)), formatShare(share)];
    });
  });
  return rows.length === 0 ? '' : formatTable({ columns: COLUMNS, rows }, style);
}

/** `10 x the plan, $12.0000 per hour`; `none` without a limit. */
export function limitsText(limits: TunerLimits): string {
  const values = Object.values(ALLOWED).flatMap((allowed) => allowed(limits) ?? []);
  return values.length === 0 ? 'none' : values.join('; ');
}

/** `largest growth held back translate for 2m10s (1.6 % of the time)`. */
export function boundText({ limit, stage, boundMs, share }: BoundLimit): string {
  const verb = limit === 'fewest replicas' ? 'kept up' : 'held back';
  return `${limit} ${verb} ${stage} for ${formatDuration(Math.round(boundMs))} (${formatShare(share)} of the time)`;
}

/** `at most a 4, b 8`; undefined where nothing is limited. */
function countsText(counts: Readonly<Record<string, number>>, words: string): string | undefined {
  const parts = Object.entries(counts).map(([name, count]) => `${name} ${count}`);
  return parts.length === 0 ? undefined : `${words} ${parts.join(', ')}`;
}
