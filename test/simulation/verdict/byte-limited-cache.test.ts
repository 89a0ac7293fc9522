import { expect, it } from 'vitest';
import { ByteLimitedCache } from '../../../src/simulation/verdict/byte-limited-cache.js';

function cacheOf(limit: number, entries: readonly (readonly [string, number])[]): ByteLimitedCache<string, string> {
  const cache = new ByteLimitedCache<string, string>(limit);
  for (const [key, bytes] of entries) cache.set(key, key.toUpperCase(), bytes);
  return cache;
}

const kept = (cache: ByteLimitedCache<string, string>) => ['a', 'b', 'c'].filter((key) => cache.get(key) !== undefined);

it.each<readonly [string, number, readonly (readonly [string, number])[], readonly string[]]>([
  ['nothing', 10, [], []],
  [
    'all that fits, to the last byte',
    10,
    [
      ['a', 4],
      ['b', 6],
    ],
    ['a', 'b'],
  ],
  [
    'the newest, and of the others those that fit',
    10,
    [
      ['a', 4],
      ['b', 4],
      ['c', 6],
    ],
    ['b', 'c'],
  ],
  [
    'the newest even if it does not fit',
    10,
    [
      ['a', 4],
      ['b', 4],
      ['c', 11],
    ],
    ['c'],
  ],
  [
    'an entry that is set again at its new size',
    10,
    [
      ['a', 9],
      ['a', 2],
      ['b', 8],
    ],
    ['a', 'b'],
  ],
  [
    'an entry that is set again as the newest',
    10,
    [
      ['a', 4],
      ['b', 4],
      ['a', 4],
      ['c', 4],
    ],
    ['a', 'c'],
  ],
])('keeps %s', (_name, limit, entries, keys) => {
  expect(kept(cacheOf(limit, entries))).toEqual(keys);
});

it('keeps what was used last, not what was set last', () => {
  const cache = cacheOf(10, [
    ['a', 4],
    ['b', 4],
  ]);
  expect(cache.get('a')).toBe('A');
  cache.set('c', 'C', 4);
  expect(kept(cache)).toEqual(['a', 'c']);
});
