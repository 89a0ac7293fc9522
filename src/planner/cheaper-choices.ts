/** Why a plan is not cheaper: for each stage the next cheaper choices, the others as planned, and what is wrong with each. */
import type { Configuration, StageConfiguration } from '../model/configuration.js';
import { usdFromMicro } from '../units.js';
import type { Feasibility } from './feasibility.js';
import type { MoveKind, TriedMove } from './plan-result.js';
import { costOf, isWithinLimits, optionOf } from './search-space.js';

/**
 * One replica fewer, and on each cheaper kind of hardware the most replicas that still cost less. Each is judged at the batch
 * size with the fewest misses.
 */
export function cheaperChoices(feasibility: Feasibility, planned: Configuration): TriedMove[] {
  const { space } = feasibility;
  return planned.flatMap((from, s) => {
    const stage = space.stages[s]!;
    const { price } = optionOf(stage, from);
    const fewer: [MoveKind, StageConfiguration][] =
      from.replicas > 1 ? [['RemoveReplica', { ...from, replicas: from.replicas - 1 }]] : [];
    const elsewhere = stage.options
      .filter((option) => option.price < price)
      .map((option): [MoveKind, StageConfiguration] => {
        const most = Math.min(Math.ceil((from.replicas * price) / option.price) - 1, space.maxReplicas);
        return ['DowngradeHW', { ...from, hardware: option.hardware, replicas: most }];
      });
    return [...fewer, ...elsewhere].map(([move, to]) => {
      return {
        round: 1,
        move,
        stage: from.stage,
        from,
        outcome: 'dropped' as const,
        ...verdict(feasibility, planned, s, to),
      };
    });
  });
}

function verdict(
  feasibility: Feasibility,
  planned: Configuration,
  s: number,
  choice: StageConfiguration,
): { to: StageConfiguration; costUsdPerHour: number; reason: string } {
  const { space, bounds } = feasibility;
  const tried = optionOf(space.stages[s]!, choice).batchSizes.map((maxBatchSize) => {
    const to = { ...choice, maxBatchSize };
    const configuration = planned.with(s, to);
    const costUsdPerHour = usdFromMicro(costOf(space, configuration));
    if (!isWithinLimits(space, configuration)) return { to, costUsdPerHour, misses: 0, reason: 'over the inventory' };
    const judgement = feasibility.judge(configuration);
    const { misses } = judgement;
    if (judgement.holds) return { to, costUsdPerHour, misses, reason: 'holds on the trace' };
    if (judgement.reason === 'capacity') {
      return {
        to,
        costUsdPerHour,
        misses: Number.POSITIVE_INFINITY,
        reason: 'too little capacity, by the capacity bound',
      };
    }
    const at = space.stages[judgement.stage]!.stage;
    const reason = `more than ${bounds.allowedMisses} of ${bounds.queries} queries miss the objective by ${at}`;
    return { to, costUsdPerHour, misses, reason };
  });
  const { misses: _, ...best } = tried.reduce((a, b) => (b.misses < a.misses ? b : a));
  return best;
}
