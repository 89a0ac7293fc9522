import { describe, expect, it } from 'vitest';
import { ControlLoop } from '../../src/control-loop/control-loop.js';
import { type JournalRecord, resumePoint } from '../../src/control-loop/journal.js';
import type { LoopEvent } from '../../src/control-loop/loop-event.js';
import type { LoopOptions } from '../../src/control-loop/loop-options.js';
import { BackendError } from '../../src/errors.js';
import { randomStream } from '../../src/random.js';
import { schedulesOf } from '../../src/replay/schedules.js';
import { historyMs } from '../../src/tuner/tuner-plan.js';
import { drawArrivals } from '../../src/workload/arrival-process.js';
import { parseSteps, rateCurve } from '../../src/workload/curve-text.js';
import { FakeClock, FakeTarget, sourceOf, spansOf } from '../tuner/live-fakes.js';
import { tunerPlanOf } from '../tuner/tuner-plans.js';

const PLAN = tunerPlanOf({ a: {}, b: { scaleFactor: 0.4, replicas: 1, throughputQps: 60 } });
const PLANNED = { a: 2, b: 1 };

/** 60/s, 300/s from 40 s to 80 s, then 60/s again until 150 s; in ms. */
function stepStamps(seed = 1): number[] {
  const process = {
    rateQps: rateCurve([parseSteps('0s=60/s,40s=300/s,80s=60/s')]),
    cv: { kind: 'constant' as const, value: 1 },
  };
  const block = new Float64Array(100_000);
  const count = drawArrivals(process, { seed, bound: { durationMs: 150_000 } }).read(block);
  return Array.from(block.subarray(0, count), (us) => us / 1000);
}

interface Running {
  readonly clock: FakeClock;
  readonly target: FakeTarget;
  readonly events: LoopEvent[];
  readonly records: JournalRecord[];
  readonly loop: () => ControlLoop;
  end(): Promise<void>;
}

function start(
  script: Parameters<typeof sourceOf>[0],
  {
    replicas = PLANNED,
    prepare,
    kind,
    ...given
  }: {
    replicas?: Readonly<Record<string, number>>;
    prepare?: (target: FakeTarget) => void;
    kind?: Parameters<typeof sourceOf>[2];
  } & Partial<LoopOptions> = {},
): Running {
  const clock = new FakeClock();
  const target = new FakeTarget(replicas, clock);
  prepare?.(target);
  const events: LoopEvent[] = [];
  const records: JournalRecord[] = [];
  const stop = new AbortController();
  let loop: ControlLoop | undefined;
  const opened = ControlLoop.open({
    plan: PLAN,
    planSha256: 'plan',
    source: sourceOf(script, clock, kind),
    target,
    clock,
    random: randomStream(1, 'retries'),
    isApplying: true,
    intervalMs: 100,
    handHoldMs: 600_000,
    journal: { append: (record) => void records.push(structuredClone(record)) },
    resume: undefined,
    signal: stop.signal,
    onEvent: (event) => events.push(event),
    ...given,
  });
  const run = opened.then((ready) => {
    loop = ready;
    return ready?.run();
  });
  run.catch(() => undefined);
  return {
    clock,
    target,
    events,
    records,
    loop: () => loop!,
    end: () => {
      stop.abort();
      return run;
    },
  };
}

const decisionsOf = (records: readonly JournalRecord[]) =>
  records.flatMap((record) => (record.kind === 'decision' ? [record.decision] : []));

/** What replay decides over the same stamps. */
function replayed(stampsMs: readonly number[]) {
  let next = 0;
  const steps = schedulesOf(PLAN, {
    read(block) {
      const count = Math.min(block.length, stampsMs.length - next);
      for (let i = 0; i < count; i++) block[i] = Math.floor(stampsMs[next++]! * 1000 + 0.5);
      return count;
    },
  });
  for (let step = steps.next(); ; step = steps.next()) if (step.done) return step.value.decisions;
}

