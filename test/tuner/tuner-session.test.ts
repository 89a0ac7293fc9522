import { describe, expect, it } from 'vitest';
import { trafficEnvelope } from '../../src/envelope/traffic-envelope.js';
import { randomStream } from '../../src/random.js';
import { type Change, firstState, type TunerState } from '../../src/tuner/decision.js';
import { removalWindows, type TunerPlan } from '../../src/tuner/tuner-plan.js';
import { TunerSession } from '../../src/tuner/tuner-session.js';
import { drawArrivals } from '../../src/workload/arrival-process.js';
import { parseSteps, rateCurve } from '../../src/workload/curve-text.js';
import { tunerPlanOf } from './tuner-plans.js';

const SECOND_US = 1_000_000;

function sessionOf(plan: TunerPlan, changes: Change[], startUs = 0): TunerSession {
  const state = firstState(
    plan.stages.map(({ replicas }) => replicas),
    startUs / 1000,
  );
  return new TunerSession({ plan, state, startUs, onChange: (change) => changes.push(change) });
}

function decisionsOver(plan: TunerPlan, arrivalsUs: ArrayLike<number>, endUs: number): Change[] {
  const changes: Change[] = [];
  const session = sessionOf(plan, changes);
  for (let i = 0; i < arrivalsUs.length; i++) session.arrive(arrivalsUs[i]!);
  session.settle(endUs);
  return changes;
}

function drawn(steps: string, cv: number, seed: number, durationS: number): Float64Array {
  const process = { rateQps: rateCurve([parseSteps(steps)]), cv: { kind: 'constant' as const, value: cv } };
  const source = drawArrivals(process, { seed, bound: { durationMs: durationS * 1000 } });
  const block = new Float64Array(1_000_000);
  return block.slice(0, source.read(block));
}

/** How many arrivals stand at or before an instant. */
function arrivedBy(arrivalsUs: Float64Array, us: number): number {
  let [from, to] = [0, arrivalsUs.length];
  while (from < to) {
    const middle = (from + to) >> 1;
    if (arrivalsUs[middle]! <= us) from = middle + 1;
    else to = middle;
  }
  return from;
}

/** Beyond the plan in every way: 60/s to 400/s and back. */
const UP_AND_DOWN = '0s=60/s,40s=400/s,70s=60/s';

describe('checks', () => {
  it('stand at multiples of the interval, and count what arrives at their instant', () => {
    const changes: Change[] = [];
    const session = sessionOf(tunerPlanOf(), changes);
    for (let i = 0; i < 21; i++) session.arrive(500_000); // 21 in 100 ms is one more than planned
    expect(changes).toEqual([]);
    session.settle(499_999.5);
    expect(changes).toEqual([]);
    session.settle(500_000);
    expect(changes.map(({ atMs }) => atMs)).toEqual([500]);
  });

  it('miss no window between two checks', () => {
    const changes: Change[] = [];
    const session = sessionOf(tunerPlanOf(), changes);
    // 11 arrivals at 310 ms and 10 at 409.999: 21 within 100 ms, at no multiple of 100 ms.
    for (let i = 0; i < 11; i++) session.arrive(310_000);
    for (let i = 0; i < 10; i++) session.arrive(409_999);
    session.settle(500_000);
    expect(changes.map(({ atMs, window }) => [atMs, window.queries])).toEqual([[500, 21]]);
  });

  it('begin after the start', () => {
    const session = sessionOf(tunerPlanOf(), [], 12_345_678);
    session.settle(12_399_999);
    expect(session.checkedUs).toBeUndefined();
    session.settle(12_400_000);
    expect(session.checkedUs).toBe(12_400_000);
  });
});

describe('a gap in what is known', () => {
  // 9 replicas where 2 are planned, and nothing arrives: from 30 s on all but one would go.
  const reasonAfter = (play: (session: TunerSession) => void) => {
    const session = sessionOf(tunerPlanOf({ a: { replicas: 9, throughputQps: 80 } }), []);
    play(session);
    return session.decision.reason;
  };

  it.each<[string, string, (session: TunerSession) => void]>([
    ['none: surplus goes', 'less traffic', (session) => session.settle(30 * SECOND_US)],
    [
      'a gap of a second: nothing goes for 30 s',
      'data too young',
      (session) => {
        session.settle(20 * SECOND_US);
        session.skipTo(21 * SECOND_US);
        session.settle(50 * SECOND_US);
      },
    ],
    [
      'and then it does',
      'less traffic',
      (session) => {
        session.settle(20 * SECOND_US);
        session.skipTo(21 * SECOND_US);
        session.settle(51 * SECOND_US);
      },
    ],
  ])('%s', (_, reason, play) => expect(reasonAfter(play)).toBe(reason));
});

