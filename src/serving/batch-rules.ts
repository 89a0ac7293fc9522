/**
 * The estimator's rules, checked against the batches that an engine recorded (L20 of `docs/invariants.md`). An
 * engine's clock gives each instant only once, so what had happened before a dispatch is known exactly.
 */
import type { BatchRecord } from './items/batch.js';

export interface RuleOptions {
  /** Stages whose batches may wait to be filled: for them an idle replica breaks no rule. */
  readonly waitingStages?: readonly string[];
}

/**
 * One line per broken rule, over all stages. Every item is served once (a second time only after a replica died). Items
 * leave in the order (entered, query, item). A batch holds what waits, up to the max batch size. A replica works on one
 * batch at a time. No replica is idle while items wait.
 */
export function brokenRules(records: Iterable<BatchRecord>, { waitingStages = [] }: RuleOptions = {}): string[] {
  const stages = new Map<string, BatchRecord[]>();
  for (const record of records) {
    const own = stages.get(record.stage);
    if (own === undefined) stages.set(record.stage, [record]);
    else own.push(record);
  }
  return [...stages].flatMap(([stage, own]) => {
    own.sort((a, b) => a.batch - b.batch);
    const found = [...brokenOrder(own), ...brokenSizes(own), ...brokenReplicas(own)];
    if (!waitingStages.includes(stage)) found.push(...idleWhileItemsWait(own));
    return found.map((line) => `${stage}: ${line}`);
  });
}

/** Each item once, in order; again only in a batch that repeats one whose replica died. */
function brokenOrder(batches: readonly BatchRecord[]): string[] {
  const found: string[] = [];
  const served = new Set<string>();
  const orphaned = new Set<string>();
  let last: readonly [number, number, number] = [-1, 0, 0];
  for (const record of batches) {
    for (let n = 0; n < record.size; n++) {
      const place = [record.entered_ms[n]!, record.query[n]!, record.item[n]!] as const;
      const key = `${place[1]}/${place[2]}`;
      if (record.attempt === 1) {
        if (served.has(key)) found.push(`batch ${record.batch}: query ${place[1]} item ${place[2]} is served again`);
        if (!isBefore(last, place)) found.push(`batch ${record.batch}: query ${place[1]} leaves before its turn`);
        last = place;
      } else if (!orphaned.delete(key)) {
        found.push(`batch ${record.batch}: query ${place[1]} item ${place[2]} is tried again without need`);
      }
      served.add(key);
      if (record.outcome === 'died' && record.attempt === 1) orphaned.add(key);
      if (record.start_ms < place[0]) found.push(`batch ${record.batch}: starts before query ${place[1]} enters`);
    }
  }
  for (const key of orphaned) found.push(`item ${key} is not tried again after its replica died`);
  return found;
}

function isBefore(a: readonly [number, number, number], b: readonly [number, number, number]): boolean {
  if (a[0] !== b[0]) return a[0] < b[0];
  return a[1] !== b[1] ? a[1] < b[1] : a[2] < b[2];
}

/** No batch exceeds its limit, and a smaller one leaves no item waiting. */
function brokenSizes(batches: readonly BatchRecord[]): string[] {
  const found: string[] = [];
  const first = batches.filter(({ attempt }) => attempt === 1);
  first.forEach((record, n) => {
    const { size, max_batch_size: most, entered_ms: entered } = record;
    if (entered.length !== size) found.push(`batch ${record.batch}: ${entered.length} items in a batch of ${size}`);
    if (size < 1 || size > most) found.push(`batch ${record.batch}: ${size} items where at most ${most} may be`);
    const next = first[n + 1];
    if (next !== undefined && size < most && next.entered_ms[0]! <= record.start_ms) {
      found.push(`batch ${record.batch}: leaves with ${size} of ${most} while query ${next.query[0]} waits`);
    }
    if (next !== undefined && next.start_ms < record.start_ms) found.push(`batch ${next.batch}: starts out of turn`);
  });
  return found;
}

function brokenReplicas(batches: readonly BatchRecord[]): string[] {
  const found: string[] = [];
  const endMs = new Map<number, number>();
  for (const { batch, replica, start_ms, end_ms } of batches) {
    if (end_ms < start_ms) found.push(`batch ${batch}: ends before it starts`);
    if (start_ms < (endMs.get(replica) ?? 0)) found.push(`batch ${batch}: replica ${replica} has another one`);
    endMs.set(replica, end_ms);
  }
  return found;
}

/** While the oldest item of a batch waited, no replica lay idle between two batches of its own. */
function idleWhileItemsWait(batches: readonly BatchRecord[]): string[] {
  const found: string[] = [];
  const waits = batches.filter(({ attempt }) => attempt === 1);
  const endMs = new Map<number, number>();
  for (const { replica, start_ms, end_ms } of batches) {
    const idleMs = endMs.get(replica);
    endMs.set(replica, end_ms);
    if (idleMs === undefined) continue;
    for (let n = firstAfter(waits, idleMs); n < waits.length && waits[n]!.entered_ms[0]! < start_ms; n++) {
      const wait = waits[n]!;
      const fromMs = Math.max(idleMs, wait.entered_ms[0]!);
      if (fromMs >= Math.min(start_ms, wait.start_ms)) continue;
      found.push(`batch ${wait.batch}: waits while replica ${replica} is idle from ${fromMs} ms`);
      break;
    }
  }
  return found;
}

/** Index of the first batch that starts after an instant. */
function firstAfter(batches: readonly BatchRecord[], ms: number): number {
  let low = 0;
  let high = batches.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (batches[middle]!.start_ms > ms) high = middle;
    else low = middle + 1;
  }
  return low;
}