describe('the same stamps', () => {
  it.each([1, 2, 3])(
    'T9: decide the same at the same instants as in replay, whatever the spans, seed %d',
    async (seed) => {
      const stampsMs = stepStamps(seed);
      const uniform = randomStream(seed, 'spans');
      const endMs = stampsMs.at(-1)!;
      const running = start(spansOf(stampsMs, endMs, () => 1 + uniform() ** 3 * 3000));
      await running.clock.runTo(endMs + 1000);
      await running.end();
      const expected = replayed(stampsMs);
      expect(expected.map(({ kind }) => kind)).toEqual(expect.arrayContaining(['up', 'down']));
      expect(decisionsOf(running.records)).toEqual(expected);
      const last = new Map<string, number>(Object.entries(PLANNED));
      for (const { stage, to } of expected.flatMap(({ changes }) => changes)) last.set(stage, to);
      expect([...running.target.stages].map(([stage, { wanted }]) => [stage, wanted])).toEqual([...last]);
    },
  );
});

describe('a live system that fails', () => {
  const stampsMs = stepStamps();
  const script = spansOf(stampsMs, 150_000, 250);

  it('rejects a call, then another: it is asked again, more slowly, until it obeys', async () => {
    const running = start(script, { prepare: (target) => target.nextSets.push('fails', 'fails') });
    await running.clock.runTo(60_000);
    const failed = running.events.filter((event) => event.kind === 'apply-failed');
    expect(failed).toHaveLength(2);
    expect(running.events.filter((event) => event.kind === 'applied').length).toBeGreaterThan(0);
    expect(running.target.stages.get('a')!.wanted).toBe(running.loop().session!.state.replicas[0]);
    await running.end();
  });

  it('hangs: the next decision overtakes the call', async () => {
    const running = start(script, { prepare: (target) => target.nextSets.push('hangs', 'hangs') });
    await running.clock.runTo(150_000);
    const [a, b] = running.loop().session!.state.replicas;
    expect([...running.target.stages.values()].map(({ wanted }) => wanted)).toEqual([a, b]);
    await running.end();
  });

  it('does not answer any more: nothing is scaled down, and it is told', async () => {
    const running = start(script.slice(0, 200), {
      prepare: (target) => target.nextReads.push(...Array(2).fill('fails')),
    });
    await running.clock.runTo(49_000);
    const before = [...running.target.stages.values()].map(({ wanted }) => wanted);
    expect(before[0]).toBeGreaterThan(2);
    // The arrivals end at 50 s, in the middle of the busy time, and never come back.
    await running.clock.runTo(1_000_000);
    expect([...running.target.stages.values()].map(({ wanted }) => wanted)).toEqual(before);
    expect(running.loop().dataAgeMs()).toBeGreaterThan(900_000);
    expect(running.events.filter((event) => event.kind === 'read-failed')).toHaveLength(2);
    await running.end();
  });

  it('does not say how many replicas it has: none is removed until it does', async () => {
    const running = start(spansOf(stampsMs, 400_000, 250), {
      prepare: (target) => target.setByHand('a', 12),
      replicas: { a: 12, b: 8 },
    });
    await running.clock.runTo(1_000);
    running.target.nextReads.push(...Array.from({ length: 1000 }, () => 'fails' as const));
    await running.clock.runTo(300_000);
    expect(decisionsOf(running.records).filter(({ kind }) => kind === 'down')).toEqual([]);
    expect(running.loop().session!.decision).toEqual({ kind: 'hold', reason: 'replicas unknown' });
    running.target.nextReads.length = 0;
    await running.clock.runTo(400_000);
    expect(decisionsOf(running.records).some(({ kind }) => kind === 'down')).toBe(true);
    await running.end();
  });

  it('answers once with numbers that are not so: they are not believed', async () => {
    const lie = [
      { stage: 'a', wanted: 40, ready: 40 },
      { stage: 'b', wanted: 1, ready: 1 },
    ];
    const running = start(script, {
      prepare: (target) =>
        target.nextReads.push(
          [
            { stage: 'a', wanted: 2, ready: 2 },
            { stage: 'b', wanted: 1, ready: 1 },
          ],
          lie,
        ),
    });
    await running.clock.runTo(20_000);
    expect(running.events.filter((event) => event.kind === 'changed-by-hand')).toEqual([]);
    await running.end();
  });

  it('arrivals that fail come back without a gap in what is decided', async () => {
    const broken = [...script.slice(0, 170), 'connection lost', 'connection refused', ...script.slice(170)];
    const running = start(broken);
    await running.clock.runTo(160_000);
    await running.end();
    expect(decisionsOf(running.records)).toEqual(replayed(stampsMs));
    expect(running.events.filter(({ kind }) => kind === 'arrivals-failed')).toHaveLength(2);
    expect(running.events.filter(({ kind }) => kind === 'arrivals-back')).toHaveLength(1);
  });

  it('a source that does not know the arrivals for a while: said once, and that it knows them again', async () => {
    const unknown = { kind: 'unknown', problem: 'selects no series' } as const;
    const corrected = { kind: 'corrected', note: 'another time zone' } as const;
    const running = start([...script.slice(0, 170), unknown, unknown, corrected, ...script.slice(170)]);
    await running.clock.runTo(160_000);
    await running.end();
    expect(decisionsOf(running.records)).toEqual(replayed(stampsMs));
    expect(running.events.filter(({ kind }) => kind.startsWith('arrivals-'))).toEqual([
      { kind: 'arrivals-unknown', problem: 'selects no series' },
      { kind: 'arrivals-corrected', note: 'another time zone' },
      { kind: 'arrivals-back' },
    ]);
  });

  it('a source that falls silent without a word: said after a minute, and nothing is removed', async () => {
    const running = start(script.slice(0, 20));
    await running.clock.runTo(200_000);
    await running.end();
    expect(running.events.filter(({ kind }) => kind.startsWith('arrivals-'))).toEqual([
      { kind: 'arrivals-unknown', problem: 'nothing was heard from a list for 1m' },
    ]);
    expect(decisionsOf(running.records)).toEqual([]);
  });

  it('a count over a long span is no burst', async () => {
    const seconds = (count: number, fromS: number, toS: number) =>
      ({ fromMs: fromS * 1000, toMs: toS * 1000, count, ageMs: 0 }) as const;
    // 40/s: second by second, then a server that did not answer for 20 s.
    const steady = Array.from({ length: 20 }, (_, s) => seconds(40, s, s + 1));
    const running = start([...steady, seconds(800, 20, 40), seconds(40, 40, 41)]);
    await running.clock.runTo(42_000);
    await running.end();
    expect(decisionsOf(running.records).filter(({ kind }) => kind === 'up')).toEqual([]);
  });

  it('a journal that cannot be written: the decision is not carried out, and the run ends', async () => {
    const running = start(script, {
      journal: {
        append: (record) => {
          if (record.kind === 'decision') throw new Error('disk full');
        },
      },
    });
    await running.clock.runTo(150_000);
    await expect(running.end()).rejects.toThrow('disk full');
    expect(running.target.calls).toEqual([]);
  });
});

