// @module-tag slow
/** Logs that are flushed late, in another time zone, or by a clock that is wrong: what they report is true, or nothing. */
import { describe, expect, it } from 'vitest';
import { accessLogArrivals } from '../../../src/backends/arrivals/access-log-arrivals.js';
import type { ArrivalSpan, SourceNotice } from '../../../src/backends/contracts/arrival-source.js';
import type { LogFormat } from '../../../src/model/notation/access-log-line.js';
import { randomStream } from '../../../src/random.js';
import { fakeClock } from '../../helpers/fake-clock.js';

const START_MS = Date.UTC(2026, 10, 22, 12, 26, 5);
const LATENCY_MS = 20;

interface Writer {
  readonly format: LogFormat;
  readonly rateQps?: number;
  readonly seconds: number;
  /** The proxy's clock less this machine's, by true time from the start. */
  readonly skewMs?: (atMs: number) => number;
  /** When the line of a query that arrived then can be read. */
  readonly writtenMs?: (arrivalMs: number) => number;
  /** This machine's wall clock less the true time. */
  /** Queries from here on have lines of another format. */
  readonly otherFormatFromMs?: number;
  readonly wallStepMs?: (atMs: number) => number;
}

const flushedEvery = (everyMs: number) => (arrivalMs: number) =>
  Math.ceil((arrivalMs + LATENCY_MS) / everyMs) * everyMs;

function lineOf(format: LogFormat, ms: number): string {
  const iso = new Date(ms).toISOString();
  if (format === 'envoy') return `[${iso}] "POST / HTTP/1.1" 200 - 12 34 20 19 "-"`;
  if (format === 'nginx') return `0 ${((ms + LATENCY_MS) / 1000).toFixed(3)} ${(LATENCY_MS / 1000).toFixed(3)}`;
  const month = new Date(ms).toLocaleString('en-US', { month: 'short', timeZone: 'UTC' });
  return `lb haproxy[1]: [${iso.slice(8, 10)}/${month}/${iso.slice(0, 4)}:${iso.slice(11, 23)}] front back/s 0/0/1/19/20`;
}

/** Runs a source over the writer's log. Times come back in ms from the start. */
async function run(writer: Writer) {
  const { format, rateQps = 40, seconds } = writer;
  const { skewMs = () => 0, writtenMs = (ms: number) => ms + LATENCY_MS, wallStepMs = () => 0 } = writer;
  const uniform = randomStream(2, 'delivery');
  const arrivals: number[] = [];
  const gapMs = () => (-Math.log(1 - uniform()) / rateQps) * 1000;
  for (let ms = 0; ms < seconds * 1000; ms += gapMs()) arrivals.push(Math.ceil(ms));
  const lines = arrivals
    .map((ms) => {
      const line = lineOf(format, START_MS + ms + skewMs(ms));
      return { at: writtenMs(ms), line: ms >= (writer.otherFormatFromMs ?? Infinity) ? 'GET / 200' : line };
    })
    .sort((a, b) => a.at - b.at);
  const clock = fakeClock();
  let next = 0;
  const file = {
    readNew: () => {
      const from = next;
      while (next < lines.length && lines[next]!.at <= clock.nowMs()) next++;
      return { lines: lines.slice(from, next).map(({ line }) => line), hasGap: false };
    },
    close: () => undefined,
  };
  const wallMs = () => START_MS + clock.nowMs() + wallStepMs(clock.nowMs());
  const source = accessLogArrivals({ file, place: 'access.log', format, clock, wallMs });
  const stop = new AbortController();
  clock.at(seconds * 1000, () => stop.abort());
  const notices: SourceNotice[] = [];
  const spans: ArrivalSpan[] = [];
  for await (const span of source.spans({ signal: stop.signal, onNotice: (notice) => notices.push(notice) })) {
    const ms = (at: number) => at - START_MS;
    const { fromMs, toMs, stampsMs = [] } = span;
    spans.push({ ...span, fromMs: ms(fromMs), toMs: ms(toMs), stampsMs: stampsMs.map(ms) });
  }
  const lastGap = spans.reduce((last, { fromMs }, i) => (i > 0 && fromMs > spans[i - 1]!.toMs ? i : last), 0);
  const known = spans.slice(lastGap);
  return {
    notices,
    spans,
    /** From the last gap on. */
    knownMs: [known[0]?.fromMs ?? 0, known.at(-1)?.toMs ?? 0] as const,
    told: known.flatMap(({ stampsMs = [] }) => [...stampsMs]),
    arrivals,
    most: (everyMs: number) =>
      mostWithin(
        spans.flatMap(({ stampsMs = [] }) => [...stampsMs]),
        everyMs,
      ),
    mostTrue: (everyMs: number) => mostWithin(arrivals, everyMs),
  };
}

