/**
 * What replicas cost: the one place that is asked. Money is in whole micro-dollars per hour, so that costs compare
 * exactly.
 */
import type { Configuration } from '../../model/configuration.js';
import { optionOf, type StageOption, type StageSpace } from './option.js';

export interface Pricing {
  /** Cost of `replicas[s]` replicas of every stage s on `options[s]`. Never falls when a replica is added. */
  costMicroUsd(options: readonly StageOption[], replicas: readonly number[]): number;
}

/** Every replica at the price of its option. */
export const PER_REPLICA: Pricing = {
  costMicroUsd: (options, replicas) => {
    let sum = 0;
    for (let s = 0; s < options.length; s++) sum += replicasMicroUsd(options[s]!, replicas[s]!);
    return sum;
  },
};

/** Cost of some replicas of one stage, each at the price of the option. */
export function replicasMicroUsd({ priceMicroUsd }: StageOption, replicas: number): number {
  return priceMicroUsd * replicas;
}

/** Cost of a configuration, every replica at the price of its option. */
export function configurationMicroUsd(
  { stages }: { readonly stages: readonly StageSpace[] },
  configuration: Configuration,
): number {
  return configuration.reduce((sum, c, s) => sum + replicasMicroUsd(optionOf(stages[s]!, c), c.replicas), 0);
}
