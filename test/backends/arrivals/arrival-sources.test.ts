/** What every source of arrivals promises, and how each comes to know it. */
import { expect, it } from 'vitest';
import { accessLogArrivals } from '../../../src/backends/arrivals/access-log-arrivals.js';
import { COUNTER_RECIPES, counterArrivals } from '../../../src/backends/arrivals/counter-arrivals.js';
import { promqlArrivals } from '../../../src/backends/arrivals/promql-arrivals.js';
import { pushArrivals } from '../../../src/backends/arrivals/push-arrivals.js';
import type { ArrivalSource, ArrivalSpan, SourceNotice } from '../../../src/backends/contracts/arrival-source.js';
import { fakeClock } from '../../helpers/fake-clock.js';
import { fakeServer, json } from '../fake-server.js';

/** The first spans of a source. */
async function take(source: ArrivalSource, count: number): Promise<ArrivalSpan[]> {
  const spans: ArrivalSpan[] = [];
  const stop = new AbortController();
  for await (const span of source.spans({ signal: stop.signal })) {
    spans.push(span);
    if (spans.length === count) stop.abort();
  }
  return spans;
}

const counts = (spans: readonly ArrivalSpan[]) => spans.map(({ count }) => count);

function tritonText(success: number, pending: number): string {
  return `nv_inference_request_success{model="detect",version="1"} ${success}
nv_inference_request_failure{model="detect",reason="OTHER",version="1"} 0
nv_inference_pending_request_count{model="detect",version="1"} ${pending}
nv_inference_request_success{model="read",version="1"} 999
`;
}

it.each<[string, readonly (readonly [number, number])[], number[]]>([
  // answered, waiting at each poll
  ['answers', [[0, 0], [3, 0], [3, 0], [10, 0]], [3, 0, 7]], // biome-ignore format: a table
  ['a burst when it comes, not when it is worked off', [[0, 0], [0, 9], [4, 5], [9, 0]], [9, 0, 0]], // biome-ignore format: a table
  ['what is being worked on once, though it is in no count meanwhile', [[5, 4], [5, 0], [9, 0], [10, 0]], [0, 0, 1]], // biome-ignore format: a table
])('counters tell %s', async (_, readings, expected) => {
  const clock = fakeClock();
  let poll = 0;
  const { http } = fakeServer(() => {
    const [success, pending] = readings[Math.min(poll++, readings.length - 1)]!;
    return { status: 200, text: tritonText(success, pending) };
  });
  const recipe = COUNTER_RECIPES.triton('detect');
  const source = counterArrivals({ url: 'http://127.0.0.1:8002/metrics', recipe, pollMs: 50, http, clock });
  const spans = await take(source, expected.length);
  expect(counts(spans)).toEqual(expected);
  // 50 ms apart; after a restart the first span begins at the reading that showed it.
  const gaps = spans.slice(1).filter(({ fromMs }, index) => fromMs !== spans[index]!.toMs);
  expect(gaps).toEqual([]);
  expect(source.describe().finestWindowMs).toBe(200);
});

/** A source over texts of a server, of which `textAt` gives the one of each poll; spans of `seconds`, and notices. */
async function counted(textAt: (poll: number) => string, seconds: number) {
  const clock = fakeClock();
  let poll = 0;
  const { http } = fakeServer(() => ({ status: 200, text: textAt(poll++) }));
  const recipe = COUNTER_RECIPES.triton('detect');
  const source = counterArrivals({
    url: 'http://127.0.0.1:8002/metrics',
    recipe,
    pollMs: 50,
    http,
    clock,
    wallMs: clock.nowMs,
  });
  const stop = new AbortController();
  clock.at(seconds * 1_000, () => stop.abort());
  const notices: SourceNotice[] = [];
  const spans: ArrivalSpan[] = [];
  for await (const span of source.spans({ signal: stop.signal, onNotice: (notice) => notices.push(notice) }))
    spans.push(span);
  return { spans, notices };
}

it('nothing of what a server counted before it began anew, nor of the two seconds after', async () => {
  // Two queries a poll; the counters begin anew at 5 s.
  const { spans, notices } = await counted((poll) => tritonText(poll < 100 ? 500 + 2 * poll : 2 * (poll - 100), 0), 10);
  expect(notices).toEqual([]);
  expect(new Set(counts(spans))).toEqual(new Set([2]));
  const gaps = spans.slice(1).flatMap(({ fromMs }, i) => (fromMs === spans[i]!.toMs ? [] : [[spans[i]!.toMs, fromMs]]));
  expect(gaps).toEqual([[4_950, 6_950]]);
});

