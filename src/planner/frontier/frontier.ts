/**
 * Cost against objective, computed together (docs/algorithms.md, "Frontier").
 *
 * A configuration that holds an objective on the trace holds every looser one there. So the least cost on the trace
 * never rises with the objective: what a looser one is proved to need at least, a tighter one needs as well; what holds
 * a tighter one is known to hold for a looser one. The two ends come first, then the middle of what is left, again and
 * again: where both neighbours cost the same, nothing is left to search. Simulations are shared among all objectives
 * (shared-runs.ts).
 *
 * With the promise this is so of bounds but not of plans: fewer misses on each draw may spread wider, so a plan that
 * keeps the promise for a tighter objective is asked again for a looser one.
 */
import { traceSteadiness } from '../../envelope/steadiness.js';
import { InputError } from '../../errors.js';
import type { OutOfSampleTest } from '../../model/plan/out-of-sample-test.js';
import { SharedRuns } from '../../simulation/verdict/shared-runs.js';
import type { Incumbent } from '../search/bucket-search.js';
import { type PlanningInput, searchSpace } from '../space/search-space.js';
import type { Frontier, FrontierPoint, FrontierState } from './frontier-result.js';
import { PointSearch } from './point-search.js';

/** Simulations that a turn may take before others have theirs; each round it is this many times as many. */
const TURN = 500;
const TURN_GROWTH = 4;
const SHARED_BYTES = 256 * 1024 * 1024;

/**
 * Searches in small steps, for objectives in rising order. A caller that answers `true` ends the search there: every
 * point then has the best plan and the best bound that its own search or another's has found.
 * @throws InputError when the trace is empty
 */
export function* frontierInSteps(
  input: PlanningInput,
  { latenciesMs, validation }: { latenciesMs: readonly number[]; validation: OutOfSampleTest | undefined },
): Generator<FrontierState, Frontier, boolean | undefined> {
  const queries = input.trace.arrivalsUs.length;
  if (queries === 0) throw new InputError('TRACE_EMPTY', 'trace = no arrivals, must hold at least one');
  const shared = new SharedRuns({ ...input, queries, cacheBytes: SHARED_BYTES });
  const common = { input, space: searchSpace(input), shared, validation };
  const points = latenciesMs.map((latencyMs) => new PointSearch({ ...input.slo, latencyMs }, common));
  let isStopped = false;
  for (let most = TURN; points.some(({ isSettled }) => !isSettled) && !isStopped; most *= TURN_GROWTH) {
    for (const index of endsThenMiddles(points.length)) {
      if (isStopped || points[index]!.isSettled) continue;
      isStopped = yield* takeTurn(points, index, most);
    }
  }
  const simulations = points.reduce((sum, point) => sum + point.simulations, 0);
  points.forEach((_, index) => {
    shareBounds(points, index);
    const plan = points
      .slice(0, index)
      .map((point) => point.plan)
      .reduce(least, undefined);
    if (plan !== undefined) points[index]!.adopt(plan);
  });
  const results: FrontierPoint[] = [];
  for (const point of points) {
    results.push(point.result({ isTested: !isStopped }));
    isStopped ||= (yield { ...settledOf(points), latencyMs: point.slo.latencyMs, gapRatio: 0 }) === true;
  }
  const steadiness = traceSteadiness(input.trace);
  return { points: results, ...(steadiness === undefined ? {} : { steadiness }), simulations };
}

/** Lets one point search for a while; returns whether the caller has ended everything. */
function* takeTurn(
  points: readonly PointSearch[],
  index: number,
  most: number,
): Generator<FrontierState, boolean, boolean | undefined> {
  const point = points[index]!;
  shareBounds(points, index);
  if (point.floorMicroUsd === Number.POSITIVE_INFINITY) {
    point.isSettled = true;
    return false;
  }
  const known = points
    .slice(0, index)
    .map(({ state, plan }) => state?.onTrace ?? plan)
    .reduce(least, undefined);
  const turn = point.turn({ floorMicroUsd: point.floorMicroUsd, known });
  const last = point.simulations + most;
  let isStopped = false;
  for (let step = turn.next(); !step.done; ) {
    const { incumbent } = step.value;
    isStopped ||=
      (yield {
        ...settledOf(points),
        latencyMs: point.slo.latencyMs,
        gapRatio: incumbent && Math.max(0, 1 - point.lowerBoundMicroUsd / incumbent.costMicroUsd),
      }) === true;
    if (isStopped) step = turn.next('stop');
    else step = turn.next(point.simulations > last ? 'rest' : undefined);
  }
  return isStopped;
}

function settledOf(points: readonly PointSearch[]) {
  return { settled: points.filter(({ isSettled }) => isSettled).length, points: points.length };
}

/** What holds on the trace for no looser objective holds for none as tight. */
function shareBounds(points: readonly PointSearch[], index: number): void {
  const point = points[index]!;
  for (const looser of points.slice(index + 1))
    point.floorMicroUsd = Math.max(point.floorMicroUsd, looser.floorMicroUsd);
}

function least(a: Incumbent | undefined, b: Incumbent | undefined): Incumbent | undefined {
  return a === undefined || (b !== undefined && b.costMicroUsd < a.costMicroUsd) ? b : a;
}

/**
 * The last, the first, then the middle of every stretch between two that have been named: 8 0 4 2 6 1 3 5 7 of nine.
 */
export function endsThenMiddles(count: number): number[] {
  const order = count > 1 ? [count - 1, 0] : [0];
  let stretches: [number, number][] = [[0, count - 1]];
  while (stretches.length > 0) {
    stretches = stretches.flatMap(([from, to]): [number, number][] => {
      if (to - from < 2) return [];
      const middle = (from + to) >> 1;
      order.push(middle);
      return [
        [from, middle],
        [middle, to],
      ];
    });
  }
  return order;
}
