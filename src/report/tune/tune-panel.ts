/**
 * The tuner's panel, for a terminal of any size. The most urgent comes first; what does not fit is cut from the end.
 */
import type { LoopStatus, StageStatus, WindowStatus } from '../../control-loop/loop-watch.js';
import type { Trouble } from '../../control-loop/trouble.js';
import { formatDuration } from '../../model/notation/quantity.js';
import type { Change, HoldReason } from '../../tuner/decision.js';
import { msFromS, sFromMs } from '../../units.js';
import { formatNumber, formatUsd } from '../figures.js';
import { emphasisOf } from '../table.js';
import { boundText, limitsText } from './limit-report.js';
import type { PanelLabels } from './panel-labels.js';
import { formatChanges } from './replay-report.js';

/** More of them leave no room for the stages. */
const MOST_TROUBLES = 3;
const PERCENT = 100;
const FULL_WIDTH = 72;

export interface PanelSize {
  readonly columns: number;
  readonly rows: number;
}

/**
 * At most `rows` lines of at most `columns` characters, without a newline at the end. Colour adds no characters that
 * show.
 */
export function formatPanel(
  status: LoopStatus,
  labels: PanelLabels,
  { columns, rows }: PanelSize,
  color: boolean,
): string {
  const head = headLines(status, labels, columns);
  const troubles = status.troubles.slice(0, MOST_TROUBLES).map(troubleLine);
  const notes = [...troubles, ...labels.notes];
  const budget = Math.max(0, rows - head.length);
  const stages = [...stageLines(status, columns), ...status.bound.map(boundText)];
  const fixed = Math.min(stages.length + 1, budget);
  const noted = notes.slice(0, Math.max(troubles.length, Math.min(notes.length, budget - fixed - 3)));
  const rest = Math.max(0, budget - fixed - noted.length);
  // Decisions get half of the remaining lines, windows the rest.
  const listed = decisionLines(status, Math.max(0, Math.floor(rest / 2) - 2));
  const windows = windowLines(status.windows, columns, rest - (listed.length === 0 ? 0 : listed.length + 2) - 2);
  const blocks = [noted, stages.slice(0, budget), windows, listed.length === 0 ? [] : ['decisions', ...listed]].filter(
    (lines) => lines.length > 0,
  );
  const spaced = [...head, ...blocks.flatMap((block, i) => (i === 0 && block === noted ? block : ['', ...block]))];
  const lines = spaced.length > rows ? spaced.filter((line) => line !== '') : spaced;
  const { good, bad, strong } = emphasisOf({ terminal: true, color });
  const urgent = new Set(noted);
  return lines
    .slice(0, rows)
    .map((line, i) => {
      const cut = cutTo(line, columns);
      if (i === 0) return strong(cut);
      if (i === 1) return isCalm(status) ? good(cut) : bad(cut);
      return urgent.has(line) ? bad(cut) : cut;
    })
    .join('\n');
}

function troubleLine({ what, problem, forMs }: Trouble): string {
  const since = formatDuration(wholeSeconds(forMs));
  return `${what} failing for ${since}: ${problem.replace(/^https?:\/\//, '')}`;
}

function headLines(status: LoopStatus, { target, arrivals }: PanelLabels, columns: number): string[] {
  const { pipeline, isApplying, upMs, dataAgeMs } = status;
  const age = dataAgeMs === undefined ? 'none yet' : `${formatDuration(roundedMs(dataAgeMs))} old`;
  return [
    between(
      `infer-plan tune  ${pipeline}`,
      `${isApplying ? 'applying' : 'DRY RUN'}  up ${formatDuration(wholeSeconds(upMs))}`,
      columns,
    ),
    stateOf(status),
    between(`replicas ${target}`, `arrivals ${arrivals}, ${age}`, columns),
    `limits ${limitsText(status.limits)}`,
  ];
}

