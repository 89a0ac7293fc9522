/** Drift: no alarm on fresh draws of the planned traffic, by replication, and how soon a real change is found. */
import { describe, expect, it } from 'vitest';
import { RollingEnvelope } from '../../../src/envelope/rolling-envelope.js';
import { trafficEnvelope } from '../../../src/envelope/traffic-envelope.js';
import { randomStream } from '../../../src/random.js';
import { type DriftPlan, driftPlan } from '../../../src/tuner/drift/drift-plan.js';
import { beyondRule } from '../../../src/tuner/drift/envelope-rule.js';
import { type DriftFinding, findDrift } from '../../../src/tuner/drift/find-drift.js';
import { BLOCK_MS, DriftRecord } from '../../../src/tuner/drift/record.js';
import { msFromS, qpsOver, usFromMs } from '../../../src/units.js';
import { drawArrivals } from '../../../src/workload/arrival-process.js';
import { type Curve, constant } from '../../../src/workload/curve.js';

const MINUTE_MS = msFromS(60);
const CHECK_US = usFromMs(1000);
const SMALLEST_WINDOW_MS = 200;
const NEVER = Number.POSITIVE_INFINITY;

interface Law {
  readonly rate: number | Curve;
  readonly cv: number | Curve;
}

const curveOf = (value: number | Curve): Curve => (typeof value === 'number' ? constant(value) : value);

function arrivalsOf({ rate, cv }: Law, minutes: number, seed: number): Float64Array {
  const source = drawArrivals(
    { rateQps: curveOf(rate), cv: curveOf(cv) },
    { seed, bound: { durationMs: minutes * MINUTE_MS } },
  );
  const block = new Float64Array(4096);
  const arrivals: number[] = [];
  for (let count = source.read(block); count > 0; count = source.read(block)) {
    arrivals.push(...block.subarray(0, count));
  }
  return Float64Array.from(arrivals);
}

/** A plan for one draw of the law. */
function planOf(law: Law, minutes: number, seed: number): DriftPlan {
  const arrivalsUs = arrivalsOf(law, minutes, seed);
  return driftPlan({
    envelope: trafficEnvelope({ arrivalsUs }, { smallestWindowMs: SMALLEST_WINDOW_MS }),
    queries: arrivalsUs.length,
    rateQps: qpsOver(arrivalsUs.length, arrivalsUs.at(-1)! - arrivalsUs[0]!),
    stages: [],
  });
}

/** Minutes until anything is found in a live draw of the law, asked after every block; infinity when nothing is. */
function foundAfter(
  plan: DriftPlan,
  live: Float64Array,
  minutes: number,
): { minute: number; findings: DriftFinding[] } {
  const envelope = new RollingEnvelope(plan.envelope.map(({ windowMs }) => windowMs));
  const record = new DriftRecord({ widths: plan.envelope.length, stages: 0, startUs: 0 });
  let next = 0;
  for (let nowUs = CHECK_US; nowUs <= usFromMs(minutes * MINUTE_MS); nowUs += CHECK_US) {
    const first = next;
    for (; next < live.length && live[next]! <= nowUs; next++) envelope.add(live[next]!);
    envelope.advance(nowUs);
    record.check({ nowUs, queries: next - first, peaks: envelope.peaks });
    envelope.restartPeaks();
    if (nowUs % usFromMs(BLOCK_MS) !== 0) continue;
    const findings = findDrift(plan, record);
    if (findings.length > 0) return { minute: nowUs / usFromMs(MINUTE_MS), findings };
  }
  return { minute: NEVER, findings: [] };
}

const seeds = (count: number): number[] => Array.from({ length: count }, (_, i) => 1000 + 2 * i);

describe('T6: fresh draws of the planned traffic give no alarm', { tags: ['slow'] }, () => {
  it.each<[string, Law, number, number]>([
    ['Poisson, a trace of 10 min', { rate: 10, cv: 1 }, 10, 40],
    ['even arrivals', { rate: 10, cv: 0.2 }, 10, 40],
    ['bursts', { rate: 10, cv: 4 }, 10, 40],
    ['few and bursty', { rate: 1, cv: 4 }, 10, 60],
    ['a trace of 2 min', { rate: 10, cv: 1 }, 2, 40],
    ['a trace of 1 min, bursts', { rate: 10, cv: 3 }, 1, 40],
  ])('%s: in 30 plans, each watched four times as long or more', (_, law, plannedMinutes, liveMinutes) => {
    const alarms = seeds(30).filter((seed) => {
      const plan = planOf(law, plannedMinutes, seed);
      return foundAfter(plan, arrivalsOf(law, liveMinutes, seed + 1), liveMinutes).minute !== NEVER;
    });
    expect(alarms).toEqual([]);
  });

  it('nor does a day like the one that was planned for, quiet hours included', () => {
    const period = { periodMs: msFromS(86_400), amplitude: 0.8, peakAtMs: msFromS(43_200) };
    const day: Law = { rate: { kind: 'product', curves: [constant(2), { kind: 'diurnal', ...period }] }, cv: 1.5 };
    const plan = planOf(day, 1440, 1);
    const live = arrivalsOf(day, 1440, 2);
    expect(foundAfter(plan, live, 1440).findings).toEqual([]);
  });
});

