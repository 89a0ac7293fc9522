/**
 * What others took of the machine during a run. A neighbour on one of two cores multiplies a p99. Half a per cent of
 * stolen CPU comes with much slower caches and memory. So runs with more than a little of either do not count.
 */
import type { Disturbance, QuietLimits } from '../model/measured/disturbance.js';

/** Counters at one instant, in ms of one CPU; `ownMs` is that of the generator and the engine. */
export interface MachineCounters {
  readonly busyMs: number;
  readonly stolenMs: number;
  readonly ownMs: number;
}

/** A run with more than these does not count. */
export const QUIET_RUN: QuietLimits = { foreignCpus: 0.05, stolenCpus: 0.005 };

/** The run lasted `wallMs` between the two readings. Counters are coarse, so a small negative difference is none. */
export function disturbanceBetween(before: MachineCounters, after: MachineCounters, wallMs: number): Disturbance {
  const foreignMs = after.busyMs - before.busyMs - (after.ownMs - before.ownMs);
  return {
    foreignCpus: Math.max(0, foreignMs) / wallMs,
    stolenCpus: Math.max(0, after.stolenMs - before.stolenMs) / wallMs,
  };
}