/** What a panel shows until the live system first answers. `forMs`: since the tuner began. */
export function formatWaiting(
  { pipeline, forMs, problem }: { pipeline: string; forMs: number; problem: string | undefined },
  { target }: PanelLabels,
  { columns, rows }: PanelSize,
  color: boolean,
): string {
  const { bad, strong } = emphasisOf({ terminal: true, color });
  const up = `up ${formatDuration(wholeSeconds(forMs))}`;
  const lines = [
    strong(cutTo(between(`infer-plan tune  ${pipeline}`, up, columns), columns)),
    cutTo(`CONNECTING: ${target} has not answered yet`, columns),
    ...(problem === undefined ? [] : [bad(cutTo(problem, columns))]),
  ];
  return lines.slice(0, rows).join('\n');
}

const HOLDING: Readonly<Record<HoldReason, string>> = {
  'as needed': 'HOLDING: replicas are as the traffic needs',
  'no data': 'NO DATA: no replica is changed',
  'just changed': 'SETTLING: a change is less than 15 s old',
  'data too young': 'WATCHING: arrivals are known for less than 30 s, no replica is removed yet',
  'replicas unknown': 'WATCHING: replicas could not be read last, no replica is removed',
  limited: 'LIMITED: the traffic asks for more than the limits allow',
  refused: 'KEEPING: with fewer replicas, the last minute would miss the SLO',
};

function stateOf(status: LoopStatus): string {
  const { dataAgeMs, overdueMs, decision, stages, isApplying } = status;
  if (dataAgeMs === undefined || decision === undefined) return 'STARTING: no arrivals yet';
  if (overdueMs !== undefined) return `NO DATA for ${formatDuration(roundedMs(overdueMs))}: no replica is changed`;
  const changing = stages.filter(({ askedForMs }) => askedForMs !== undefined);
  if (changing.length > 0 && isApplying) return `SCALING: ${changing.map(changeUnderWay).join(', ')}`;
  if (decision.kind !== 'hold') return `${decision.kind.toUpperCase()}: ${formatChanges(decision.changes)}`;
  const limits = decision.changes === undefined ? '' : `: ${formatChanges(decision.changes)}`;
  return `${HOLDING[decision.reason]}${limits}`;
}

function isCalm({ dataAgeMs, overdueMs, decision, troubles }: LoopStatus): boolean {
  if (troubles.length > 0) return false;
  if (dataAgeMs === undefined || overdueMs !== undefined || decision === undefined) return false;
  return decision.kind !== 'hold' || (decision.reason !== 'limited' && decision.reason !== 'no data');
}

function changeUnderWay({ stage, ready, wanted, askedForMs, activationMs }: StageStatus): string {
  const last =
    activationMs === undefined || wanted < ready ? '' : `, took ${formatDuration(roundedMs(activationMs))} last time`;
  return `${stage} ${ready} -> ${wanted} (for ${formatDuration(roundedMs(askedForMs!))}${last})`;
}

function stageLines({ stages, costUsdPerHour, plannedUsdPerHour, costUsd }: LoopStatus, columns: number): string[] {
  const isFull = columns >= FULL_WIDTH;
  const width = Math.min(
    Math.max(5, ...stages.map(({ stage }) => stage.length)),
    isFull ? 28 : Math.max(5, columns - 26),
  );
  const row = (stage: string, planned: string, wanted: string, ready: string, cost: string, note: string) => {
    const cells = [stage.slice(0, width).padEnd(width), planned.padStart(7), wanted.padStart(6), ready.padStart(5)];
    return `${cells.join(' ')}${isFull ? ` ${cost.padStart(9)}` : ''} ${note}`.trimEnd();
  };
  const rows = stages.map(({ stage, planned, wanted, ready, costUsdPerHour: usd, handLeftMs, problem, askedForMs }) => {
    const hand = handLeftMs === undefined ? '' : ` by hand, for ${formatDuration(wholeSeconds(handLeftMs))} more`;
    const note = problem !== undefined ? ' failing' : hand !== '' ? hand : askedForMs === undefined ? '' : ' changing';
    return row(stage, String(planned), String(wanted), String(ready), formatUsd(usd), note);
  });
  const sum = (count: (stage: StageStatus) => number) => String(stages.reduce((all, stage) => all + count(stage), 0));
  const total = row(
    'total',
    sum(({ planned }) => planned),
    sum(({ wanted }) => wanted),
    sum(({ ready }) => ready),
    formatUsd(costUsdPerHour),
    ` plan ${formatUsd(plannedUsdPerHour)}, so far $${formatUsd(costUsd)}`,
  );
  return [row('stage', 'planned', 'wanted', 'ready', '$/h', ''), ...rows, total];
}

