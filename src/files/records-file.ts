/**
 * `simulate --records`: one CSV row per query. Rows are written while the simulation runs, so memory stays flat.
 */
import { msFromUs } from '../units.js';
import type { LineFile } from './system/line-file.js';

const HEADER = 'query,arrival_ms,latency_ms\n';

/** Queries [from, to), counted from 0; their columns are indexed by `query & mask`. */
export interface QueryColumns {
  readonly from: number;
  readonly to: number;
  readonly mask: number;
  readonly arrivalUs: Float64Array;
  readonly endUs: Float64Array;
}

export interface RecordsFile extends Omit<LineFile, 'add'> {
  add(queries: QueryColumns): void;
}

/** Rows of queries, written to `lines` as they come. */
export function recordsFile(lines: LineFile): RecordsFile {
  lines.add(HEADER);
  return {
    add({ from, to, mask, arrivalUs, endUs }) {
      for (let query = from; query < to; query++) {
        const row = query & mask;
        const arrival = arrivalUs[row]!;
        lines.add(`${query},${msFromUs(arrival)},${msFromUs(endUs[row]! - arrival)}\n`);
      }
    },
    finish: lines.finish,
    discard: lines.discard,
  };
}
