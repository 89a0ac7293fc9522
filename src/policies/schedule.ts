/** A policy whose changes are known beforehand: what somebody who knows the trace would do. */
import { msFromUs, usFromMs } from '../units.js';
import type { Policy } from './policy.js';

/** Replicas of every stage from an instant on. */
export interface ReplicaChange {
  readonly atUs: number;
  readonly replicas: readonly number[];
}

/** Replicas of every stage over a trace. */
export interface Schedule {
  readonly start: readonly number[];
  /** Ascending. */
  readonly changes: readonly ReplicaChange[];
}

/** The schedule, changed at the first tick at or after each change. */
export function schedulePolicy(
  name: string,
  { start, changes }: Schedule,
  { intervalMs }: { intervalMs: number },
): Policy<number> {
  return {
    name,
    tickMs: intervalMs,
    firstTickMs: intervalMs,
    sees: 'arrivals',
    start: () => 0,
    decide({ state: made, nowMs }) {
      const nowUs = usFromMs(nowMs);
      let next = made;
      while (next < changes.length && changes[next]!.atUs <= nowUs) next++;
      const due = changes[next];
      return {
        replicas: changes[next - 1]?.replicas ?? start,
        reasons: [],
        state: next,
        restsUntilMs: due === undefined ? Number.POSITIVE_INFINITY : msFromUs(due.atUs),
      };
    },
  };
}