it('several servers behind one address are no bursts, and are reported', async () => {
  const { spans, notices } = await counted((poll) => tritonText((poll % 3 === 0 ? 400 : 2_000) + poll, 0), 90);
  expect(notices[0]).toEqual({ kind: 'unknown', problem: expect.stringContaining('several behind one address') });
  expect(counts(spans).filter((count) => count > 1).length).toBeLessThanOrEqual(1);
});

it('a counter that is missing for a while is no burst when it is back', async () => {
  const partial = (poll: number) =>
    poll % 100 < 90
      ? tritonText(1_000 + poll, 0)
      : tritonText(1_000 + poll, 0).replace(/^nv_inference_request_success.*\n/, '');
  const { spans } = await counted(partial, 30);
  expect(new Set(counts(spans))).toEqual(new Set([1]));
});

it('what counters gained while this machine slept has no known time', async () => {
  const clock = fakeClock();
  let poll = 0;
  const { http } = fakeServer(() => ({ status: 200, text: tritonText(poll++ < 4 ? poll : 1_000 + poll, 0) }));
  // The steady clock stands still while the machine sleeps for an hour before the fifth poll.
  const wallMs = () => clock.nowMs() + (poll > 4 ? 3_600_000 : 0);
  const recipe = COUNTER_RECIPES.triton('detect');
  const source = counterArrivals({ url: 'http://127.0.0.1:8002/metrics', recipe, http, clock, wallMs });
  expect(counts(await take(source, 5))).toEqual([1, 1, 1, 1, 1]);
});

it('a server without the counter is no idle server', async () => {
  const { http } = fakeServer(() => ({ status: 200, text: 'other 1\n' }));
  const recipe = COUNTER_RECIPES.triton('detect');
  const source = counterArrivals({ url: 'http://127.0.0.1:8002/metrics', recipe, http, clock: fakeClock() });
  await expect(take(source, 1)).rejects.toMatchObject({ code: 'BACKEND_REJECTED' });
});

/** An access log whose lines come when they are written. */
function scriptedLog(lines: readonly (readonly [writtenMs: number, line: string])[], nowMs: () => number) {
  let next = 0;
  return {
    readNew: () => {
      const due: string[] = [];
      while (next < lines.length && lines[next]![0] <= nowMs()) due.push(lines[next++]![1]);
      return { lines: due, hasGap: false };
    },
    close: () => undefined,
  };
}

it('an access log tells arrivals in their order, though lines come in the order of the answers', async () => {
  const clock = fakeClock();
  // The second was answered first: 0.100 s + 0.020 s before 0.150 s.
  const lines = [
    [120, '0 1000000000.120 0.020'],
    [150, '0 1000000000.150 0.140'],
  ] as const;
  const file = scriptedLog(lines, () => clock.nowMs());
  const wallMs = () => 1_000_000_000_000 + clock.nowMs();
  const source = accessLogArrivals({ file, place: 'access.log', format: 'nginx', holdMs: 200, clock, wallMs });
  const spans = await take(source, 8);
  const stamps = spans.flatMap(({ stampsMs }) => [...stampsMs!]).map((ms) => ms - 1_000_000_000_000);
  expect(stamps).toEqual([10, 100]);
  expect(spans.every(({ fromMs }, index) => index === 0 || fromMs === spans[index - 1]!.toMs)).toBe(true);
});

it('an access log that says nothing for long is no knowledge, and then begins after a gap', async () => {
  const clock = fakeClock();
  const lines = [
    [10, '0 1000000000.010 0.000'],
    [20_000, '0 1000000020.000 0.000'],
  ] as const;
  const file = scriptedLog(lines, () => clock.nowMs());
  const wallMs = () => 1_000_000_000_000 + clock.nowMs();
  const source = accessLogArrivals({ file, place: 'access.log', format: 'nginx', holdMs: 200, clock, wallMs });
  const spans = await take(source, 210);
  const gaps = spans.slice(1).filter(({ fromMs }, index) => fromMs > spans[index]!.toMs);
  expect(gaps).toHaveLength(1);
  // Known: ten seconds and a poll after the line, less what is held back. Unknown: from there to the next line, less what is held back.
  expect(gaps[0]!.fromMs - 1_000_000_000_000).toBe(19_800);
  expect(spans.reduce((sum, { count }) => sum + count, 0)).toBe(2);
});

