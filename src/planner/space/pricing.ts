/** What a number of replicas of each stage costs. */
import type { HardwareOption } from './search-space.js';

export interface Pricing {
  /**
   * Whole micro-dollars per hour of `replicas[s]` replicas of every stage s on the hardware `options[s]`. Never falls when a replica
   * is added.
   */
  costOf(options: readonly HardwareOption[], replicas: readonly number[]): number;
}

/** Every replica at the price of its hardware. */
export const PER_REPLICA: Pricing = {
  costOf: (options, replicas) => options.reduce((sum, { price }, s) => sum + price * replicas[s]!, 0),
};