describe('something else answers than what the plan is for', () => {
  const gone = { code: 'BACKEND_FOREIGN', message: 'a fake: serves pipeline other' };

  it('at the start: the run does not begin', async () => {
    const running = start([], { prepare: (target) => target.nextReads.push('is foreign') });
    await running.clock.runTo(1000);
    await expect(running.end()).rejects.toMatchObject(gone);
    expect(running.records).toEqual([]);
  });

  it('later, once: nothing happens', async () => {
    const running = start([]);
    await running.clock.runTo(1000);
    running.target.nextReads.push(
      'is foreign',
      [
        { stage: 'a', wanted: 2, ready: 2 },
        { stage: 'b', wanted: 1, ready: 1 },
      ],
      'is foreign',
    );
    await running.clock.runTo(10_000);
    expect(running.loop().troubles()).toEqual([]);
    await running.end();
  });

  it('later, twice in a row: the run ends with the reason, its summary and the end of its journal', async () => {
    const running = start([]);
    await running.clock.runTo(1000);
    running.target.nextReads.push('is foreign', 'is foreign', 'fails');
    await running.clock.runTo(10_000);
    expect(running.events.at(-1)).toEqual({ kind: 'ended', left: undefined, bound: [] });
    expect(running.records.at(-1)).toEqual({ kind: 'end' });
    await expect(running.end()).rejects.toMatchObject(gone);
    expect(running.target.calls).toEqual([]);
  });
});

