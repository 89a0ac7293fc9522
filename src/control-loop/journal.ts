/**
 * What the tuner writes down before it acts, so that a new run continues where a killed one stopped: the state, the
 * decisions, and which of them the live system has confirmed.
 */
import type { Change, TunerState } from '../tuner/decision.js';

export const JOURNAL_VERSION = 1;

/**
 * - `start`: a run begins; `stages` gives the order of the lists in every state after it.
 * - `decision`, `hand`, `clock`: the state changed, by the tuner, by somebody else, or because the clock of the
 *   arrivals restarted.
 * - `refused`: the check of changes refused a removal; it may be proposed again 15 s later.
 * - `applied`: the live system confirmed the replicas of one stage.
 * - `progress`: every check up to `checkedMs` was made and changed nothing since the last record.
 * - `end`: the run ended in order, so the next one starts with what it finds.
 */
export type JournalRecord =
  | {
      readonly kind: 'start';
      readonly version: typeof JOURNAL_VERSION;
      readonly pipeline: string;
      readonly planSha256: string;
      readonly stages: readonly string[];
      readonly state: TunerState;
      readonly applied: readonly number[];
      readonly checkedMs: number | null;
      readonly zeroMs: number | null;
    }
  | { readonly kind: 'decision'; readonly decision: Change; readonly state: TunerState }
  | {
      readonly kind: 'hand' | 'clock';
      readonly checkedMs: number;
      readonly state: TunerState;
      readonly applied: readonly number[];
    }
  | { readonly kind: 'refused'; readonly checkedMs: number; readonly state: TunerState }
  | { readonly kind: 'applied'; readonly stage: string; readonly replicas: number; readonly activationMs: number }
  | { readonly kind: 'progress'; readonly checkedMs: number; readonly zeroMs: number }
  | { readonly kind: 'end' };

/** Where the records go: an append-only file, or a list in tests. */
export interface Journal {
  /** The record is on the disk when this returns. `first` gives the record that a journal begun anew begins with. */
  append(record: JournalRecord, first: () => JournalRecord): void;
}

/** Where a run continues. */
export interface ResumePoint {
  readonly pipeline: string;
  readonly planSha256: string;
  readonly stages: readonly string[];
  readonly state: TunerState;
  /** Per stage, the replicas that the live system last confirmed. */
  readonly applied: readonly number[];
  /** Checks up to here were made, on the clock of the arrivals; null when none was. */
  readonly checkedMs: number | null;
  /** Wall-clock time of that clock's zero, which tells a restarted clock from the old one; null when unknown. */
  readonly zeroMs: number | null;
}

/** The state that the records add up to; undefined without a `start`, and after an `end`. */
export function resumePoint(records: Iterable<JournalRecord>): ResumePoint | undefined {
  let point: ResumePoint | undefined;
  for (const record of records) {
    if (record.kind === 'start') point = record;
    else if (record.kind === 'end') point = undefined;
    else if (point !== undefined) point = after(point, record);
  }
  return point;
}

/** The resume point after one more record. */
export function after(point: ResumePoint, record: Exclude<JournalRecord, { kind: 'start' | 'end' }>): ResumePoint {
  switch (record.kind) {
    case 'decision':
      return { ...point, state: record.state, checkedMs: record.decision.atMs };
    case 'hand':
    case 'clock':
      return { ...point, state: record.state, applied: record.applied, checkedMs: record.checkedMs };
    case 'refused':
      return { ...point, state: record.state, checkedMs: record.checkedMs };
    case 'applied': {
      const s = point.stages.indexOf(record.stage);
      return { ...point, applied: point.applied.map((count, i) => (i === s ? record.replicas : count)) };
    }
    case 'progress':
      return { ...point, checkedMs: record.checkedMs, zeroMs: record.zeroMs };
  }
}
