/**
 * Where the tail's time goes: of the latency of the queries at or above the objective's percentile, the share that
 * passes at each stage on the way that made the query late. The way is walked backwards from the last completion, each
 * time to the parent that completed last. The shares sum to 1.
 */
import type { StageChoice } from '../../simulation/verdict/prefix.js';
import type { StagewiseSimulator } from '../../simulation/verdict/stagewise.js';

export function tailShares(
  simulator: StagewiseSimulator,
  choices: readonly StageChoice[],
  { percentile }: { percentile: number },
): number[] {
  const thresholdUs = simulator.latencies(choices).percentileUs(percentile);
  const endUs = simulator.endsOf(choices);
  const tail = simulator.arrivalsUs.reduce<number[]>((queries, arrival, q) => {
    if (endUs[q]! - arrival >= thresholdUs) queries.push(q);
    return queries;
  }, []);
  const place = new Int32Array(endUs.length).fill(-1);
  tail.forEach((q, i) => {
    place[q] = i;
  });
  const leftUs = choices.map((_, s) => {
    const column = new Float64Array(tail.length).fill(-1);
    const { instantUs, query, to } = simulator.leaving(s, choices);
    for (let row = 0; row < to; row++) if (place[query[row]!]! >= 0) column[place[query[row]!]!] = instantUs[row]!;
    return column;
  });

  const shareUs = choices.map(() => 0);
  tail.forEach((q, i) => {
    let untilUs = endUs[q]!;
    let stage = leftUs.findIndex((column) => column[i] === untilUs);
    while (stage >= 0) {
      const visited = simulator.routing.parents[stage]!.filter((p) => p >= 0 && leftUs[p]![i]! >= 0);
      const before = visited.length === 0 ? -1 : visited.reduce((a, b) => (leftUs[b]![i]! > leftUs[a]![i]! ? b : a));
      const sinceUs = before < 0 ? simulator.arrivalsUs[q]! : leftUs[before]![i]!;
      shareUs[stage]! += untilUs - sinceUs;
      untilUs = sinceUs;
      stage = before;
    }
  });
  const totalUs = shareUs.reduce((a, b) => a + b, 0);
  return shareUs.map((us) => (totalUs === 0 ? 0 : us / totalUs));
}