describe('T7: a change for good is found', { tags: ['slow'] }, () => {
  it.each<[string, Law, string, [number, number]]>([
    // Four in five blocks of ten minutes, and all ten minutes at the latest.
    ['rate 15 → 25/s', { rate: 25, cv: 1 }, 'beyond the envelope', [8, 10]],
    ['CV 1 → 4 at the same rate', { rate: 15, cv: 4 }, 'beyond the envelope', [8, 11]],
    ['half the rate', { rate: 7.5, cv: 1 }, 'far below the plan', [15, 15]],
    ['no traffic at all', { rate: 0, cv: 1 }, 'far below the plan', [15, 15]],
  ])('%s, within the minutes it takes', (_, changed, kind, [soonest, latest]) => {
    for (const seed of seeds(10)) {
      const plan = planOf({ rate: 15, cv: 1 }, 10, seed);
      const { minute, findings } = foundAfter(plan, arrivalsOf(changed, 30, seed + 1), 30);
      expect(findings.map((finding) => finding.kind)).toEqual([kind]);
      expect(minute).toBeGreaterThanOrEqual(soonest);
      expect(minute).toBeLessThanOrEqual(latest);
    }
  });

  it('after planned traffic too, with a higher rate told from burstier traffic by the rates', () => {
    const steps = (before: number, after: number): Curve => ({
      kind: 'steps',
      steps: [
        { atMs: 0, value: before },
        { atMs: 30 * MINUTE_MS, value: after },
      ],
    });
    const plan = planOf({ rate: 15, cv: 1 }, 10, 3);
    const faster = foundAfter(plan, arrivalsOf({ rate: steps(15, 25), cv: 1 }, 60, 4), 60);
    expect(faster.minute).toBeGreaterThanOrEqual(38);
    expect(faster.minute).toBeLessThanOrEqual(40);
    const [finding] = faster.findings;
    expect(finding).toMatchObject({ kind: 'beyond the envelope', plannedQps: plan.rateQps });
    // Two minutes of the ten are from before the change: (2·15 + 8·25) ÷ 10 = 23.
    expect((finding as { rateQps: number }).rateQps).toBeGreaterThan(20);
  });

  it.each<[string, Law]>([
    ['a tenth more', { rate: 16.5, cv: 1 }],
    ['a tenth less', { rate: 13.5, cv: 1 }],
    ['a fifth less', { rate: 12, cv: 1 }],
  ])('what the plan can bear is not: %s', (_, changed) => {
    for (const seed of seeds(10)) {
      const plan = planOf({ rate: 15, cv: 2 }, 10, seed);
      expect(foundAfter(plan, arrivalsOf(changed, 40, seed + 1), 40).findings).toEqual([]);
    }
  });

  it('a spike that passes is not: three times the rate for five minutes', () => {
    const spike: Curve = {
      kind: 'steps',
      steps: [
        { atMs: 0, value: 15 },
        { atMs: 20 * MINUTE_MS, value: 45 },
        { atMs: 25 * MINUTE_MS, value: 15 },
      ],
    };
    const plan = planOf({ rate: 15, cv: 1 }, 10, 5);
    expect(foundAfter(plan, arrivalsOf({ rate: spike, cv: 1 }, 60, 6), 60).findings).toEqual([]);
  });
});

it.each([
  // 10 min of trace, blocks of 10 s: m = 20, p* = 1 − 0.0001^(1/20) = 0.369; four in five of 60.
  ['a window of 5 s, a trace of 10 min', 5, 600, { joined: 1, blocks: 60, critical: 48 }],
  // m = 6, p* = 0.785: 0.785^60 = 5·10⁻⁷, and 59 or more of 60 come with 8·10⁻⁶.
  ['a window of 5 s, a trace of 1 min', 5, 60, { joined: 1, blocks: 60, critical: 60 }],
  // Blocks of 2 min: m = 5, p* = 0.842; 0.842^n ≤ 10⁻⁶ from n = 81 on, and all of them.
  ['a window of 60 s, a trace of 10 min', 60, 600, { joined: 12, blocks: 81, critical: 81 }],
  // m = 1, p* = 0.9999: n would be 138 149 blocks.
  ['a window of 60 s, a trace of 3 min', 60, 180, undefined],
  ['a trace shorter than a block', 5, 9, undefined],
])('what must be exceeded: %s', (_, windowS, spanS, rule) => {
  expect(beyondRule(msFromS(windowS), msFromS(spanS))).toEqual(rule);
});

