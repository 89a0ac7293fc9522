/** `plan --explain`: every move that the search tried, in order. */
import type { StageConfiguration } from '../../model/configuration.js';
import type { TriedMove } from '../../planner/evidence/plan-result.js';
import { formatAttainment, formatUsd } from '../figures.js';
import { type Column, emphasisOf, formatLines, formatTable, type ReportStyle } from '../table.js';

const MOVE_COLUMNS: readonly Column[] = [
  { heading: 'round', align: 'right' },
  { heading: 'move', align: 'left' },
  { heading: 'stage', align: 'left' },
  { heading: 'from', align: 'left' },
  { heading: 'to', align: 'left' },
  { heading: '$/h', align: 'right' },
  { heading: 'outcome', align: 'left' },
  { heading: 'reason', align: 'left' },
];

/** One row per move: what it would change, what it would cost, and why it was kept or dropped. */
export function formatMoves(moves: readonly TriedMove[], style: ReportStyle): string {
  const { good } = emphasisOf(style);
  const rows = moves.map(({ round, move, stage, from, to, costUsdPerHour, outcome, reason, sloAttainment }) => [
    String(round),
    move,
    stage,
    choice(from),
    to === undefined ? '-' : choice(to),
    costUsdPerHour === undefined ? '-' : formatUsd(costUsdPerHour),
    outcome === 'kept' ? good(outcome) : outcome,
    sloAttainment === undefined ? reason : `${reason}: attainment ${formatAttainment(sloAttainment)}`,
  ]);
  const title = formatLines(['Moves tried (hardware:max batch:replicas)'], style);
  return title + formatTable({ columns: MOVE_COLUMNS, rows }, style);
}

/** A choice in the format of `simulate --stage`, without the stage's name. */
function choice({ hardware, maxBatchSize, replicas }: StageConfiguration): string {
  return `${hardware}:${maxBatchSize}:${replicas}`;
}
