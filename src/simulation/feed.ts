/** Brings the queries that leave a stage's parents into its queue. */

import type { ItemRows, Leaving } from './item-rows.js';
import type { Routing } from './routing.js';

/**
 * Enters every query that visits the stage once all the parents it visits have completed it, in (instant, query) order:
 * the parents' lists are merged, and a query enters with the last of its rows.
 * @param waitingFor how many of its parents each query (`query & routing.mask`) still waits for; null with one parent
 */
export function feed(
  queue: ItemRows,
  stage: number,
  { parents, routing, waitingFor }: { parents: readonly Leaving[]; routing: Routing; waitingFor: Uint16Array | null },
): void {
  if (waitingFor === null) enter(queue, stage, parents[0]!, routing);
  else feedFromSeveral(queue, stage, { parents, routing, waitingFor });
}

/** Enters the rows whose query visits the stage. */
function enter(queue: ItemRows, stage: number, rows: Leaving, routing: Routing): void {
  const { isPlain, isSingle, items, mask } = routing;
  if (isPlain[stage]) queue.enterPlain(rows);
  else if (isSingle[stage]) queue.enterVisiting(rows, items[stage]!, mask);
  else queue.enterItems(rows, items[stage]!, mask);
}

function feedFromSeveral(
  queue: ItemRows,
  stage: number,
  { parents, routing, waitingFor }: { parents: readonly Leaving[]; routing: Routing; waitingFor: Uint16Array },
): void {
  const last = parents[parents.length - 1]!;
  const others = parents.length === 2 ? parents[0]! : parents.slice(0, -1).reduce(merge);
  if (routing.isPlain[stage]) {
    queue.reserve(others.to - others.from + last.to - last.from);
    queue.entered = joinInto(queue, queue.entered, { a: others, b: last, items: null, waitingFor, mask: routing.mask });
    return;
  }
  const items = routing.items[stage]!;
  const to = others.to - others.from + last.to - last.from;
  const joined = { enteredUs: new Float64Array(to), query: new Int32Array(to) };
  const entering = joinInto(joined, 0, { a: others, b: last, items, waitingFor, mask: routing.mask });
  enter(queue, stage, { instantUs: joined.enteredUs, query: joined.query, from: 0, to: entering }, routing);
}

/**
 * Merges two lists, each in (instant, query) order, and keeps each query's last row: the one with which it waits for no parent.
 * Queries that do not visit the stage (`items` 0) are passed over.
 * @param at where the first row kept goes
 * @returns one past the last row kept
 */
function joinInto(
  columns: { readonly enteredUs: Float64Array; readonly query: Int32Array },
  at: number,
  given: { a: Leaving; b: Leaving; items: Uint16Array | null; waitingFor: Uint16Array; mask: number },
): number {
  const { enteredUs, query } = columns;
  const { items, waitingFor, mask } = given;
  const { instantUs: instantA, query: queryA, to: toA } = given.a;
  const { instantUs: instantB, query: queryB, to: toB } = given.b;
  let row = at;
  let i = given.a.from;
  let j = given.b.from;
  while (i < toA || j < toB) {
    const isA = j === toB || (i < toA && isBefore(instantA[i]!, queryA[i]!, instantB[j]!, queryB[j]!));
    const instant = isA ? instantA[i]! : instantB[j]!;
    const q = isA ? queryA[i++]! : queryB[j++]!;
    const slot = q & mask;
    if (items !== null && items[slot] === 0) continue;
    const left = waitingFor[slot]! - 1;
    waitingFor[slot] = left;
    if (left > 0) continue;
    enteredUs[row] = instant;
    query[row++] = q;
  }
  return row;
}

function isBefore(instantA: number, queryA: number, instantB: number, queryB: number): boolean {
  return instantA < instantB || (instantA === instantB && queryA < queryB);
}

/** Rows of both lists in (instant, query) order. */
function merge(a: Leaving, b: Leaving): Leaving {
  const { instantUs: instantA, query: queryA } = a;
  const { instantUs: instantB, query: queryB } = b;
  const to = a.to - a.from + b.to - b.from;
  const instantUs = new Float64Array(to);
  const query = new Int32Array(to);
  let i = a.from;
  let j = b.from;
  let row = 0;
  for (; i < a.to && j < b.to; row++) {
    const nextA = instantA[i]!;
    const nextB = instantB[j]!;
    if (nextA < nextB || (nextA === nextB && queryA[i]! < queryB[j]!)) {
      instantUs[row] = nextA;
      query[row] = queryA[i++]!;
    } else {
      instantUs[row] = nextB;
      query[row] = queryB[j++]!;
    }
  }
  const rest = i < a.to ? { list: a, from: i } : { list: b, from: j };
  instantUs.set(rest.list.instantUs.subarray(rest.from, rest.list.to), row);
  query.set(rest.list.query.subarray(rest.from, rest.list.to), row);
  return { instantUs, query, from: 0, to };
}

/**
 * Sets, for queries [from, to), how many of a stage's parents each visits: what it waits for before it enters.
 * The entry counts as a parent that every query visits.
 */
export function countParents(
  waitingFor: Uint16Array,
  stage: number,
  { routing, from, to }: { routing: Routing; from: number; to: number },
): void {
  const { items, isPlain, mask } = routing;
  const parents = routing.parents[stage]!;
  const always = parents.filter((p) => p < 0 || isPlain[p]).length;
  for (let q = from; q < to; q++) waitingFor[q & mask] = always;
  for (const p of parents) {
    if (p < 0 || isPlain[p]) continue;
    const ofParent = items[p]!;
    for (let q = from; q < to; q++) if (ofParent[q & mask]! > 0) waitingFor[q & mask]!++;
  }
}