describe('a session', () => {
  /** 21 queries at 0.5 s: one more in 100 ms than planned, so five replicas are asked for at 500 ms. */
  function playedUp(options: Partial<ConstructorParameters<typeof TunerSession>[0]>) {
    const seen: [string, number][] = [];
    const session = new TunerSession({
      plan: tunerPlanOf(),
      state: firstState([2], 0),
      startUs: 0,
      onChange: ({ atMs }) => seen.push(['change', atMs]),
      onRefused: (_, atMs) => seen.push(['refused', atMs]),
      ...options,
    });
    session.arrive(500_000, 21);
    session.settle(SECOND_US);
    return { session, seen };
  }

  it('goes on at the first check after a gap', () => {
    const checkedUs: number[] = [];
    const session = new TunerSession({
      plan: tunerPlanOf(),
      state: firstState([2], 0),
      startUs: 0,
      onCheck: ({ nowUs }) => checkedUs.push(nowUs),
      onChange: () => {},
    });
    session.settle(200_000);
    session.skipTo(9_950_000);
    session.settle(10_100_000);
    expect(checkedUs).toEqual([100_000, 200_000, 10_000_000, 10_100_000]);
  });

  it('decides nothing up to where it had decided before', () => {
    expect(playedUp({ decidedUs: 499_999 }).seen).toEqual([['change', 500]]);
    expect(playedUp({ decidedUs: SECOND_US }).seen).toEqual([]);
  });

  it('asks the review of changes only, and takes its word', () => {
    const reviewed: number[] = [];
    const { seen, session } = playedUp({
      review: (change, { before, after }) => {
        reviewed.push(change.atMs);
        return change.atMs < 700
          ? { decision: { kind: 'hold', reason: 'as needed' }, state: { ...before, lastChangeMs: change.atMs } }
          : { decision: change, state: after };
      },
    });
    // The window of 21 is seen at 500 and at 600 ms; later ones hold fewer.
    expect(reviewed).toEqual([500, 600]);
    expect(seen).toEqual([
      ['refused', 500],
      ['refused', 600],
    ]);
    expect(session.state.replicas).toEqual([2]);
  });

  it('says nothing of a refusal that changes nothing', () => {
    const review = (_: Change, { before }: { before: TunerState }) =>
      ({ decision: { kind: 'hold', reason: 'as needed' }, state: before }) as const;
    expect(playedUp({ review }).seen).toEqual([]);
  });
});

describe('idle checks', () => {
  it.each([1, 2, 3, 4])('are skipped only where they change nothing, seed %d', (seed) => {
    const plan = tunerPlanOf({ a: {}, b: { scaleFactor: 0.4, replicas: 1, throughputQps: 60 } });
    const uniform = randomStream(seed, 'holes');
    const arrivalsUs: number[] = [];
    for (let atUs = 0; arrivalsUs.length < 4000; ) {
      atUs += uniform() < 0.002 ? uniform() * 400 * SECOND_US : uniform() * 30_000;
      arrivalsUs.push(Math.floor(atUs));
    }
    const endUs = arrivalsUs.at(-1)! + 300 * SECOND_US;
    const changes: Change[] = [];
    let made = 0;
    let skipped = 0;
    const session = new TunerSession({
      plan,
      state: firstState([2, 1], 0),
      startUs: 0,
      onCheck: () => made++,
      onIdle: (checks) => {
        skipped += checks;
      },
      onChange: (change) => changes.push(change),
    });
    for (const atUs of arrivalsUs) session.arrive(atUs);
    session.settle(endUs);
    expect(changes).toEqual(decisionsOver(plan, arrivalsUs, endUs));
    expect(skipped).toBeGreaterThan(100);
    expect(made + skipped).toBe(Math.floor(endUs / 100_000));
  });
});

