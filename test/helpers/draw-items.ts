/**
 * The rule of routing, taken literally, one query and one item at a time: which edges are taken, and what they send.
 * Keyed by (edge, query, item); whatever the query takes as a whole is drawn as its item 0.
 */
import { ENTRY, type FanOut, type ParentEdge, type Pipeline } from '../../src/model/pipeline.js';
import { keyedUniform, streamKey } from '../../src/random.js';

/** Items of one query at each stage. */
export function drawItems({ stages }: Pipeline, seed: number, query: number): number[] {
  const items = new Map([[ENTRY, 1]]);
  return stages.map(({ name, parents }) => {
    const sent = parents.map((edge) => {
      const present = items.get(edge.from)!;
      const takers = edge.per === 'item' ? present : Math.min(present, 1);
      let sum = 0;
      for (let item = 0; item < takers; item++) {
        const at = query + item * 2 ** 32;
        if (isTaken(edge, name, { stages, seed, at })) {
          sum += drawn(edge.fanOut, keyedUniform(streamKey(seed, 'fan-out', edge.from, name), at));
        }
      }
      return sum;
    });
    const count = Math.max(...sent);
    items.set(name, count);
    return count;
  });
}

function isTaken(
  { from, group, probability }: ParentEdge,
  name: string,
  { stages, seed, at }: { stages: Pipeline['stages']; seed: number; at: number },
): boolean {
  if (probability === 1) return true;
  if (group === undefined) return keyedUniform(streamKey(seed, 'routing', 'edge', from, name), at) < probability;
  // One uniform for the whole group; its edges take neighbouring intervals of it, in the order of the stages.
  let upTo = keyedUniform(streamKey(seed, 'routing', 'group', from, group), at);
  for (const stage of stages) {
    for (const edge of stage.parents) {
      if (edge.from !== from || edge.group !== group) continue;
      if (stage.name === name) return upTo >= 0 && upTo < probability;
      upTo -= edge.probability;
    }
  }
  return false;
}

function drawn(fanOut: FanOut, u: number): number {
  if (typeof fanOut === 'number') return fanOut;
  let rest = u;
  for (const { items, share } of fanOut) {
    if (rest < share) return items;
    rest -= share;
  }
  return fanOut.at(-1)!.items;
}