function mostWithin(stamps: readonly number[], widthMs: number): number {
  const sorted = [...stamps].sort((a, b) => a - b);
  let from = 0;
  return sorted.reduce((most, ms, to) => {
    while (sorted[from]! <= ms - widthMs) from++;
    return Math.max(most, to - from + 1);
  }, 0);
}

const FORMATS: readonly LogFormat[] = ['nginx', 'haproxy', 'envoy'];
const HOUR_MS = 3_600_000;

describe.each(FORMATS)('%s', (format) => {
  it.each<[string, Partial<Writer>, string]>([
    ['flushed every 5 s', { writtenMs: flushedEvery(5_000) }, 'hold widened to'],
    ['flushed every 10 s', { writtenMs: flushedEvery(10_000) }, 'hold widened to'],
    ['an hour ahead', { skewMs: () => HOUR_MS }, '1h ahead of this machine'],
    ['five and a half hours behind', { skewMs: () => -5.5 * HOUR_MS }, '5h30m behind this machine'],
    ['an hour ahead and flushed late', { skewMs: () => HOUR_MS, writtenMs: flushedEvery(5_000) }, '1h ahead of'],
    ['a clock 7 s ahead', { skewMs: () => 7_000 }, 'a clock that is wrong'],
    ['a clock 1.2 s ahead', { skewMs: () => 1_200 }, 'a clock that is wrong'],
    ['a clock 3 s ahead of another time zone', { skewMs: () => HOUR_MS + 3_000 }, 'a clock that is wrong'],
    ['a clock 3 min behind', { skewMs: () => -180_000 }, 'a clock that is wrong'],
  ])('%s: every arrival where it was, nothing stacked', async (_, how, said) => {
    const { notices, knownMs, told, arrivals, most, mostTrue } = await run({ format, seconds: 60, ...how });
    expect(notices).toContainEqual({ kind: 'corrected', note: expect.stringContaining(said) });
    expect(most(30)).toBeLessThanOrEqual(mostTrue(30));
    expect(most(1_000)).toBeLessThanOrEqual(mostTrue(1_000));
    // A clock that is off by no quarter of an hour is known but for one query's latency.
    const offMs = 2 * LATENCY_MS;
    const [fromMs, toMs] = knownMs;
    expect(toMs - fromMs).toBeGreaterThan(30_000);
    const within = arrivals.filter((ms) => ms > fromMs + offMs && ms <= toMs - offMs);
    expect(told.length).toBeGreaterThanOrEqual(within.length);
    expect(told.length - within.length).toBeLessThanOrEqual(15);
  });
});

it('lines in time need no word', async () => {
  const { notices, told, arrivals, knownMs } = await run({ format: 'haproxy', seconds: 20 });
  expect(notices).toEqual([]);
  expect(told).toEqual(arrivals.filter((ms) => ms > knownMs[0] && ms <= knownMs[1]));
});

it('one slow query in two hundred does not slow the tuner down', async () => {
  const writtenMs = (ms: number) => ms + (ms % 200 === 0 ? 8_000 : LATENCY_MS);
  const { notices, spans } = await run({ format: 'envoy', seconds: 60, writtenMs });
  expect(notices).toEqual([]);
  expect(spans.every(({ ageMs }) => ageMs === 1_000)).toBe(true);
});

it('a clock that runs fast is corrected now and then, and arrivals stay known', async () => {
  const { notices, spans, most, mostTrue } = await run({ format: 'envoy', seconds: 300, skewMs: (ms) => ms / 200 });
  expect(notices).toEqual([{ kind: 'corrected', note: expect.stringContaining("s ahead of this machine's clock") }]);
  expect(spans.length).toBeGreaterThan(5_500);
  expect(most(1_000)).toBeLessThanOrEqual(mostTrue(1_000));
});

it('a clock that is set right again is no quiet', async () => {
  const skewMs = (ms: number) => (ms < 30_000 ? 2_000 : 0);
  const { spans, knownMs } = await run({ format: 'envoy', seconds: 90, skewMs });
  expect(quietest(spans)).toBeGreaterThan(0);
  expect(knownMs[1]).toBeGreaterThan(80_000);
});

