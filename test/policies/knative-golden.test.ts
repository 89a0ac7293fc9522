/** Knative's averages and delayed maximum against those of serving 0.51.0, recorded by scripts/goldens/knative/main.go. */
import { describe, expect, it } from 'vitest';
import { type Aggregation, SecondBuckets } from '../../src/policies/systems/knative-averages.js';
import { type KnativeSpec, knativeDecision, knativeStart } from '../../src/policies/systems/knative-decision.js';
import { goldenRows, type Row } from './golden-rows.js';

const ROWS = goldenRows('knative-averages');
/** Each begins at 0 s. */
const SERIES: Row[][] = [];
for (const row of ROWS) {
  if (row.t_s === '0') SERIES.push([]);
  SERIES.at(-1)!.push(row);
}
const named = SERIES.map((rows, i) => [`${i + 1}: ${rows[0]!.aggregation}, ${rows[0]!.window_s} s`, rows] as const);

/** Wants what it is shown, whatever is ready. */
const PLAIN: KnativeSpec = {
  ...{ target: 1, total: 1, stableWindowS: 60, panicWindowS: 6, panicThreshold: Number.POSITIVE_INFINITY },
  ...{ maxScaleUpRate: 1000, maxScaleDownRate: 1000, scaleDownDelayS: 0, activationScale: 0 },
  ...{ targetBurstCapacity: 0, isReachable: true },
};

describe('Knative serving 0.51.0', () => {
  it('was recorded, with silences longer than a window', () => {
    expect([SERIES.length, ROWS.length]).toEqual([8, 1280]);
    expect(ROWS.filter(({ empty }) => empty === 'true').length).toBeGreaterThan(10);
  });

  it.each(named)('series %s: the average', (_, rows) => {
    const buckets = new SecondBuckets(Number(rows[0]!.window_s), rows[0]!.aggregation as Aggregation);
    for (const { t_s, sample, average, empty } of rows) {
      const atS = Number(t_s);
      if (sample !== '') buckets.record(atS, Number(sample));
      expect(buckets.average(atS), `average at ${atS} s`).toBeCloseTo(Number(average), 6);
      expect(buckets.isEmpty(atS), `empty at ${atS} s`).toBe(empty === 'true');
    }
  });

  it.each(named)('series %s: the scale-down delay', (_, rows) => {
    const spec = { ...PLAIN, scaleDownDelayS: Number(rows[0]!.window_s) };
    let state = knativeStart(1, 0);
    const ticks = rows.filter(({ wanted }) => wanted !== '');
    const made = ticks.map(({ t_s, wanted }) => {
      const load = Number(wanted);
      const decided = knativeDecision(spec, state, { nowS: Number(t_s), readyPods: 1, stable: load, panic: load });
      state = decided.state;
      return String(decided.pods);
    });
    expect(made).toEqual(ticks.map(({ largest }) => largest));
  });
});
