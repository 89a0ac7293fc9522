/**
 * Triton's own statistics of a model (`GET /v2/models/{m}/stats`): how many batches of each size it ran, and how long
 * its backend worked on them. Two readings around a batch give its time on the replica, without network, parsing or
 * queueing.
 */
import { msFromNs } from '../../units.js';
import { countOf, listOf, maybeUnder, type Piece, under } from '../shared/answer-shape.js';

/** Batches of one size so far, and the time spent on them. */
export interface BatchCounter {
  readonly count: number;
  readonly ms: number;
}

export type BatchCounters = ReadonlyMap<number, BatchCounter>;

/** Counters by batch size, all versions of the model together; undefined where the server does not keep them. */
export function readBatchCounters(answer: Piece): BatchCounters | undefined {
  const counters = new Map<number, BatchCounter>();
  const models = maybeUnder(answer, 'model_stats');
  if (models === undefined) return undefined;
  for (const model of listOf(models)) {
    const stats = maybeUnder(model, 'batch_stats');
    if (stats === undefined) return undefined;
    for (const batch of listOf(stats)) {
      const parts = ['compute_input', 'compute_infer', 'compute_output'].map((name) => under(batch, name));
      const size = countOf(under(batch, 'batch_size'));
      const before = counters.get(size) ?? { count: 0, ms: 0 };
      const ns = parts.reduce((sum, part) => sum + countOf(under(part, 'ns')), 0);
      counters.set(size, { count: before.count + countOf(under(parts[1]!, 'count')), ms: before.ms + msFromNs(ns) });
    }
  }
  return counters;
}

/** Whether any batch was counted from one reading to the other. */
export function hasCounted(before: BatchCounters, after: BatchCounters): boolean {
  return [...after].some(([size, { count }]) => count > (before.get(size)?.count ?? 0));
}

/** What one batch took, from the counters around it; or why they do not tell. */
export function timeBetween(
  before: BatchCounters,
  after: BatchCounters,
  batchSize: number,
): { readonly serviceMs: number } | { readonly failure: string } {
  const ran = [...after].flatMap(([size, { count, ms }]) => {
    const earlier = before.get(size) ?? { count: 0, ms: 0 };
    return count > earlier.count ? [{ size, count: count - earlier.count, ms: ms - earlier.ms }] : [];
  });
  const [only] = ran;
  if (ran.length === 1 && only!.size === batchSize && only!.count === 1) return { serviceMs: only!.ms };
  if (ran.length === 0) return { failure: 'the server counted no batch' };
  const told = ran.map(({ size, count }) => `${count} of size ${size}`).join(', ');
  return { failure: `the server counted ${told}: the batch was split, or others use the model` };
}
