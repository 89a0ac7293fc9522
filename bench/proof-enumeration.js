/** The exact search's cost against that of every cheaper configuration, and every bound it gave on its way, on small random problems. */
import { allowedMisses } from '../dist/model/slo.js';
import { exactSearch } from '../dist/planner/search/exact-search.js';
import { searchSpace } from '../dist/planner/space/search-space.js';
import { traceBounds } from '../dist/planner/space/trace-bounds.js';
import { randomStream } from '../dist/random.js';
import { kindOptions } from '../dist/verifier/options.js';
import { enteringItems, replayStage, trafficOf } from '../dist/verifier/stage-replay.js';
import { arrivalsUsOf } from './arrivals.js';
import { cheapestByEnumeration } from './full-enumeration.js';
import { smallInstance } from './small-instances.js';

const REPLAY = { trafficOf, kindOptions, enteringItems, replayStage, allowedMisses };

export const ENUMERATION_HEADER = [
  'stages',
  'problems',
  'some configuration holds',
  'stage replays of the enumeration',
  'counterexamples',
];

/** Problem number i: two, three and four stages in turn, CV 1, 2 and 4, 300 to 700 queries. */
export function compareWithEnumeration(i) {
  const stageCount = (i % 3) + 2;
  const instance = smallInstance({
    random: randomStream(i, 'proof grid', `${stageCount}`),
    drawArrivalsUs: arrivalsUsOf,
    stageCount,
    cv: [1, 2, 4][Math.floor(i / 3) % 3],
    queries: 300 + 100 * (i % 5),
  });
  const space = searchSpace(instance);
  const dearest = space.stages.reduce((sum, { options }) => {
    return sum + instance.maxReplicas * Math.max(...options.map(({ priceMicroUsd }) => priceMicroUsd));
  }, 0);
  const search = exactSearch({ bounds: traceBounds(instance, space), space, ceilingMicroUsd: dearest });
  let highest = 0;
  let step = search.next();
  for (; !step.done; step = search.next()) highest = Math.max(highest, step.value.lowerBoundMicroUsd);
  const { incumbent } = step.value;
  // The result itself must be found too: it costs one micro-dollar less than the limit.
  const { best, replays } = cheapestByEnumeration(instance, REPLAY, { below: incumbent && incumbent.costMicroUsd + 1 });
  const isRight =
    best?.costMicroUsd === incumbent?.costMicroUsd && (best === undefined || highest <= best.costMicroUsd);
  if (!isRight) process.stderr.write(`counterexample: problem ${i}\n`);
  return { stageCount, holds: best !== undefined, replays, isRight };
}

export function enumerationRows(outcomes) {
  const rowOf = (name, some) => [
    name,
    some.length,
    some.filter(({ holds }) => holds).length,
    some.reduce((sum, { replays }) => sum + replays, 0),
    some.filter(({ isRight }) => !isRight).length,
  ];
  const stageCounts = [...new Set(outcomes.map(({ stageCount }) => stageCount))].sort();
  const each = stageCounts.map((count) => {
    return rowOf(
      count,
      outcomes.filter(({ stageCount }) => stageCount === count),
    );
  });
  return [...each, rowOf('all', outcomes)];
}
