// @module-tag slow
import { expect, it } from 'vitest';
import type { Configuration } from '../../../src/model/configuration.js';
import type { TriedMove } from '../../../src/planner/evidence/plan-result.js';
import { runToEnd } from '../../../src/planner/run-to-end.js';
import { greedySearch } from '../../../src/planner/search/greedy-search.js';
import { Feasibility } from '../../../src/planner/space/feasibility.js';
import { searchSpace } from '../../../src/planner/space/search-space.js';
import { traceBounds } from '../../../src/planner/space/trace-bounds.js';
import { instances } from '../instances.js';
import { SingleMoves } from '../single-moves.js';

/** The kept moves after the initialisation, each with the configuration it was made in. */
function keptRounds(
  moves: readonly TriedMove[],
  stages: readonly string[],
): { current: Configuration; kept: TriedMove }[] {
  const at = new Map<string, Configuration[number]>();
  const rounds: { current: Configuration; kept: TriedMove }[] = [];
  for (const kept of moves.filter(({ outcome }) => outcome === 'kept')) {
    if (kept.round > 0) rounds.push({ current: stages.map((stage) => at.get(stage)!), kept });
    at.set(kept.stage, kept.to!);
  }
  return rounds;
}

it('law: every round keeps the cheapest move that holds, ties by tail latency, stage, kind of move; it ends when none holds', () => {
  const seen = { RemoveReplica: 0, DowngradeHW: 0, IncreaseBatch: 0 };
  for (const instance of instances(200, 120)) {
    const space = searchSpace(instance);
    const { holds, configuration, moves } = runToEnd(
      greedySearch(new Feasibility(traceBounds(instance, space), space)),
    );
    if (!holds) continue;
    const single = new SingleMoves(instance);
    const stages = instance.pipeline.stages.map(({ name }) => name);
    const rounds = keptRounds(moves, stages);
    for (const { current, kept } of rounds) {
      const { move, stage, to } = kept;
      expect({ current, move, stage, to }).toEqual({ current, ...single.best(current) });
      seen[move as keyof typeof seen]++;
    }
    expect(rounds.map(({ kept }) => kept.round)).toEqual(rounds.map((_, i) => i + 1));
    expect(single.holds(configuration)).toBe(true);
    expect(single.best(configuration)).toBeUndefined();
  }
  expect(Math.min(...Object.values(seen))).toBeGreaterThan(10);
});
