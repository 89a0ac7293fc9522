import { describe, expect, it } from 'vitest';
import { formatRefresh } from '../../src/report/hardware-report.js';
import { formatProfiling, formatProfilingProgress, routingYaml } from '../../src/report/profiling-report.js';
import { profilingResultOf, refreshReportOf } from '../helpers/profiling-result.js';

const PLAIN = { terminal: false, color: false };

describe('formatProfiling', () => {
  it('reads as its golden text', async () => {
    await expect(formatProfiling(profilingResultOf(), PLAIN)).toMatchFileSnapshot('../golden/report/profiling.txt');
  });

  it('says that round trips are no service times', () => {
    const measuredAt = { kind: 'oip', place: 'http://server', clock: 'round-trip' } as const;
    const text = formatProfiling(profilingResultOf({ measuredAt, rows: [] }), PLAIN);
    expect(text).toMatch(/^0 rows of t4 at http:\/\/server \(round trips, an upper bound of service times\)/);
  });
});

it('shows how far it is', () => {
  const at = { stage: 'detect', curve: 'hot', rowsDone: 3, rowsInAll: 24, longestLeftMs: 205_000 } as const;
  expect(formatProfilingProgress({ ...at, batchSize: 8 })).toBe(
    '3 of 24 rows: detect hot batch 8, up to 3m25s left on a quiet machine',
  );
  expect(formatProfilingProgress(at)).toBe('3 of 24 rows: detect hot, up to 3m25s left on a quiet machine');
});

it('writes edges as the pipeline file has them, and none that nothing visited', () => {
  const [, read] = profilingResultOf().routing!.stages;
  const unseen = { stage: 'rare', scaleFactor: 0, edges: [{ ...read!.edges[0]!, visits: 0 }] };
  expect(routingYaml([read!, unseen])).toBe(`  - name: read
    parents:
      - { from: detect, probability: 0.8, fan_out: { 1: 0.625, 2: 0.375 }, group: kind }
`);
});

it('tells prices as they were and are', () => {
  expect(formatRefresh(refreshReportOf({ isWritten: false }), PLAIN)).toBe(`                           was      is
hardware   instance        $/h     $/h
t4         g4dn.xlarge  0.5260  0.1578
g5.xlarge  g5.xlarge       new  0.4000
own stays as it is: names no instance
Nothing was written.
`);
});