/** As many widths as fit, spread over all of them, always with the one nearest to its plan. */
function windowLines(windows: readonly WindowStatus[], columns: number, most: number): string[] {
  if (most < 1) return [];
  const share = ({ lookBackQps, plannedQps }: WindowStatus) => (plannedQps === 0 ? 0 : lookBackQps / plannedQps);
  const nearest = windows.reduce((best, window, w) => (share(window) > share(windows[best]!) ? w : best), 0);
  const step = windows.length / Math.min(most, windows.length);
  const chosen = new Set(Array.from({ length: Math.min(most, windows.length) }, (_, i) => Math.floor(i * step)));
  if (!chosen.has(nearest)) {
    chosen.delete([...chosen].reduce((a, b) => (Math.abs(b - nearest) < Math.abs(a - nearest) ? b : a)));
    chosen.add(nearest);
  }
  const isFull = columns >= FULL_WIDTH;
  const cell = (text: string) => text.padStart(10);
  const heading = `${cell('window')}${cell('now /s')}${cell('2m /s')}${cell('plan /s')}`;
  return [
    isFull ? heading : heading.trimEnd(),
    ...[...chosen]
      .sort((a, b) => a - b)
      .map((w) => {
        const { windowMs, liveQps, lookBackQps, plannedQps } = windows[w]!;
        const cells = [shortWidth(windowMs), ...[liveQps, lookBackQps, plannedQps].map(formatNumber)]
          .map(cell)
          .join('');
        return isFull ? `${cells}  ${gauge(share(windows[w]!), Math.min(40, columns - 52))}` : cells;
      }),
  ];
}

/** A bar that is full at the plan, with the percentage. */
function gauge(share: number, width: number): string {
  const filled = Math.min(width, Math.round(share * width));
  return `${'█'.repeat(filled)}${'░'.repeat(width - filled)} ${String(Math.round(share * PERCENT)).padStart(4)} %`;
}

function decisionLines({ decisions, checkedMs }: LoopStatus, most: number): string[] {
  return decisions
    .slice(-Math.max(1, most))
    .reverse()
    .slice(0, most)
    .map((decision) => {
      const ageMs = (checkedMs ?? decision.atMs) - decision.atMs;
      return `${formatDuration(wholeSeconds(ageMs)).padStart(8)} ago  ${formatDecision(decision)}`;
    });
}

/** `up, beyond the envelope: 591ms at 319.96/s > 213.31/s: translate 2 -> 3`. */
export function formatDecision({ kind, reason, window, changes }: Change): string {
  const planned = window.plannedQps === undefined ? '' : ` (plan ${formatNumber(window.plannedQps)}/s)`;
  const cause = `${shortWidth(window.windowMs)} at ${formatNumber(window.rateQps)}/s${planned}`;
  return `${kind}, ${reason}: ${formatChanges(changes)}; ${cause}`;
}

function between(left: string, right: string, columns: number): string {
  const gap = columns - left.length - right.length;
  return gap >= 2 ? `${left}${' '.repeat(gap)}${right}` : `${left}  ${right}`;
}

function cutTo(line: string, columns: number): string {
  return line.length <= columns ? line : `${line.slice(0, Math.max(0, columns - 1))}…`;
}

function wholeSeconds(ms: number): number {
  return msFromS(Math.floor(sFromMs(ms)));
}

/** A width to three digits. */
function shortWidth(windowMs: number): string {
  return formatDuration(Number(windowMs.toPrecision(3)));
}

function roundedMs(ms: number): number {
  return Math.round(ms / 100) * 100;
}
