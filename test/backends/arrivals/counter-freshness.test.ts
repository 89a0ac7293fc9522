import { expect, it } from 'vitest';
import { type CountedSpan, CounterFreshness } from '../../../src/backends/arrivals/counter-freshness.js';
import { randomStream } from '../../../src/random.js';

const POLL_MS = 50;

/** Polls a server that counts `arrivals` (ms, ascending), and shows them when `shownMs` says. */
function polled(arrivals: readonly number[], seconds: number, shownMs: (ms: number) => number, waiting = 0) {
  const freshness = new CounterFreshness({ pollMs: POLL_MS, startMs: 0 });
  const spans: CountedSpan[] = [];
  for (let toMs = POLL_MS; toMs <= seconds * 1000; toMs += POLL_MS) {
    const fromMs = toMs - POLL_MS;
    const count = arrivals.filter((ms) => shownMs(ms) > fromMs && shownMs(ms) <= toMs).length;
    spans.push(...freshness.take({ fromMs, toMs, count, waiting: waiting * count }));
  }
  return spans;
}

function poisson(rateQps: number, seconds: number, fromMs = 0): number[] {
  const uniform = randomStream(3, 'counters');
  const arrivals: number[] = [];
  const gapMs = () => (-Math.log(1 - uniform()) / rateQps) * 1000;
  for (let ms = fromMs + gapMs(); ms < fromMs + seconds * 1000; ms += gapMs()) arrivals.push(ms);
  return arrivals;
}

const live = (ms: number) => ms;
const every = (refreshMs: number) => (ms: number) => Math.ceil(ms / refreshMs) * refreshMs;
const total = (spans: readonly CountedSpan[]) => spans.reduce((sum, { count }) => sum + count, 0);
/** Highest rate of a span, per second. */
const peakQps = (spans: readonly CountedSpan[]) =>
  Math.max(...spans.map(({ fromMs, toMs, count }) => (1000 * count) / Math.max(200, toMs - fromMs)));
const adjoin = (spans: readonly CountedSpan[]) =>
  spans.every(({ fromMs }, index) => index === 0 || fromMs === spans[index - 1]!.toMs);

it.each([1_000, 2_000, 5_000, 10_000])(
  'a server that refreshes every %d ms shows its rate, and no burst',
  (refreshMs) => {
    const spans = polled(poisson(40, 60), 60, every(refreshMs));
    expect(peakQps(spans)).toBeLessThan(80);
    const known = spans.filter(({ fromMs }) => fromMs >= 3 * refreshMs);
    const [firstMs, lastMs] = [known[0]!.fromMs, known.at(-1)!.toMs];
    expect(adjoin(known)).toBe(true);
    expect((1000 * total(known)) / (lastMs - firstMs)).toBeGreaterThan(30);
    expect((1000 * total(known)) / (lastMs - firstMs)).toBeLessThan(50);
  },
);

it('a server that stood still for a minute in between shows no burst when it goes on', () => {
  const arrivals = [...poisson(40, 30), ...poisson(40, 30, 90_000)];
  expect(peakQps(polled(arrivals, 120, every(5_000)))).toBeLessThan(80);
});

it.each([0.5, 5, 40, 400])('live counters at %d/s are told as they are', (rateQps) => {
  const arrivals = poisson(rateQps, 60);
  const spans = polled(arrivals, 60, live);
  expect(total(spans)).toBe(arrivals.length);
  expect(adjoin(spans)).toBe(true);
  expect(spans.every(({ fromMs, toMs, count }) => count === 0 || toMs - fromMs <= POLL_MS)).toBe(true);
});

it('a burst in live counters stays where it is', () => {
  const burst = Array.from({ length: 100 }, () => 50_010);
  const spans = polled([...poisson(0.2, 49), ...burst], 60, live);
  expect(spans).toContainEqual({ fromMs: 50_000, toMs: 50_050, count: 100 });
});

it('a first burst is told where the counters grow on, or it still waits', () => {
  const oneByOne = Array.from({ length: 60 }, (_, n) => 2_000 + 5 * n);
  expect(total(polled(oneByOne, 10, live))).toBe(60);
  const atOnce = Array.from({ length: 60 }, () => 2_000);
  expect(total(polled(atOnce, 10, live, 0.9))).toBe(60);
  // Else it may be what arrived since long before.
  expect(total(polled(atOnce, 10, live))).toBe(0);
});
