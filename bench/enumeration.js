/**
 * The greedy search against every configuration, on small random problems (small-instances.js): how often its plan is the
 * cheapest that holds, and what it costs when it is not. `cost` columns are plan ÷ optimum. Beside it, on how many the exact
 * search ends with the optimum, or with the proof that nothing holds.
 */
import { runToEnd } from '../dist/planner/run-to-end.js';
import { exactSearch } from '../dist/planner/search/exact-search.js';
import { greedySearch } from '../dist/planner/search/greedy-search.js';
import { Feasibility } from '../dist/planner/space/feasibility.js';
import { configurationMicroUsd } from '../dist/planner/space/pricing.js';
import { searchSpace } from '../dist/planner/space/search-space.js';
import { traceBounds } from '../dist/planner/space/trace-bounds.js';
import { randomStream } from '../dist/random.js';
import { arrivalsUsOf } from './arrivals.js';
import { printTable } from './measure.js';
import { configurationsByCost, smallInstance } from './small-instances.js';

const STAGE_COUNTS = [1, 2, 3];
const CVS = [1, 2, 4];

export function bench({ isQuick }) {
  const each = isQuick ? 3 : 60;
  const outcomes = STAGE_COUNTS.flatMap((stageCount) =>
    CVS.flatMap((cv) => Array.from({ length: each }, (_, i) => ({ stageCount, cv, ...compare(stageCount, cv, i) }))),
  );
  const rows = STAGE_COUNTS.flatMap((stageCount) =>
    CVS.map((cv) => {
      return summary(
        `${stageCount}, CV ${cv}`,
        outcomes.filter((o) => o.stageCount === stageCount && o.cv === cv),
      );
    }),
  );
  printTable(
    'greedy against every configuration',
    [
      'stages, traffic',
      'instances',
      'none holds',
      'greedy finds none',
      'optimal',
      'share',
      'mean cost',
      'max cost',
      'exact agrees',
    ],
    [...rows, summary('all', outcomes)],
  );
}

/** Cost of greedy's plan and of the optimum, where there are any. */
function compare(stageCount, cv, seed) {
  const random = randomStream(seed, 'enumeration', `${stageCount}`, `${cv}`);
  const instance = smallInstance({ random, drawArrivalsUs: arrivalsUsOf, stageCount, cv });
  const space = searchSpace(instance);
  const feasibility = new Feasibility(traceBounds(instance, space), space);
  const greedy = runToEnd(greedySearch(feasibility));
  const all = configurationsByCost(instance);
  const optimum = all.find(({ configuration }) => feasibility.judge(configuration).holds);
  return {
    exact: exactCost({ bounds: traceBounds(instance, space), space, ceilingMicroUsd: all.at(-1).costMicroUsd }),
    optimum: optimum?.costMicroUsd,
    greedy: greedy.holds ? configurationMicroUsd(space, greedy.configuration) : undefined,
  };
}

/** The proved cost, or undefined where the search proves that nothing holds. */
function exactCost(problem) {
  const search = exactSearch(problem);
  for (;;) {
    const { done, value } = search.next();
    if (done) return value.incumbent?.costMicroUsd;
  }
}

function summary(name, outcomes) {
  const solvable = outcomes.filter(({ optimum }) => optimum !== undefined);
  const ratios = solvable.flatMap(({ optimum, greedy }) => (greedy === undefined ? [] : [greedy / optimum]));
  const optimal = ratios.filter((ratio) => ratio === 1).length;
  return [
    name,
    outcomes.length,
    outcomes.length - solvable.length,
    solvable.length - ratios.length,
    optimal,
    `${((100 * optimal) / solvable.length).toFixed(0)} %`,
    (ratios.reduce((a, b) => a + b, 0) / ratios.length).toFixed(3),
    Math.max(...ratios).toFixed(2),
    outcomes.filter(({ optimum, exact }) => exact === optimum).length,
  ];
}