it('a hold that one stall widened narrows again in ten minutes, without a gap', async () => {
  const writtenMs = (ms: number) => (ms > 60_000 && ms < 80_000 ? 80_000 : ms + LATENCY_MS);
  const { notices, spans, told, arrivals, knownMs } = await run({
    format: 'nginx',
    seconds: 800,
    rateQps: 10,
    writtenMs,
  });
  expect(notices).toEqual([
    { kind: 'corrected', note: expect.stringContaining('hold widened to 2') },
    { kind: 'corrected', note: expect.stringContaining('lines come in time again: hold narrowed to 1') },
  ]);
  expect(spans.at(-1)!.ageMs).toBeLessThan(13_000);
  expect(knownMs[0]).toBeLessThan(100_000);
  expect(told).toEqual(arrivals.filter((ms) => ms > knownMs[0] && ms <= knownMs[1]));
});

it('a backlog that grows is followed, not stacked', async () => {
  // Answers fall behind by a second every 3 s.
  const { notices, most, mostTrue } = await run({ format: 'envoy', seconds: 60, writtenMs: (ms) => ms * 1.33 + 20 });
  expect(notices.length).toBeGreaterThan(1);
  expect(most(1_000)).toBeLessThanOrEqual(mostTrue(1_000));
});

it.each([
  ['an hour forward', HOUR_MS],
  ['an hour back', -HOUR_MS],
])("the proxy's clock is set %s: a gap, and no quiet in between", async (_, stepMs) => {
  const skewMs = (ms: number) => (ms < 30_000 ? 0 : stepMs);
  const { notices, spans, knownMs } = await run({ format: 'haproxy', seconds: 90, skewMs });
  expect(notices).toContainEqual({ kind: 'corrected', note: expect.stringContaining('1h') });
  expect(quietest(spans)).toBeGreaterThan(0);
  expect(knownMs[0]).toBeGreaterThan(25_000);
  expect(knownMs[1] - knownMs[0]).toBeGreaterThan(40_000);
});

it.each([
  ['100 s forward', 100_000],
  ['100 s back', -100_000],
])("this machine's clock is set %s: a gap, and no quiet in between", async (_, stepMs) => {
  const wallStepMs = (ms: number) => (ms < 30_000 ? 0 : stepMs);
  const { spans } = await run({ format: 'nginx', seconds: 90, wallStepMs });
  expect(quietest(spans)).toBeGreaterThan(0);
  expect(spans.length).toBeGreaterThan(1_000);
});

it('a format that changes while it runs is said, and reads as nothing known', async () => {
  const writtenMs = (ms: number) => ms + LATENCY_MS;
  const { notices, spans } = await run({ format: 'envoy', seconds: 30, writtenMs, otherFormatFromMs: 15_000 });
  expect(notices[0]).toEqual({
    kind: 'unknown',
    problem: expect.stringContaining('no time of the format envoy any more'),
  });
  expect(quietest(spans)).toBeGreaterThan(0);
});

it('lines that come minutes late are not known, and that is said', async () => {
  const { notices, spans } = await run({ format: 'nginx', seconds: 700, rateQps: 5, writtenMs: flushedEvery(300_000) });
  expect(notices).toContainEqual({ kind: 'unknown', problem: expect.stringContaining('flush the log more often') });
  expect(
    mostWithin(
      spans.flatMap(({ stampsMs = [] }) => [...stampsMs]),
      1_000,
    ),
  ).toBeLessThan(20);
});

it('a log without lines is not known, from the start', async () => {
  const { notices, spans } = await run({ format: 'envoy', seconds: 70, rateQps: 1e-9, writtenMs: () => 1e9 });
  expect(spans).toEqual([]);
  expect(notices[0]).toEqual({ kind: 'unknown', problem: expect.stringContaining('no line for 1m') });
});

/** Fewest arrivals in any 3 s that spans say are known. */
function quietest(spans: readonly ArrivalSpan[]): number {
  let [knownFromMs, stamps, least]: [number, number[], number] = [spans[0]!.fromMs, [], Number.POSITIVE_INFINITY];
  spans.forEach(({ fromMs, toMs, stampsMs = [] }, index) => {
    if (index > 0 && fromMs !== spans[index - 1]!.toMs) [knownFromMs, stamps] = [fromMs, []];
    stamps = [...stamps, ...stampsMs].filter((ms) => ms > toMs - 3_000);
    if (toMs - knownFromMs >= 3_000) least = Math.min(least, stamps.length);
  });
  return least;
}
