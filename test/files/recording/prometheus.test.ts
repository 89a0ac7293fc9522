import { describe, expect, it } from 'vitest';
import { readPrometheus } from '../../../src/files/recording/prometheus.js';
import { temporaryFolder } from '../../helpers/folder.js';

const folder = temporaryFolder();

type Series = readonly [labels: Record<string, string>, values: readonly (readonly [number, string])[]];

/** The form of https://prometheus.io/docs/prometheus/latest/querying/api/#range-queries. */
function answer(...series: readonly Series[]): string {
  const result = series.map(([metric, values]) => ({ metric, values }));
  return JSON.stringify({ status: 'success', data: { resultType: 'matrix', result } });
}

function read(text: string, options: Partial<Parameters<typeof readPrometheus>[1]> = {}) {
  const path = folder.write('a.json', text);
  const { counts, intervalUs, skipped } = readPrometheus(path, { kind: 'increase', fillGaps: false, ...options });
  return { counts: [...counts], stepS: intervalUs / 1e6, skipped: skipped.count };
}

const refusal = (text: string, options: Parameters<typeof read>[1] = {}) => folder.refusalOf(() => read(text, options));

const TWO = answer(
  [
    { method: 'GET' },
    [
      [1435781430.781, '1'],
      [1435781445.781, '2'],
      [1435781460.781, '0'],
    ],
  ],
  [{ method: 'POST' }, [[1435781445.781, '1.5']]],
);

describe('an answer of Prometheus', () => {
  it('adds up its series, step by step', () => {
    expect(read(TWO)).toEqual({ counts: [1, 3.5, 0], stepS: 15, skipped: 0 });
    expect(read(TWO, { kind: 'rate' }).counts).toEqual([15, 52.5, 0]);
  });

  it('of promtool is the list of series alone', () => {
    expect(read(JSON.stringify(JSON.parse(TWO).data.result)).counts).toEqual([1, 3.5, 0]);
  });

  it('is filtered by labels', () => {
    const where = [{ column: 'method', value: 'POST', isEqual: true }];
    expect(read(TWO, { where, intervalUs: 15_000_000 }).counts).toEqual([1.5]);
    expect(refusal(TWO, { where })).toMatchObject({
      problems: ['a.json: has one value in each series'],
      hint: 'Say with --interval how long a step is.',
    });
    const other = [{ column: 'job', value: '', isEqual: false }];
    expect(refusal(TWO, { where: other }).problems).toEqual(['a.json: has no series, must have at least one']);
  });

  it('of counters grows from sample to sample, falls at a restart, and fills a missed scrape evenly', () => {
    const text = answer(
      [
        { pod: 'a' },
        [
          [0, '100'],
          [15, '130'],
          [30, '5'],
          [45, '5'],
        ],
      ],
      [
        { pod: 'b' },
        [
          [0, '10'],
          [30, '30'],
          [45, '30.5'],
        ],
      ],
      [
        { pod: 'c' },
        [
          [30, '1000'],
          [45, '1001'],
        ],
      ],
    );
    // a: 30, then 5 since the restart, 0 · b: 20 over two steps, 0.5 · c: came at 30 s, 1
    expect(read(text, { kind: 'counter' }).counts).toEqual([40, 15, 1.5]);
  });

  it('may have series that begin before the first one', () => {
    expect(
      read(
        answer(
          [
            {},
            [
              [30, '1'],
              [45, '2'],
            ],
          ],
          [
            {},
            [
              [0, '5'],
              [15, '6'],
              [30, '7'],
            ],
          ],
        ),
      ).counts,
    ).toEqual([5, 6, 8, 2]);
  });

  it('with steps that no series has is refused, or they count 0', () => {
    const text = answer([
      {},
      [
        [0, '1'],
        [15, '1'],
        [60, '1'],
      ],
    ]);
    expect(refusal(text)).toMatchObject({
      problems: ['a.json: has no value at 2 steps of 15s, must have one at each'],
      hint: 'Count them as 0 with --fill-gaps.',
    });
    expect(read(text, { fillGaps: true }).counts).toEqual([1, 1, 0, 0, 1]);
  });

  it('with values that are no numbers is refused, or they are left out', () => {
    const text = answer([
      {},
      [
        [0, '1'],
        [15, 'NaN'],
        [30, '-1'],
        [45, '+Inf'],
        [60, '2'],
      ],
    ]);
    expect(refusal(text)).toMatchObject({
      problems: ['NaN', '-1', '+Inf'].map(
        (value, i) => `a.json: row 1: value = "${value}" at ${15 * (i + 1)}, must be a number ≥ 0`,
      ),
      hint: 'Leave such rows out with --skip-bad.',
    });
    const options = { skipBad: true, fillGaps: true, intervalUs: 15_000_000 };
    expect(read(text, options)).toMatchObject({ counts: [1, 0, 0, 0, 2], skipped: 3 });
  });

  it.each<[string, string, string]>([
    [
      'stamps off the grid',
      answer([
        {},
        [
          [0, '1'],
          [15, '1'],
          [31, '1'],
        ],
      ]),
      'a.json: row 1: value 1 at 31, must be a multiple of 15s after the first; --interval says how long a step is',
    ],
    [
      'bytes',
      answer([
        {},
        [
          [0, '1'],
          [1, '2e9'],
        ],
      ]),
      'a.json: row 1: value 2000000000 at 1, must be a count from 0 to 1000000; allow more with --max-rate',
    ],
    [
      'zeros',
      answer([
        {},
        [
          [0, '0'],
          [1, '0'],
        ],
      ]),
      'a.json: has no arrivals, must have at least one',
    ],
    ['no series', answer(), 'a.json: has no series, must have at least one'],
    [
      'an instant query',
      '{"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":[1,"1"]}]}}',
      'a.json: is the answer of an instant query (vector), must be of query_range',
    ],
    [
      'an error',
      '{"status":"error","errorType":"bad_data","error":"invalid parameter \\"query\\""}',
      'a.json: is an error of Prometheus: invalid parameter "query"',
    ],
    [
      'lines of Loki',
      '{"status":"success","data":{"resultType":"streams","result":[{"stream":{},"values":[["1","x"]]}]}}',
      'a.json: is an answer of Loki with log lines, must have a matrix of values',
    ],
    ['other JSON', '{"a":1}', 'a.json: is no answer of Prometheus to query_range'],
    ['a part of an answer', TWO.slice(0, -20), 'a.json: row 2: is not whole: the file is cut short'],
    [
      'native histograms',
      '{"data":{"resultType":"matrix","result":[{"metric":{},"histograms":[[1,{}]]}]}}',
      'a.json: row 1: has no values, as a native histogram or an instant query has none',
    ],
  ])('is refused for %s', (_, text, problem) => {
    expect(refusal(text).problems).toEqual([problem]);
  });
});
