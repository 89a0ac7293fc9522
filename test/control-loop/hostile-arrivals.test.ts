/** Whatever a source says, the loop ends on its signal, and what cannot be true changes no replica. */
import { describe, expect, it } from 'vitest';
import type { ArrivalSource, ArrivalSpan } from '../../src/backends/contracts/arrival-source.js';
import type { LoopOptions } from '../../src/control-loop/loop-options.js';
import { randomStream } from '../../src/random.js';
import { FakeClock, spansOf } from '../tuner/live-fakes.js';
import { tunerPlanOf } from '../tuner/tuner-plans.js';
import { runLoop } from './loop-run.js';

const PLAN = tunerPlanOf({ a: {}, b: { replicas: 1 } }, { limits: { largestGrowth: 10 } });
/** More than planned, so that a removal would follow if nothing arrived. */
const PRESENT = { a: 5, b: 4 };
/** Hands over a span every half a second, whatever it says of its own time. */
function saying(
  script: readonly ArrivalSpan[],
): { clock: FakeClock; replicas: typeof PRESENT } & Pick<LoopOptions, 'source'> {
  const clock = new FakeClock();
  let next = 0;
  const source: ArrivalSource = {
    describe: () => ({ kind: 'push', place: 'a list', precision: 'stamps', finestWindowMs: 0 }),
    async *spans({ signal }) {
      for (;;) {
        await clock.pause(next < script.length ? 500 : 1e12, signal);
        if (signal.aborted) return;
        yield script[next++]!;
      }
    },
    close: () => Promise.resolve(),
  };
  return { clock, source, replicas: PRESENT };
}

const quiet = spansOf([], 5_000, 500);
const span = (given: Partial<ArrivalSpan>): ArrivalSpan => ({
  fromMs: 5_000,
  toMs: 5_500,
  count: 0,
  ageMs: 0,
  ...given,
});

describe('a span that cannot be true', () => {
  it.each<[string, Partial<ArrivalSpan>]>([
    ['a count that no pipeline has', { count: 9_007_199_254_740_991 }],
    ['a count without an end', { count: Number.POSITIVE_INFINITY }],
    ['a count that is no number', { count: Number.NaN }],
    ['a negative count', { count: -3 }],
    ['half an arrival', { count: 2.5 }],
    ['an end before its beginning', { toMs: 4_000 }],
    ['an end that is no number', { toMs: Number.NaN }],
    ['an end beyond whole microseconds', { toMs: 1e300 }],
    ['a stamp after its end', { count: 1, stampsMs: [9_000] }],
    ['a stamp before its beginning', { count: 1, stampsMs: [0] }],
    ['stamps that go back', { count: 2, stampsMs: [5_200, 5_100] }],
    ['a stamp that is no number', { count: 1, stampsMs: [Number.NaN] }],
    ['fewer stamps than arrivals', { count: 2, stampsMs: [5_100] }],
  ])('with %s is unknown', async (_, given) => {
    const run = runLoop(PLAN, saying([...quiet, span(given)]));
    await run.clock.runTo(28_000);
    expect(run.target.calls).toEqual([]);
    expect(run.events.map(({ kind }) => kind)).toContain('arrivals-failed');
    await run.end();
  });

  it.each<[string, Partial<ArrivalSpan>]>([
    ['without stamps', { count: 3 }],
    ['with a stamp at its end', { count: 1, stampsMs: [1.7e12] }],
    ['with stamps all along', { count: 5_000, stampsMs: Array.from({ length: 5_000 }, (_, i) => 5_001 + i * 3e8) }],
    ['of silence', {}],
  ])('over fifty years, %s, is a gap', async (_, given) => {
    const run = runLoop(PLAN, saying([...quiet, span({ toMs: 1.7e12, ...given })]));
    await run.clock.runTo(28_000);
    expect(run.target.calls).toEqual([]);
    expect(run.events.filter(({ kind }) => kind === 'gap')).toEqual([{ kind: 'gap', fromMs: 5_000, toMs: 1.7e12 }]);
    await run.end();
  });
});

it('a flood within what a source may say asks for no more than the growth of the plan', async () => {
  const flood = span({ count: 500_000 });
  const run = runLoop(PLAN, { ...saying([...quiet, flood]), replicas: { a: 2, b: 1 } });
  await run.clock.runTo(20_000);
  expect(run.wanted()).toEqual([20, 10]);
  await run.end();
});

it('random spans, true or not: never more than the limits, and an end on the signal', async () => {
  const uniform = randomStream(11, 'spans');
  const any = [0, 1, -1, 0.5, 1e3, 1e9, 1e12, 1e16, 1e300, Number.NaN, Number.POSITIVE_INFINITY];
  const pick = () => any[Math.floor(uniform() * any.length)]! * (uniform() < 0.5 ? 1 : uniform());
  for (let round = 0; round < 30; round++) {
    const script = Array.from({ length: 40 }, (): ArrivalSpan => {
      const stampsMs = Array.from({ length: Math.floor(uniform() * 4) }, pick);
      const fromMs = pick();
      const toMs = uniform() < 0.6 ? fromMs + Math.abs(pick()) : pick();
      return {
        fromMs,
        toMs,
        count: uniform() < 0.5 ? stampsMs.length : pick(),
        ageMs: 0,
        ...(uniform() < 0.5 && { stampsMs }),
      };
    });
    const run = runLoop(PLAN, saying(script));
    await run.clock.runTo(60_000);
    for (const { stage, replicas } of run.target.calls) {
      expect(replicas).toBeLessThanOrEqual(stage === 'a' ? 20 : 10);
      expect(replicas).toBeGreaterThanOrEqual(1);
    }
    await run.end();
  }
});
