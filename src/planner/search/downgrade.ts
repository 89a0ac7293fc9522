/**
 * DowngradeHW (InferLine §4.3, Algorithm 2): the other stages stay; one stage starts over on cheaper hardware at batch
 * size 1, gains replicas until the objective holds, and is then made as cheap as single moves of its own make it.
 */
import type { Configuration, StageConfiguration } from '../../model/configuration.js';
import type { Feasibility } from '../space/feasibility.js';
import { optionOf } from '../space/option.js';
import { configurationMicroUsd } from '../space/pricing.js';
import { doubledBatch, isWithinLimits, usdPerHour } from '../space/search-space.js';

/** Where the stage settled, or where it stood when `reason` ended the attempt. */
export interface Settled {
  readonly at: StageConfiguration;
  readonly reason?: string;
}

/** One stage on other hardware, the other stages as they are. */
export interface Downgrade {
  readonly current: Configuration;
  readonly stage: number;
  readonly hardware: string;
}

/** The fewest replicas that the capacity bound leaves a downgrade, at its largest batch size. */
export function cheapestOf(feasibility: Feasibility, { current, stage, hardware }: Downgrade): StageConfiguration {
  const { space } = feasibility;
  const from = { ...current[stage]!, hardware };
  const { maxBatchSize } = optionOf(space.stages[stage]!, from).service;
  return { ...from, maxBatchSize, replicas: feasibility.leastReplicas(stage, { ...from, maxBatchSize }) };
}

/** @param costLimit whole micro-dollars per hour of the whole configuration; a dearer result is of no use */
export function settleOn(feasibility: Feasibility, move: Downgrade & { readonly limitMicroUsd: number }): Settled {
  const { current, stage, hardware, limitMicroUsd } = move;
  const { space } = feasibility;
  const at = (maxBatchSize: number, replicas: number): StageConfiguration => {
    return { ...current[stage]!, hardware, maxBatchSize, replicas };
  };
  const holds = (to: StageConfiguration): boolean => {
    const configuration = current.with(stage, to);
    return isWithinLimits(space, configuration) && feasibility.judge(configuration).holds;
  };

  const cheapest = cheapestOf(feasibility, move);
  if (cheapest.replicas === Number.POSITIVE_INFINITY) return { at: at(1, 1), reason: 'no batch is fast enough there' };
  if (configurationMicroUsd(space, current.with(stage, cheapest)) > limitMicroUsd) {
    const { priceMicroUsd } = optionOf(space.stages[stage]!, cheapest);
    const reason = `${cheapest.replicas} replicas at ${usdPerHour(priceMicroUsd)} or more are needed, which saves less than the best move`;
    return { at: cheapest, reason };
  }

  const unqueuedAt = feasibility.replicasWithoutQueueing(stage, current.with(stage, at(1, 1)))!;
  const enough = Math.max(space.minReplicas[stage]!, unqueuedAt);
  const unqueued = feasibility.judge(current.with(stage, at(1, enough)));
  if (!unqueued.holds && unqueued.stage === stage) {
    // At batch size 1 nothing leaves the stage earlier than when nothing queues, and that is already too late.
    return { at: at(1, enough), reason: 'batches of one are too slow there even without a queue' };
  }
  let settled = at(1, feasibility.leastReplicas(stage, at(1, 1)));
  while (!holds(settled)) {
    if (settled.replicas >= enough || !isWithinLimits(space, current.with(stage, settled))) {
      return { at: settled, reason: 'no number of replicas holds at batch size 1' };
    }
    settled = at(1, settled.replicas + 1);
  }
  for (;;) {
    const fewer = at(settled.maxBatchSize, settled.replicas - 1);
    const doubled = doubledBatch(space.stages[stage]!, settled);
    const larger = doubled === undefined ? undefined : at(doubled, settled.replicas);
    if (fewer.replicas >= 1 && holds(fewer)) settled = fewer;
    else if (larger !== undefined && holds(larger)) settled = larger;
    else return { at: settled };
  }
}
