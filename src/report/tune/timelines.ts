/** Replicas over time as one line per stage, for a terminal. */
import type { ReplicaTimeline } from '../../replay/outcome.js';
import { chartWidth, drawLine } from '../sparkline.js';
import { lineWidth, type ReportStyle } from '../table.js';

/** Room for a range of replicas behind its line. */
const RANGE_WIDTH = 16;

/** One line per stage, scaled from 0 to its own largest number. */
export function formatTimelines(timelines: readonly ReplicaTimeline[], spanMs: number, style: ReportStyle): string {
  const width = Math.max(...timelines.map(({ stage }) => stage.length));
  const columns = Math.max(1, Math.min(chartWidth(style), lineWidth(style) - width - RANGE_WIDTH));
  const lines = timelines.map(({ stage, replicas }) => {
    const values = mostPerColumn(replicas, spanMs, columns);
    const least = Math.min(...replicas.map((piece) => piece.replicas));
    const most = Math.max(...replicas.map((piece) => piece.replicas));
    return `${stage.padEnd(width)}  ${drawLine(values)}  ${least === most ? most : `${least} to ${most}`}\n`;
  });
  return lines.join('');
}

/** The largest number of replicas in each column of the picture. */
function mostPerColumn(timeline: ReplicaTimeline['replicas'], spanMs: number, columns: number): number[] {
  const most = new Array<number>(columns).fill(0);
  timeline.forEach(({ atMs, replicas }, i) => {
    const endMs = timeline[i + 1]?.atMs ?? spanMs;
    const columnOf = (ms: number) => Math.min(columns - 1, Math.floor((ms / spanMs) * columns));
    for (let column = columnOf(atMs); column <= columnOf(endMs); column++) {
      most[column] = Math.max(most[column]!, replicas);
    }
  });
  return most;
}
