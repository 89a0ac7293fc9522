import { describe, expect, it } from 'vitest';
import { traceStatistics } from '../../src/envelope/trace-statistics.js';
import { sourceOf } from '../../src/model/trace.js';
import { columnsOf, drawColumns } from '../../src/report/sparkline.js';
import {
  formatTraceInfo,
  formatWrittenTraces,
  traceInfoJson,
  writtenTracesJson,
} from '../../src/report/trace-report.js';

const PLAIN = { terminal: false, color: false };
const LABELS = { start: '0s', end: '8s', formatValue: (value: number) => String(value) };

describe('a picture', () => {
  // Two rows of eighths for a top of 16: 16 fills both, 12 one and a half, 1 an eighth of the lower.
  it('has the scale at the left and the span below', () => {
    expect(drawColumns([0, 1, 8, 12, 16, 0, 0, 0], 2, LABELS)).toBe(
      ['16 ┤   ▄█', '   ┤ ▁███', ' 0 ┼────────', '    0s    8s', ''].join('\n'),
    );
  });

  it('of nothing', () => {
    expect(drawColumns([0, 0], 1, LABELS)).toBe(['0 ┤', '0 ┼──', '   0s 8s', ''].join('\n'));
  });

  it.each([
    [[1, 2, 3], 64],
    [Array.from({ length: 1000 }, (_, i) => i), 64],
    [Array.from({ length: 65 }, () => 1), 64],
    [[], 64],
  ])('law: columns hold every bin once', (counts, columns) => {
    const drawn = columnsOf(counts, columns);
    expect(drawn.length).toBeLessThanOrEqual(columns);
    expect(drawn.reduce((sum, { bins }) => sum + bins, 0)).toBe(counts.length);
    expect(drawn.reduce((total, { sum }) => total + sum, 0)).toBe(counts.reduce((sum, count) => sum + count, 0));
  });
});

describe('trace info', () => {
  const arrivalsUs = Float64Array.from({ length: 1000 }, (_, i) => (i + 1) * 5000);
  const statistics = traceStatistics(sourceOf({ arrivalsUs }), { smallestWindowMs: 1000 });

  it('reads aloud: a thousand queries 5 ms apart', () => {
    const text = formatTraceInfo('t.csv', statistics, PLAIN);
    expect(text).toContain('1,000 queries in 4.995s, 200.00 queries/s on average\nCV of gaps 0.00 ');
    expect(text).toMatch(/^ {4}1s +200 +200\.00 +200 +0\.\d\d$/m);
    expect(text).toMatch(/^ +1m +1,000 +16\.67 +1,000 +-$/m);
    expect(text).toContain('Traffic envelope');
    expect(text.endsWith('5s\n')).toBe(true);
    expect(text).not.toMatch(/NaN|Infinity|undefined/);
  });

  it('as JSON: units in the keys, null where there is nothing to say', () => {
    const json = JSON.parse(traceInfoJson('t.csv', statistics));
    expect(json).toMatchObject({ version: 1, path: 't.csv', arrivals: 1000, span_ms: 4995, first_arrival_ms: 5 });
    expect(json.windows[2]).toMatchObject({ window_ms: 60_000, peak_queries: 1000, index_of_dispersion: null });
    expect(json.envelope[0]).toEqual({ window_ms: 1000, queries: 200, rate_qps: 200 });
  });

  it('of a single arrival', () => {
    const one = traceStatistics(sourceOf({ arrivalsUs: Float64Array.of(0) }), { smallestWindowMs: 100 });
    const text = formatTraceInfo('t.csv', one, PLAIN);
    expect(text).toContain('1 queries in 0ms, mean rate unknown\nCV of gaps - ');
    expect(text).not.toMatch(/NaN|Infinity|undefined/);
    expect(JSON.parse(traceInfoJson('t.csv', one)).mean_rate_qps).toBeNull();
  });
});

it('what was written, with small rates to three digits', () => {
  const traces = [{ path: 'a.csv', arrivals: 1234, firstArrivalMs: 0, lastArrivalMs: 100_000_000 }];
  expect(formatWrittenTraces(traces, PLAIN)).toBe(
    'Wrote a.csv: 1,234 queries in 1d3h46m40s, 0.0123 queries/s on average\n',
  );
  expect(JSON.parse(writtenTracesJson(traces))).toEqual({
    version: 1,
    traces: [
      { path: 'a.csv', arrivals: 1234, first_arrival_ms: 0, last_arrival_ms: 100_000_000, mean_rate_qps: 0.01233 },
    ],
  });
});
