/** Moves the queries that leave a stage's parents into the stage's queue. */

import { type ItemRows, type Leaving, OVERWRITTEN } from './item-rows.js';
import type { Routing } from './routing.js';

/**
 * Enters every query that visits the stage, in (instant, query) order, once all the parents it visits completed it.
 * With several parents, their lists are merged and a query enters with its last row.
 * @param waitingFor how many of its parents each query (`query & routing.mask`) still waits for; null with one parent
 * @param entering how many items will enter, where that is known
 */
export function feed(
  queue: ItemRows,
  stage: number,
  given: { parents: readonly Leaving[]; routing: Routing; waitingFor: Uint16Array | null; entering?: number },
): void {
  const { parents, routing, waitingFor } = given;
  if (waitingFor === null) enter(queue, stage, parents[0]!, routing);
  else feedFromSeveral(queue, stage, { ...given, waitingFor });
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
  given: { parents: readonly Leaving[]; routing: Routing; waitingFor: Uint16Array; entering?: number },
): void {
  const { parents, routing, waitingFor, entering: known } = given;
  const last = parents[parents.length - 1]!;
  const others = parents.length === 2 ? parents[0]! : parents.slice(0, -1).reduce(merge);
  const items = routing.isPlain[stage] ? null : routing.items[stage]!;
  const to = others.to - others.from + last.to - last.from;
  if (items === null || routing.isSingle[stage]) {
    queue.reserve(known === undefined ? to : known + OVERWRITTEN);
    const { enteredUs, query } = queue;
    queue.entered = joinInto({ enteredUs, query, items, waitingFor, mask: routing.mask }, queue.entered, others, last);
    return;
  }
  const joined = { enteredUs: new Float64Array(to), query: new Int32Array(to) };
  const entering = joinInto({ ...joined, items, waitingFor, mask: routing.mask }, 0, others, last);
  enter(queue, stage, { instantUs: joined.enteredUs, query: joined.query, from: 0, to: entering }, routing);
}

/** Columns that receive the rows of a join, and how many parents each query still waits for. */
interface Join {
  readonly enteredUs: Float64Array;
  readonly query: Int32Array;
  /** Items of each query at the stage; queries with 0 are skipped. Null when all queries visit the stage. */
  readonly items: Uint16Array | null;
  readonly waitingFor: Uint16Array;
  readonly mask: number;
}

/**
 * Merges two lists, each in (instant, query) order, and keeps each query's last row: after it the query waits for no
 * parent. Every row is written; a row that is not kept is overwritten by the next one, which is cheaper than a branch
 * that the processor cannot predict.
 * @param at where the first row kept goes
 * @returns one past the last row kept
 */
function joinInto(join: Join, at: number, a: Leaving, b: Leaving): number {
  const { enteredUs, query, items, waitingFor, mask } = join;
  const { instantUs: instantA, query: queryA, to: toA } = a;
  const { instantUs: instantB, query: queryB, to: toB } = b;
  let row = at;
  let i = a.from;
  let j = b.from;
  while (i < toA && j < toB) {
    let instant = instantA[i]!;
    let q = queryA[i]!;
    const other = instantB[j]!;
    const otherQuery = queryB[j]!;
    if (instant < other || (instant === other && q < otherQuery)) i++;
    else {
      instant = other;
      q = otherQuery;
      j++;
    }
    const slot = q & mask;
    if (items !== null && items[slot] === 0) continue;
    const left = waitingFor[slot]! - 1;
    waitingFor[slot] = left;
    enteredUs[row] = instant;
    query[row] = q;
    row += (left - 1) >>> 31;
  }
  return i < toA ? joinRest(join, row, { ...a, from: i }) : joinRest(join, row, { ...b, from: j });
}

/** Like `joinInto`, for the rest of one list once the other has ended. */
function joinRest(join: Join, at: number, { instantUs, query: queryOf, from, to }: Leaving): number {
  const { enteredUs, query, items, waitingFor, mask } = join;
  let row = at;
  for (let i = from; i < to; i++) {
    const q = queryOf[i]!;
    const slot = q & mask;
    if (items !== null && items[slot] === 0) continue;
    const left = waitingFor[slot]! - 1;
    waitingFor[slot] = left;
    enteredUs[row] = instantUs[i]!;
    query[row] = q;
    row += (left - 1) >>> 31;
  }
  return row;
}

/** Merges two lists in (instant, query) order and keeps every row. */
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
 * Sets, for queries [from, to), how many of a stage's parents each query visits: it enters when all have completed it.
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
    for (let q = from; q < to; q++) waitingFor[q & mask]! += -ofParent[q & mask]! >>> 31;
  }
}