it('an access log of another format is refused with what to write', async () => {
  const file = scriptedLog(
    Array.from({ length: 30 }, () => [0, '10.0.0.1 - - "GET /"'] as const),
    () => 0,
  );
  const source = accessLogArrivals({ file, place: 'access.log', format: 'nginx', clock: fakeClock(), wallMs: () => 0 });
  await expect(take(source, 1)).rejects.toMatchObject({ hint: expect.stringContaining('$msec $request_time') });
});

/** Prometheus' answer to a range of raw samples. */
function matrix(...series: readonly (readonly (readonly [s: number, total: number])[])[]) {
  const result = series.map((values) => ({ metric: {}, values: values.map(([s, total]) => [s, `${total}`]) }));
  return json({ status: 'success', data: { resultType: 'matrix', result } });
}

it.each([
  ['one counter, scrape by scrape', [[[1, 10], [2, 14], [3, 14]]], [[1000, 2000, 4], [2000, 3000, 0]]], // biome-ignore format: a table
  ['a counter that began anew from 0', [[[1, 10], [2, 3], [3, 5]]], [[1000, 2000, 3], [2000, 3000, 2]]], // biome-ignore format: a table
  // The second counter grows by 8 from 0.5 s to 2.5 s, so by 4 from 1 s to 2 s and by 2 to where it ends.
  ['two counters at different instants', [[[1, 0], [2, 10], [3, 20]], [[0.5, 0], [2.5, 8]]], [[1000, 2000, 14], [2000, 2500, 7]]], // biome-ignore format: a table
] as const)('promql tells %s', async (_, series, expected) => {
  const { http, requests } = fakeServer(() => matrix(...series));
  const wallMs = () => 3_000;
  const selector = 'requests{job="front"}';
  const source = promqlArrivals({
    url: 'http://127.0.0.1:9090',
    selector,
    scrapeMs: 1_000,
    http,
    clock: fakeClock(),
    wallMs,
  });
  const spans = await take(source, 2);
  expect(spans.map(({ fromMs, toMs, count }) => [fromMs, toMs, count])).toEqual(expected);
  expect(decodeURIComponent(requests[0]!)).toContain('requests{job="front"}[2000ms]');
  expect(source.describe().finestWindowMs).toBe(4_000);
});

/** A promql source over answers by time, and what it notices and reports in `seconds`. */
async function runPromql(
  seconds: number,
  answer: (nowMs: number, path: string) => ReturnType<typeof matrix>,
  skewMs = 0,
) {
  const clock = fakeClock();
  const { http, requests } = fakeServer(({ path }) => answer(clock.nowMs(), path));
  const wallMs = () => clock.nowMs() + skewMs;
  const source = promqlArrivals({
    url: 'http://127.0.0.1:9090',
    selector: 'req',
    scrapeMs: 1_000,
    http,
    clock,
    wallMs,
  });
  const stop = new AbortController();
  clock.at(seconds * 1_000, () => stop.abort());
  const notices: SourceNotice[] = [];
  const spans: ArrivalSpan[] = [];
  for await (const span of source.spans({ signal: stop.signal, onNotice: (notice) => notices.push(notice) }))
    spans.push(span);
  return { notices, spans, requests };
}

/** Scrapes of a counter at 40/s, once a second up to `nowMs`. */
function scrapes(nowMs: number, { offsetS = 0, fromS = 0, toS = Number.POSITIVE_INFINITY, last = 8 } = {}) {
  const samples: [number, number][] = [];
  for (let s = fromS + offsetS; s <= Math.min(nowMs / 1000, toS); s++) samples.push([s, Math.floor(40 * s)]);
  return samples.slice(-last);
}

it('promql says at once when a selector selects nothing', async () => {
  const { notices, spans } = await runPromql(10, () => matrix());
  expect(spans).toEqual([]);
  expect(notices[0]).toEqual({ kind: 'unknown', problem: expect.stringContaining('req selects no series') });
  expect(new Set(notices.map((notice) => JSON.stringify(notice))).size).toBe(1);
});

