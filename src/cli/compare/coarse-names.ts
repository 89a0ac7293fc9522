/** Coarse-grained plans by the names that `--plans` takes. */
import type { CoarseReading } from '../../planner/coarse/coarse-plan.js';

const READINGS: Readonly<Record<string, CoarseReading>> = {
  'cg-mean': { rate: 'mean', hardware: 'fastest', leavesRoom: false },
  'cg-peak': { rate: 'peak', hardware: 'fastest', leavesRoom: false },
  'cg-mean-cheapest': { rate: 'mean', hardware: 'cheapest', leavesRoom: false },
  'cg-peak-cheapest': { rate: 'peak', hardware: 'cheapest', leavesRoom: false },
};

export const COARSE_NAMES = Object.keys(READINGS);

export function coarseReading(name: string): CoarseReading | undefined {
  return Object.hasOwn(READINGS, name) ? READINGS[name] : undefined;
}
