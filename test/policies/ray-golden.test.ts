/** Ray Serve's decisions against those of Ray 2.60.0 itself, recorded by scripts/goldens/ray/record.py. */
import { describe, expect, it } from 'vitest';
import { type RayAggregation, rayAggregate, rayMerge } from '../../src/policies/systems/ray-aggregate.js';
import { RAY_START, type RaySpec, rayDecision } from '../../src/policies/systems/ray-decision.js';
import { goldenRows, type Row } from './golden-rows.js';

const SERIES = goldenRows('ray-series');
const POLICY = goldenRows('ray-policy');
const PATH = goldenRows('ray-path');
const REPORTS = goldenRows('ray-reports');

const ofSeries = (rows: readonly Row[], name: string) => rows.filter(({ series }) => series === name);

const seriesIn = (rows: readonly Row[]) =>
  SERIES.filter(({ series }) => ofSeries(rows, series!).length > 0).map((row) => [row.series!, row] as const);

function specOf(row: Row): RaySpec {
  const number = (key: string) => Number(row[key]);
  return {
    minReplicas: number('min_replicas'),
    maxReplicas: number('max_replicas'),
    targetOngoing: number('target_ongoing_requests'),
    upscalingFactor: number('upscaling_factor'),
    downscalingFactor: number('downscaling_factor'),
    upscaleDelayS: number('upscale_delay_s'),
    downscaleDelayS: number('downscale_delay_s'),
    downscaleToZeroDelayS: number(
      row.downscale_to_zero_delay_s === '' ? 'downscale_delay_s' : 'downscale_to_zero_delay_s',
    ),
  };
}

describe('decisions of Ray 2.60.0', () => {
  it('were recorded', () => {
    expect([SERIES.length, POLICY.length, PATH.length]).toEqual([17, 1880, 650]);
    const changes = [...POLICY, ...PATH].filter(({ target, decision }) => target !== decision);
    expect(changes.length).toBeGreaterThan(150);
  });

  it.each(seriesIn(POLICY))('series %s: the policy', (name, given) => {
    const spec = specOf(given);
    let state = RAY_START;
    const made = ofSeries(POLICY, name).map((row) => {
      const [nowS, ongoing, running, target] = [row.t_s, row.ongoing, row.running, row.target].map(Number);
      const seen = { nowS: nowS!, ongoing: ongoing!, running: running!, target: target! };
      const decided = rayDecision(spec, state, seen);
      state = decided.state;
      return { ...row, decision: String(decided.replicas), counter: String(state.counter) };
    });
    expect(made).toEqual(ofSeries(POLICY, name));
  });

  it.each(seriesIn(PATH))('series %s: from reports to replicas', (name, given) => {
    const spec = specOf(given);
    const reports = ofSeries(REPORTS, name);
    let state = RAY_START;
    /** Handle → its latest push. */
    const latest = new Map<string, Row[]>();
    const made = ofSeries(PATH, name).map((row) => {
      const pushed = reports.filter(({ pushed_s }) => pushed_s === row.t_s);
      for (const { handle } of pushed)
        latest.set(
          handle!,
          pushed.filter((report) => report.handle === handle),
        );
      const running = row.running_ids!.split(' ');
      const sources = [...latest.values()]
        .flat()
        .filter(({ source }) => source === 'queued' || running.includes(source!))
        .map(({ points }) => points!.split(' ').map((point) => point.split(':').map(Number)))
        .map((points) => ({ atS: points.map(([at]) => at!), value: points.map(([, value]) => value!) }));
      const nowS = Number(row.t_s);
      const ongoing = rayAggregate(rayMerge(sources), nowS, given.aggregation_function as RayAggregation);
      const seen = { nowS, ongoing, running: running.length, target: Number(row.target) };
      const decided = rayDecision(spec, state, seen);
      state = decided.state;
      expect(ongoing, `aggregate at ${nowS} s`).toBeCloseTo(Number(row.ongoing), 5);
      return { ...row, decision: String(decided.replicas) };
    });
    expect(made).toEqual(ofSeries(PATH, name));
  });
});
