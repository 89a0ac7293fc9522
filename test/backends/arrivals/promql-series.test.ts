import { describe, expect, it } from 'vitest';
import { seriesOf, spansOf, withoutCopies } from '../../../src/backends/arrivals/promql-series.js';

type Samples = readonly (readonly [number, number])[];

const A: Samples = [[0, 100], [10, 140], [20, 180]]; // biome-ignore format: a table
/** The same counter, scraped 4 ms later. */
const A_LATER: Samples = [[4, 116], [14, 156], [24, 196]]; // biome-ignore format: a table
/** Another one, nearly as busy. */
const B: Samples = [[0, 90], [10, 128], [20, 171]]; // biome-ignore format: a table

describe('withoutCopies', () => {
  it.each<[string, Record<string, string>, Samples, Record<string, string>, Samples, number]>([
    ['a pair by prometheus_replica', { prometheus_replica: '0' }, A, { prometheus_replica: '1' }, A_LATER, 1],
    ['a pair by __replica__, one of which is behind', { __replica__: 'a' }, A, { __replica__: 'b' }, A.slice(0, 2), 1],
    ['a label that only one of them has', { prometheus_replica: '0' }, A, {}, A, 1],
    ['a pair by replica, scraped at other instants', { replica: '0' }, A, { replica: '1' }, A_LATER, 1],
    ['a pair by replica, the same samples', { replica: '0' }, A, { replica: '1' }, A, 1],
    ['two servers by replica', { replica: '0' }, A, { replica: '1' }, B, 2],
    ['two servers by replica that have no instant in common', { replica: '0' }, A, { replica: '1' }, [[30, 5]], 2],
    ['two servers', { instance: '0' }, A, { instance: '1' }, A, 2],
    ['two servers of two pairs', { instance: '0', prometheus_replica: '0' }, A, { instance: '1', prometheus_replica: '1' }, A, 2], // biome-ignore format: a table
  ])('%s', (_, oneLabels, one, otherLabels, other, count) => {
    const pair = [seriesOf(oneLabels, one), seriesOf(otherLabels, other)];
    const { series, label } = withoutCopies(pair);
    expect(series).toHaveLength(count);
    expect(label !== undefined).toBe(count === 1);
    // Whatever the order in which Prometheus answers.
    expect(withoutCopies(pair.reverse()).series).toEqual(series);
  });

  it('keeps the fresher copy', () => {
    const [old, fresh] = [seriesOf({ __replica__: 'a' }, A.slice(0, 2)), seriesOf({ __replica__: 'b' }, A)];
    expect(withoutCopies([old, fresh]).series).toEqual([fresh]);
  });
});

it('spans adjoin, and begin where the last ones ended', () => {
  const series = [seriesOf({}, A), seriesOf({ instance: '1' }, A_LATER)];
  // Both are known from 4 to 20: at 4/ms each.
  expect(spansOf(series, undefined)).toEqual([
    { fromMs: 4, toMs: 10, count: 48 },
    { fromMs: 10, toMs: 20, count: 80 },
  ]);
  expect(spansOf(series, 15)).toEqual([{ fromMs: 15, toMs: 20, count: 40 }]);
  expect(spansOf([], 15)).toEqual([]);
});
