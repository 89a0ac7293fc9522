/** What every source of arrivals promises, and how each comes to know it. */
import { expect, it } from 'vitest';
import { accessLogArrivals } from '../../../src/backends/arrivals/access-log-arrivals.js';
import { COUNTER_RECIPES, counterArrivals } from '../../../src/backends/arrivals/counter-arrivals.js';
import { promqlArrivals } from '../../../src/backends/arrivals/promql-arrivals.js';
import { pushArrivals } from '../../../src/backends/arrivals/push-arrivals.js';
import type { ArrivalSource, ArrivalSpan } from '../../../src/backends/contracts/arrival-source.js';
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
  ['nothing of what a server counted before it began anew', [[50, 0], [2, 1], [4, 0], [5, 0]], [1, 1]], // biome-ignore format: a table
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
    const answer = await fetch(`${source.url}/arrivals`, { method: 'POST', body: JSON.stringify(body) });
    return [answer.status, await answer.text()];
  };
  try {
    expect(await post({ from_ms: 0, to_ms: 100, stamps_ms: [2.5, 43] })).toEqual([204, '']);
    expect(await post({ from_ms: 100, to_ms: 200, count: 0 })).toEqual([204, '']);
    expect(await post({ from_ms: 150, to_ms: 250, count: 1 })).toEqual([400, expect.stringContaining('must be ≥ 200')]);
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