describe('laws', { tags: ['slow'] }, () => {
  const seeds = Array.from({ length: 8 }, (_, seed) => [seed]);
  const plan = tunerPlanOf({ a: {}, b: { scaleFactor: 0.4, replicas: 1, throughputQps: 60 } });

  it.each(seeds)('T1: portions do not matter, seed %d', (seed) => {
    const arrivalsUs = drawn(UP_AND_DOWN, 1.5, seed, 150);
    const endUs = 150 * SECOND_US;
    const whole = decisionsOver(plan, arrivalsUs, endUs);
    expect(whole.map(({ kind }) => kind)).toEqual(expect.arrayContaining(['up', 'down']));
    const uniform = randomStream(seed, 'portions');
    const changes: Change[] = [];
    const session = sessionOf(plan, changes);
    let next = 0;
    for (let toUs = 0; toUs < endUs; ) {
      toUs = Math.min(endUs, toUs + Math.floor(uniform() ** 4 * 5 * SECOND_US));
      while (next < arrivalsUs.length && arrivalsUs[next]! <= toUs) session.arrive(arrivalsUs[next++]!);
      session.settle(toUs);
    }
    expect(changes).toEqual(whole);
  });

  it.each(seeds)('T2: a decision names a window that really was as busy as that, seed %d', (seed) => {
    const arrivalsUs = drawn(UP_AND_DOWN, 1.5, seed, 150);
    for (const { kind, atMs, window } of decisionsOver(plan, arrivalsUs, 150 * SECOND_US)) {
      const [widthUs, atUs] = [window.windowMs * 1000, atMs * 1000];
      const spanUs = kind === 'up' ? 100_000 : 25 * SECOND_US; // windows that end since the last check, or within the look-back
      const ends = [atUs - spanUs, ...arrivalsUs.filter((us) => us > atUs - spanUs && us <= atUs)];
      const counts = ends.map((end) => arrivedBy(arrivalsUs, end) - arrivedBy(arrivalsUs, end - widthUs));
      expect(window.queries).toBe(Math.max(...counts));
    }
  });

  it.each(seeds)('T3: the planning trace asks for no more than the plan, seed %d', (seed) => {
    const arrivalsUs = drawn('0s=100/s', 0.5 + seed / 4, seed, 120);
    const envelope = trafficEnvelope({ arrivalsUs }, { smallestWindowMs: 50 });
    const changes = decisionsOver({ ...plan, envelope }, arrivalsUs, 120 * SECOND_US);
    for (const { reason, changes: stages } of changes) {
      expect(reason).not.toBe('beyond the envelope');
      for (const { stage, to } of stages) {
        expect(to).toBeLessThanOrEqual(plan.stages.find((one) => one.stage === stage)!.replicas);
      }
    }
  });

  it.each(['guarded', 'lean'] as const)('T4: no swinging at constant load, whatever the load, %s', (rules) => {
    const uniform = randomStream(1, 'constant load', rules);
    const tuned = { ...tunerPlanOf({ a: { replicas: 5, throughputQps: 30 }, b: {} }, { rules }), ...removalWindows(0) };
    for (let trial = 0; trial < 8; trial++) {
      const gapUs = Math.floor(SECOND_US / (5 + uniform() * 500));
      const changes: Change[] = [];
      const session = sessionOf(tuned, changes);
      for (let us = 0; us < 300 * SECOND_US; us += gapUs) session.arrive(us);
      session.settle(300 * SECOND_US);
      // The windows have all filled after 10 s, what a removal looks back on after two minutes more, and a change
      // settles in 15 s.
      expect(changes.filter(({ atMs }) => atMs > 160_000)).toEqual([]);
    }
  });

  it.each(seeds)('T5: limits hold whatever arrives, and a replica stays, seed %d', (seed) => {
    const limits = { mostReplicas: { a: 4 }, inventory: { cpu: 6 }, largestStep: 2, mostUsdPerHour: 5.5 };
    const limited = tunerPlanOf({ a: {}, b: { scaleFactor: 0.4, replicas: 1 } }, { limits });
    const present = new Map([
      ['a', 2],
      ['b', 1],
    ]);
    for (const { changes } of decisionsOver(limited, drawn(UP_AND_DOWN, 2, seed, 150), 150 * SECOND_US)) {
      for (const { stage, from, to } of changes) {
        expect(from).toBe(present.get(stage));
        expect(Math.abs(to - from)).toBeLessThanOrEqual(2);
        present.set(stage, to);
      }
      expect(present.get('a')).toBeLessThanOrEqual(4);
      expect(present.get('a')! + present.get('b')!).toBeLessThanOrEqual(5); // $5.50 at $1 each
      expect(Math.min(...present.values())).toBeGreaterThanOrEqual(1);
    }
  });
});