describe('work', () => {
  const plan = driftPlan({
    envelope: [],
    queries: 60_000,
    rateQps: 100,
    stages: [
      { stage: 'detect', scaleFactor: 1 },
      { stage: 'read', scaleFactor: 0.5 },
    ],
  });

  /**
   * Ten minutes at 20/s; each query takes the branch with the chance, each batch of a query takes 10 ms by the profile
   * and `slow` times that, give or take half.
   */
  function afterTenMinutes(seed: number, { branch = 0.5, slow = 1, blocks = 60 }): DriftFinding[] {
    const draw = randomStream(seed, 'work');
    const record = new DriftRecord({ widths: 0, stages: 2, startUs: 0 });
    for (let block = 1; block <= blocks; block++) {
      let items = 0;
      let measuredMs = 0;
      for (let query = 0; query < 200; query++) {
        if (draw() < branch) items++;
        measuredMs += 10 * slow * (0.5 + draw());
      }
      record.work(0, { queries: 200, items: 200, batches: 200, expectedMs: 2000, measuredMs });
      record.work(1, { queries: 200, items });
      record.check({ nowUs: usFromMs(block * BLOCK_MS), queries: 200, peaks: [] });
    }
    return findDrift(plan, record).filter(({ kind }) => kind !== 'far below the plan');
  }

  it('T8: as planned, or nearly, is no finding, in a hundred runs', () => {
    for (const seed of seeds(100)) {
      expect(afterTenMinutes(seed, {})).toEqual([]);
      expect(afterTenMinutes(seed, { branch: 0.53, slow: 1.15 })).toEqual([]);
    }
  });

  it('T8: other branches and slower batches are found, each at its stage', () => {
    for (const seed of seeds(20)) {
      const [scale, time, ...none] = afterTenMinutes(seed, { branch: 0.65, slow: 1.4 });
      expect(scale).toMatchObject({ kind: 'scale factor', stage: 'read', plannedScaleFactor: 0.5, queries: 12_000 });
      expect((scale as { scaleFactor: number }).scaleFactor).toBeCloseTo(0.65, 1);
      expect(time).toMatchObject({ kind: 'service time', stage: 'detect', batches: 12_000 });
      expect((time as { serviceTimeRatio: number }).serviceTimeRatio).toBeCloseTo(1.4, 1);
      expect(none).toEqual([]);
    }
  });

  it('faster batches are found too, and nothing in less than a hundred seconds', () => {
    expect(afterTenMinutes(1, { slow: 0.7 })).toMatchObject([{ kind: 'service time', stage: 'detect' }]);
    expect(afterTenMinutes(1, { slow: 2, branch: 0.9, blocks: 9 })).toEqual([]);
  });
});

describe('what is recorded', () => {
  it('counts checks into blocks, a check at a block’s end into the block', () => {
    const record = new DriftRecord({ widths: 2, stages: 0, startUs: 0 });
    record.check({ nowUs: 4e6, queries: 3, peaks: [2, 3] });
    record.check({ nowUs: 10e6, queries: 4, peaks: [1, 5] });
    record.check({ nowUs: 11e6, queries: 1, peaks: [9, 9] });
    expect(record.blocks).toEqual([{ queries: 7, peaks: Float64Array.of(2, 5), stages: [] }]);
    record.check({ nowUs: 35e6, queries: 0, peaks: [0, 0] });
    expect(record.blocks.map(({ queries }) => queries)).toEqual([7, 1, 0]);
  });

  it('begins anew after a gap, and keeps a day', () => {
    const record = new DriftRecord({ widths: 1, stages: 1, startUs: 0 });
    record.check({ nowUs: 25e6, queries: 5, peaks: [1] });
    record.restart(47e6);
    expect(record.blocks).toEqual([]);
    record.check({ nowUs: 56e6, queries: 5, peaks: [1] });
    expect(record.blocks).toEqual([]);
    for (let i = 1; i <= 9000; i++) record.check({ nowUs: 47e6 + i * 10e6, queries: 1, peaks: [1] });
    expect(record.blocks).toHaveLength(8640);
  });
});