it('promql looks further back for a counter that is scraped more rarely than the file says', async () => {
  const { spans } = await runPromql(60, (ms, path) => {
    const range = Number(/\[(\d+)ms\]/.exec(decodeURIComponent(path))![1]);
    return matrix(scrapes(ms, { last: 100 }).filter(([s]) => s % 5 === 0 && s * 1_000 > ms - range));
  });
  expect(spans.length).toBeGreaterThan(8);
  expect(counts(spans).every((count) => count === 200)).toBe(true);
});

it('promql says when samples stop, and asks for what it missed when they are back', async () => {
  const answer = (ms: number) => (ms > 10_000 && ms < 30_000 ? matrix() : matrix(scrapes(ms)));
  const { notices, spans, requests } = await runPromql(40, answer);
  expect(notices[0]).toEqual({ kind: 'unknown', problem: expect.stringContaining('no new sample of req for 3s') });
  expect(spans.every(({ fromMs }, i) => i === 0 || fromMs >= spans[i - 1]!.toMs)).toBe(true);
  expect(counts(spans).every((count) => count === 40)).toBe(true);
  expect(requests.some((request) => decodeURIComponent(request).includes('req[23000ms]'))).toBe(true);
});

it.each([
  ['an hour ahead', 3_600_000],
  ['an hour behind', -3_600_000],
])('promql goes by the clock of Prometheus, with this machine %s', async (_, skewMs) => {
  const { notices, spans } = await runPromql(20, (ms) => matrix(scrapes(ms)), skewMs);
  expect(notices).toEqual([]);
  expect(spans.at(-1)!.toMs).toBeGreaterThan(17_000);
});

it('promql counts the copies of an HA pair once, and says so', async () => {
  const copies = (ms: number) =>
    json({
      status: 'success',
      data: {
        resultType: 'matrix',
        result: ['a', 'b'].map((replica, i) => ({
          metric: { job: 'front', prometheus_replica: replica },
          values: scrapes(ms, { offsetS: 0.4 * i }).map(([s, total]) => [s, `${total}`]),
        })),
      },
    });
  const { notices, spans } = await runPromql(20, copies);
  expect(notices).toEqual([{ kind: 'corrected', note: expect.stringContaining('prometheus_replica') }]);
  const rate = spans.reduce((sum, { count }) => sum + count, 0) / (spans.at(-1)!.toMs - spans[0]!.fromMs);
  expect(rate * 1000).toBeCloseTo(40, 0);
});

it('promql refuses an expression that is no bare counter', async () => {
  const { http } = fakeServer(() => json({ status: 'success', data: { resultType: 'vector', result: [] } }));
  const source = promqlArrivals({
    url: 'http://127.0.0.1:9090',
    selector: 'rate(x)',
    scrapeMs: 1_000,
    http,
    clock: fakeClock(),
  });
  await expect(take(source, 1)).rejects.toMatchObject({ hint: expect.stringContaining('bare counter') });
});

it('takes what is sent, in order, and says what is wrong with what it does not take', async () => {
  const source = await pushArrivals({ port: 0 });
  const post = async (body: unknown) => {
    const headers = { 'content-type': 'application/json' };
    const answer = await fetch(`${source.url}/arrivals`, { method: 'POST', headers, body: JSON.stringify(body) });
    return [answer.status, await answer.text()];
  };
  try {
    expect(await post({ from_ms: 0, to_ms: 100, stamps_ms: [2.5, 43] })).toEqual([204, '']);
    expect(await post({ from_ms: 100, to_ms: 200, count: 0 })).toEqual([204, '']);
    expect(await post({ from_ms: 150, to_ms: 250, count: 1 })).toEqual([400, expect.stringContaining('must be ≥ 200')]);
    // A span that comes late is no sender that has restarted; one from 0 on is.
    expect(await post({ from_ms: 20, to_ms: 100, count: 1 })).toEqual([400, expect.stringContaining('in order')]);
    expect(await post({ from_ms: 200, to_ms: 300, stamps_ms: [250, 240] })).toEqual([
      400,
      expect.stringContaining('ascend'),
    ]);
    expect(await post({ from_ms: 200 })).toEqual([400, expect.stringContaining('must have the key to_ms')]);
    expect(await take(source, 2)).toEqual([
      { fromMs: 0, toMs: 100, count: 2, stampsMs: [2.5, 43], ageMs: 0 },
      { fromMs: 100, toMs: 200, count: 0, ageMs: 0 },
    ]);
  } finally {
    await source.close();
  }
});