describe('replicas changed by hand', () => {
  const stampsMs = stepStamps();

  it('are noticed, and stand', async () => {
    const running = start(spansOf(stampsMs, 150_000, 250));
    await running.clock.runTo(10_000);
    running.target.setByHand('a', 9);
    await running.clock.runTo(150_000);
    expect(running.events.filter(({ kind }) => kind === 'changed-by-hand')).toMatchObject([
      { stage: 'a', from: 2, to: 9 },
    ]);
    expect(running.target.stages.get('a')!.wanted).toBe(9);
    expect(running.target.calls.filter(({ stage }) => stage === 'a')).toEqual([]);
    await running.end();
  });

  it('while no tuner ran, too', async () => {
    const first = start(spansOf(stampsMs, 150_000, 250));
    await first.clock.runTo(60_000);
    const resume = resumePoint(first.records)!;
    await first.end();
    const running = start(spansOf(stampsMs, 150_000, 250), {
      resume,
      replicas: { a: 30, b: resume.state.replicas[1]! },
    });
    await running.clock.runTo(150_000);
    expect(running.target.stages.get('a')!.wanted).toBe(30);
    await running.end();
  });
});

describe('clocks', () => {
  it('that jump forward by a day without arrivals are a gap: nothing is scaled down for 30 s', async () => {
    const script = spansOf(stepStamps(), 60_000, 250);
    const day = 86_400_000;
    const running = start([
      ...script,
      { fromMs: 60_000, toMs: day, count: 0, stampsMs: [], ageMs: 60_000 - day },
      { fromMs: day, toMs: day + 29_900, count: 0, stampsMs: [], ageMs: 60_000 - day },
    ]);
    await running.clock.runTo(100_000);
    expect(decisionsOf(running.records).filter(({ atMs }) => atMs > 60_000)).toEqual([]);
    await running.end();
  });

  it.each([
    ['stamps', true],
    ['a count', false],
  ])('that jump in a span with %s are a gap too', async (_, hasStamps) => {
    const script = spansOf(stepStamps(), 60_000, 250);
    const jumpMs = 600_000;
    const before = [60_010, 60_020];
    const after = [60_030 + jumpMs, 60_040 + jumpMs];
    const span = { fromMs: 60_000, toMs: 60_050 + jumpMs, count: 4, ageMs: -jumpMs };
    const later = { fromMs: span.toMs, toMs: span.toMs + 29_000, count: 0, ageMs: -jumpMs };
    const running = start([
      ...script,
      hasStamps ? { ...span, stampsMs: [...before, ...after] } : span,
      hasStamps ? { ...later, stampsMs: [] } : later,
    ]);
    await running.clock.runTo(100_000);
    expect(running.events.filter(({ kind }) => kind === 'gap')).toEqual([
      hasStamps
        ? { kind: 'gap', fromMs: before[1], toMs: after[0] }
        : { kind: 'gap', fromMs: span.fromMs, toMs: span.toMs },
    ]);
    expect(decisionsOf(running.records).filter(({ atMs }) => atMs > 60_050)).toEqual([]);
    await running.end();
  });

  it('that begin anew keep the replicas, and ask again for those that the live system lost', async () => {
    const busy = spansOf(stepStamps(), 60_000, 250);
    const anew = spansOf(stepStamps(), 20_000, 250).map((span) => ({ ...span, ageMs: 60_000 }));
    const running = start([...busy, ...anew]);
    await running.clock.runTo(59_000);
    const wanted = running.loop().session!.state.replicas;
    expect(wanted[0]).toBeGreaterThan(2);
    running.target.setByHand('a', 2); // as its plan says
    running.target.setByHand('b', 1);
    await running.clock.runTo(75_000);
    expect(running.events.filter(({ kind }) => kind === 'clock-restarted')).toHaveLength(1);
    expect([...running.target.stages.values()].map((counts) => counts.wanted)).toEqual(wanted);
    await running.end();
  });
});

