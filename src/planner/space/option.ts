/** What a stage may run as: one option of its space. */
import type { StageConfiguration } from '../../model/configuration.js';
import type { ServiceTimes } from '../../simulation/service-times.js';

export interface StageOption {
  /** Names the option among those of its stage. */
  readonly key: string;
  readonly hardware: string;
  /** Price of one replica-hour. */
  readonly priceMicroUsd: number;
  /** Up to the largest profiled batch. */
  readonly service: ServiceTimes;
  /** The max batch sizes that a search may choose, ascending. */
  readonly batchSizes: readonly number[];
  /** The max batch size that a search starts at: 1, or the pinned one. */
  readonly startBatch: number;
}

export interface StageSpace {
  readonly stage: string;
  /**
   * By batch-1 service time, then price, then name. Hardware with an inventory of 0 is left out, unless nothing
   * remains.
   */
  readonly options: readonly StageOption[];
}

/** The key of the option that a stage's configuration stands for. */
export function optionKey({ hardware }: Pick<StageConfiguration, 'hardware'>): string {
  return hardware;
}

/** The option that a stage's configuration stands for. */
export function optionOf(stage: StageSpace, choice: Pick<StageConfiguration, 'hardware'>): StageOption {
  const key = optionKey(choice);
  return stage.options.find((option) => option.key === key)!;
}
