/** What the plan would cost if a kind of hardware could not be had, or if a stage had to run on another. */
import type { Configuration } from '../../model/configuration.js';
import { rounded } from '../../model/plan/rounded.js';
import { usdFromMicro } from '../../units.js';
import type { WhatIf } from '../evidence/plan-result.js';
import type { TrafficPromise } from '../promise/promise.js';
import { searchPlan } from '../search/exact-plan.js';
import { HardwareVectors } from '../search/hardware-vectors.js';
import type { SearchState } from '../search/search-state.js';
import { Feasibility } from '../space/feasibility.js';
import { configurationMicroUsd } from '../space/pricing.js';
import type { SearchSpace } from '../space/search-space.js';
import { wholeRunsOf } from '../space/trace-bounds.js';

/** Simulations, on the trace and of fresh traffic, that one question is worth. */
const MAX_RUNS = 1500;

interface Question {
  readonly asked: Pick<WhatIf, 'hardware' | 'stage'>;
  readonly space: SearchSpace;
}

/**
 * Each answer is proved, or has a certified bound where the simulations for one question run out. Questions share their
 * simulations. A caller that answers `true` leaves the questions that remain without an answer.
 * @param floor nothing that holds on the trace costs less, in whole micro-dollars per hour
 */
export function* whatIfs(
  { bounds, space }: Feasibility,
  given: {
    readonly planned: Configuration;
    readonly promise: TrafficPromise | undefined;
    readonly floorMicroUsd: number;
  },
): Generator<SearchState, WhatIf[], boolean | undefined> {
  const { planned, promise, floorMicroUsd } = given;
  const answers: WhatIf[] = [];
  let isStopped = false;
  for (const { asked, space: narrowed } of questions(space, planned)) {
    if (isStopped) {
      answers.push({ ...asked, isProved: false, reason: 'not looked at in the time given' });
      continue;
    }
    if (new HardwareVectors(bounds, narrowed).leastMicroUsd() === Number.POSITIVE_INFINITY) {
      answers.push({ ...asked, isProved: true, reason: 'nothing holds' });
      continue;
    }
    const runs = () => wholeRunsOf(bounds) + (promise?.simulations ?? 0);
    const last = runs() + MAX_RUNS;
    const search = searchPlan(new Feasibility(bounds, narrowed), promise, { floorMicroUsd });
    let step = search.next();
    while (!step.done) {
      isStopped ||= (yield step.value) === true;
      step = search.next(isStopped || runs() > last);
    }
    const { holds, configuration, certified, state } = step.value;
    const lowerBoundMicroUsd = Math.max(
      floorMicroUsd,
      certified?.lowerBoundMicroUsd ?? state?.lowerBoundMicroUsd ?? floorMicroUsd,
    );
    if (!holds) {
      const bound = { lowerBoundUsdPerHour: usdFromMicro(lowerBoundMicroUsd) };
      answers.push({ ...asked, isProved: false, ...bound, reason: 'no plan found' });
      continue;
    }
    const costMicroUsd = configurationMicroUsd(narrowed, configuration);
    const bound = Math.min(lowerBoundMicroUsd, costMicroUsd);
    answers.push({
      ...asked,
      isProved: bound === costMicroUsd,
      lowerBoundUsdPerHour: usdFromMicro(bound),
      gapRatio: rounded((costMicroUsd - bound) / costMicroUsd),
      costUsdPerHour: usdFromMicro(costMicroUsd),
      stages: configuration,
    });
  }
  return answers;
}

/** The plan's hardware left out, kind by kind; then every stage on each other kind it is profiled on. */
function questions(space: SearchSpace, planned: Configuration): Question[] {
  const inUse = [...new Set(planned.map(({ hardware }) => hardware))].sort();
  const narrow = (keeps: (stage: string, hardware: string) => boolean): SearchSpace => ({
    ...space,
    stages: space.stages.map(({ stage, options }) => {
      return { stage, options: options.filter(({ hardware }) => keeps(stage, hardware)) };
    }),
  });
  const without = inUse.map((hardware) => ({ asked: { hardware }, space: narrow((_, kind) => kind !== hardware) }));
  const fixed = space.stages.flatMap(({ stage, options }, s) =>
    options
      .filter(({ hardware }) => hardware !== planned[s]!.hardware)
      .map(({ hardware }) => {
        return { asked: { stage, hardware }, space: narrow((name, kind) => name !== stage || kind === hardware) };
      }),
  );
  return [...without, ...fixed];
}