describe('a clock that is not the live system’s own', () => {
  it('is set back: a number set by hand stands for as long as it would have, and nothing is set again', async () => {
    const before = spansOf([], 60_000, 250);
    const after = spansOf([], 700_000, 250).map((span) => ({
      ...span,
      fromMs: span.fromMs + 10_000,
      toMs: span.toMs + 10_000,
      ageMs: 50_000,
    }));
    const running = start([...before, ...after], { kind: 'promql' });
    await running.clock.runTo(20_000);
    running.target.setByHand('a', 4);
    await running.clock.runTo(30_000);
    const [untilMs] = running.loop().session!.state.handUntilMs;
    await running.clock.runTo(70_000);
    expect(running.loop().session!.state.handUntilMs).toEqual([untilMs! - 50_000, null]);
    expect(running.events).toContainEqual({ kind: 'clock-set-back', fromMs: 60_000, toMs: 10_000 });
    expect(running.records.filter(({ kind }) => kind === 'clock')).toHaveLength(1);
    await running.clock.runTo(600_000);
    expect(running.target.stages.get('a')).toEqual({ wanted: 4, ready: 4 });
    await running.end();
  });
});

describe('a wall clock that was set while no tuner ran', () => {
  it('lets no decision be made again', async () => {
    const stampsMs = stepStamps();
    const first = start(spansOf(stampsMs, 150_000, 250));
    await first.clock.runTo(60_000);
    const made = decisionsOf(first.records);
    expect(made.length).toBeGreaterThan(0);
    const { zeroMs, ...resume } = resumePoint(first.records)!;
    await first.end();
    const replicas = { a: resume.state.replicas[0]!, b: resume.state.replicas[1]! };
    // The source tells the past that the windows need in one span.
    const past = stampsMs.filter((ms) => ms <= 60_250);
    const spans = spansOf(stampsMs, 150_000, 250).filter(({ fromMs }) => fromMs >= 60_250);
    const running = start([{ fromMs: 0, toMs: 60_250, count: past.length, stampsMs: past, ageMs: 5 }, ...spans], {
      resume: { ...resume, zeroMs: zeroMs! - 3_600_000 },
      replicas,
    });
    await running.clock.runTo(150_000);
    await running.end();
    expect(decisionsOf(running.records).filter(({ atMs }) => atMs <= resume.checkedMs!)).toEqual([]);
  });
});

describe('a live system that restarts', () => {
  const busy = spansOf(stepStamps(), 60_000, 250);

  it('while arrivals fail is not taken for a change by hand', async () => {
    const failures = Array.from({ length: 6 }, () => 'connection refused');
    const anew = spansOf(stepStamps(), 30_000, 250).map((span) => ({ ...span, ageMs: 75_000 }));
    const running = start([...busy, ...failures, ...anew]);
    await running.clock.runTo(59_000);
    const wanted = running.loop().session!.state.replicas;
    running.target.setByHand('a', 2);
    running.target.setByHand('b', 1);
    await running.clock.runTo(90_000);
    expect(running.events.filter(({ kind }) => kind === 'changed-by-hand')).toEqual([]);
    expect(running.events.filter(({ kind }) => kind === 'clock-restarted')).toHaveLength(1);
    expect([...running.target.stages.values()].map((counts) => counts.wanted)).toEqual(wanted);
    await running.end();
  });

  it('together with the tuner leaves no number standing by hand, now or after the next kill', async () => {
    const first = start(busy);
    await first.clock.runTo(59_000);
    const killed = [...first.records];
    void first.end();
    // The engine has its planned replicas again, and a clock whose zero is a minute later.
    const later = { ...resumePoint(killed)!, zeroMs: 1_699_999_000_000 };
    const second = start(spansOf(stepStamps(), 20_000, 250), { resume: later });
    await second.clock.runTo(15_000);
    const { state } = resumePoint(second.records)!;
    expect(state).toEqual({
      replicas: [2, 1],
      lastChangeMs: 250,
      lastRaiseMs: [null, null],
      handUntilMs: [null, null],
    });
    await second.end();
  });
});

describe('a dry run', () => {
  it('decides the same and sets nothing', async () => {
    const stampsMs = stepStamps();
    const running = start(spansOf(stampsMs, 150_000, 250), { isApplying: false });
    await running.clock.runTo(160_000);
    await running.end();
    expect(running.target.calls).toEqual([]);
    expect(decisionsOf(running.records)).toEqual(replayed(stampsMs));
  });
});

