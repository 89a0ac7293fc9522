/** The checker finds what is wrong, and nothing where all is right. */
import { expect, it } from 'vitest';
import { brokenRules } from '../../src/serving/batch-rules.js';
import type { BatchRecord } from '../../src/serving/items/batch.js';

/** Items as [entered, query]. */
function batchOf(
  batch: number,
  items: readonly (readonly [number, number])[],
  given: Partial<BatchRecord> & { readonly start_ms: number; readonly end_ms: number },
): BatchRecord {
  return {
    stage: 'a',
    batch,
    replica: 0,
    attempt: 1,
    outcome: 'done',
    max_batch_size: 2,
    size: items.length,
    entered_ms: items.map(([entered]) => entered),
    query: items.map(([, query]) => query),
    item: items.map(() => 0),
    ...given,
  };
}

const FIRST = batchOf(0, [[1, 0]], { start_ms: 1, end_ms: 10 });

it.each<[string, BatchRecord[], string | null]>([
  [
    'one batch after the other',
    [
      FIRST,
      batchOf(
        1,
        [
          [2, 1],
          [3, 2],
        ],
        { start_ms: 10, end_ms: 20 },
      ),
    ],
    null,
  ],
  [
    'an item served twice',
    [FIRST, batchOf(1, [[1, 0]], { start_ms: 10, end_ms: 20 })],
    'query 0 item 0 is served again',
  ],
  [
    'a later item first',
    [batchOf(0, [[2, 1]], { start_ms: 2, end_ms: 10 }), batchOf(1, [[1, 0]], { start_ms: 10, end_ms: 20 })],
    'query 0 leaves before its turn',
  ],
  [
    'a batch that is too large',
    [
      batchOf(
        0,
        [
          [1, 0],
          [1, 1],
          [1, 2],
        ],
        { start_ms: 1, end_ms: 2 },
      ),
    ],
    '3 items where at most 2 may be',
  ],
  [
    'an item left behind',
    [batchOf(0, [[1, 0]], { start_ms: 5, end_ms: 9 }), batchOf(1, [[4, 1]], { start_ms: 9, end_ms: 20 })],
    'leaves with 1 of 2 while query 1 waits',
  ],
  [
    'two batches at one replica',
    [FIRST, batchOf(1, [[9, 1]], { start_ms: 9, end_ms: 20 })],
    'replica 0 has another one',
  ],
  ['a start before its entry', [batchOf(0, [[5, 0]], { start_ms: 4, end_ms: 9 })], 'starts before query 0 enters'],
  [
    'a replica idle while items wait',
    [FIRST, batchOf(1, [[12, 1]], { start_ms: 15, end_ms: 20 })],
    'waits while replica 0 is idle from 12 ms',
  ],
  [
    'a death and its second attempt',
    [{ ...FIRST, outcome: 'died' }, batchOf(1, [[1, 0]], { attempt: 2, replica: 1, start_ms: 10, end_ms: 20 })],
    null,
  ],
  ['a death without a second attempt', [{ ...FIRST, outcome: 'died' }], 'item 0/0 is not tried again'],
  [
    'a second attempt without need',
    [FIRST, batchOf(1, [[1, 0]], { attempt: 2, replica: 1, start_ms: 10, end_ms: 20 })],
    'tried again without need',
  ],
])('%s', (_, records, broken) => {
  const found = brokenRules(records);
  if (broken === null) expect(found).toEqual([]);
  else expect(found.join('\n')).toContain(broken);
});

it('lets a stage wait to fill its batches where it may', () => {
  const records = [FIRST, batchOf(1, [[12, 1]], { start_ms: 15, end_ms: 20 })];
  expect(brokenRules(records, { waitingStages: ['a'] })).toEqual([]);
});