describe('an end in order', () => {
  it('says what is left', async () => {
    const running = start(spansOf(stepStamps(), 150_000, 250));
    await running.clock.runTo(1000);
    await running.end();
    expect(running.events.at(-1)).toEqual({
      kind: 'ended',
      bound: [],
      left: [
        { stage: 'a', planned: 2, wanted: 2, ready: 2 },
        { stage: 'b', planned: 1, wanted: 1, ready: 1 },
      ],
    });
    expect(running.records.at(-1)).toEqual({ kind: 'end' });
    expect(resumePoint(running.records)).toBeUndefined();
  });
});

/** Cut at any record, with what was carried out by then, the next run ends with the decisions of an undisturbed one. */
describe('T10: a run that is cut off anywhere neither loses nor repeats a decision', () => {
  const stampsMs = stepStamps();
  const whole = replayed(stampsMs);

  it.each(Array.from({ length: 12 }, (_, i) => [i]))('cut %d', async (cut) => {
    const uniform = randomStream(cut, 'cuts');
    const script = spansOf(stampsMs, stampsMs.at(-1)!, 250);
    let records: JournalRecord[] = [];
    let stages: Readonly<Record<string, number>> = PLANNED;
    let atMs = 0;
    while (atMs < 150_000) {
      const resume = resumePoint(records);
      const sinceMs = Math.max(0, (resume?.checkedMs ?? 0) - historyMs(PLAN));
      const from = script.findIndex(({ toMs }) => toMs > sinceMs);
      const running = start(
        script.slice(from).map((span) => ({ ...span, ageMs: 0 })),
        { resume: resume && { ...resume, zeroMs: 1_700_000_000_000 }, replicas: stages },
      );
      atMs += uniform() * 60_000;
      await running.clock.runTo(atMs);
      // Killed: what was recorded stays, what was asked of the live system stays, the rest is gone.
      records = [...records, ...running.records];
      stages = Object.fromEntries([...running.target.stages].map(([stage, { wanted }]) => [stage, wanted]));
      void running.end();
    }
    const last = start([], { resume: resumePoint(records)!, replicas: stages });
    await last.clock.runTo(20_000);
    expect(decisionsOf(records)).toEqual(whole);
    expect([...last.target.stages.values()].map(({ wanted }) => wanted)).toEqual(resumePoint(records)!.state.replicas);
    await last.end();
  });
});

describe('the work of the stages', () => {
  /**
   * Every 100 ms a query, of which two in five visit b; batches of a take so long. The stream breaks off once, after a
   * minute.
   */
  function workOf(clock: FakeClock, tookMs: number): NonNullable<LoopOptions['source']['batches']> {
    let next = 0;
    let hasBroken = false;
    return async function* ({ signal }) {
      for (; ; next++) {
        const endMs = 100 * (next + 1);
        await clock.pause(endMs - clock.nowMs(), signal);
        if (signal.aborted) return;
        if (endMs > 60_000 && !hasBroken) {
          hasBroken = true;
          throw new BackendError('BACKEND_UNREACHABLE', 'a list: gone');
        }
        const batch = { number: next, endMs, enteredMs: [endMs - 50], queries: [next] };
        yield { ...batch, stage: 'a', startMs: endMs - tookMs };
        if (next % 5 < 2) yield { ...batch, stage: 'b', startMs: endMs - 20 };
      }
    };
  }

  it.each<[number, readonly string[]]>([
    [11, []],
    [16, ['service time a']],
  ])('is held against the plan: batches of a that take %d ms where the profile says 10', async (tookMs, found) => {
    const clock = new FakeClock();
    const stamps = Array.from({ length: 3000 }, (_, i) => 100 * (i + 1));
    const drift = {
      predicted: { queries: 6000, meanRateQps: 10 },
      stages: [
        { stage: 'a', scaleFactor: 1 },
        { stage: 'b', scaleFactor: 0.4 },
      ],
    } as unknown as NonNullable<LoopOptions['drift']>;
    const running = start([], {
      clock,
      source: { ...sourceOf(spansOf(stamps, 300_000, 1000), clock), batches: workOf(clock, tookMs) },
      drift,
      expectedMs: (stage) => [10, 20][stage],
    });
    await clock.runTo(290_000);
    await running.end();
    const findings = running.events.flatMap((event) => (event.kind === 'drift' ? event.findings : []));
    expect(findings.map((finding) => `${finding.kind} ${'stage' in finding ? finding.stage : ''}`)).toEqual(found);
  });
});
