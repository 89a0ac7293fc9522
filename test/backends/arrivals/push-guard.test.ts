/** Who may push arrivals, and what a message may make of them. */
import { request } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type PushArrivals, pushArrivals } from '../../../src/backends/arrivals/push-arrivals.js';

const SPAN = { from_ms: 1000, to_ms: 2000, count: 5 };
const JSON_TYPE = { 'content-type': 'application/json' };
let source: PushArrivals;

function post(headers: Record<string, string>, body: unknown = SPAN): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const sent = request(`${source.url}/arrivals`, { method: 'POST', headers }, (answer) => {
      let text = '';
      answer.on('data', (piece: Buffer) => {
        text += String(piece);
      });
      answer.on('error', reject);
      answer.on('close', () => resolve({ status: answer.statusCode!, text }));
    });
    sent.on('error', reject);
    sent.end(typeof body === 'string' ? body : JSON.stringify(body));
  });
}

/** What the tuner would read, after everything sent so far. */
async function taken(): Promise<number[]> {
  const counts: number[] = [];
  await post(JSON_TYPE, { from_ms: 8e12, to_ms: 8e12 + 1, count: 0 });
  const stop = new AbortController();
  for await (const { count, fromMs } of source.spans({ signal: stop.signal })) {
    if (fromMs === 8e12) stop.abort();
    else counts.push(count);
  }
  return counts;
}

describe('a port on the loopback address', () => {
  beforeEach(async () => {
    source = await pushArrivals({ port: 0 });
  });
  afterEach(() => source.close());

  it.each<[string, Record<string, string>, number]>([
    ['a page of another site', { ...JSON_TYPE, origin: 'http://evil.example' }, 403],
    ['a page without an origin', { ...JSON_TYPE, origin: 'null' }, 403],
    ['a name that was bound to this machine', { ...JSON_TYPE, host: 'rebind.evil.example' }, 403],
    ['a name that begins like this machine', { ...JSON_TYPE, host: '127.0.0.1.evil.example' }, 403],
    ['a link from another site', { ...JSON_TYPE, 'sec-fetch-site': 'cross-site' }, 403],
    ['a text, which a browser sends unasked', { 'content-type': 'text/plain' }, 415],
    ['a form', { 'content-type': 'application/x-www-form-urlencoded' }, 415],
    ['no type', {}, 415],
  ])('takes nothing from %s', async (_, headers, status) => {
    expect((await post(headers)).status).toBe(status);
    expect(await taken()).toEqual([]);
  });

  it('takes what a gateway sends', async () => {
    expect((await post(JSON_TYPE)).status).toBe(204);
    expect((await post({ 'content-type': 'application/json; charset=utf-8' }, { ...SPAN, from_ms: 2000, to_ms: 3000 })).status).toBe(204); // biome-ignore format: one call
    expect(await taken()).toEqual([5, 5]);
  });

  it.each<[string, unknown]>([
    ['more than any pipeline has', { ...SPAN, count: 9_007_199_254_740_991 }],
    ['a negative count', { ...SPAN, count: -1 }],
    ['half an arrival', { ...SPAN, count: 0.5 }],
    ['a count as a text', { ...SPAN, count: '5' }],
    ['no count', { from_ms: 1000, to_ms: 2000 }],
    ['null', { ...SPAN, count: null }],
    ['an instant that has no whole microseconds', { from_ms: 0, to_ms: 1e300, count: 1 }],
    ['an instant that is no number', '{"from_ms":0,"to_ms":1e999,"count":1}'],
    ['a stamp outside', { from_ms: 1000, to_ms: 2000, stamps_ms: [0] }],
    ['stamps that go back', { from_ms: 1000, to_ms: 2000, stamps_ms: [1500, 1400] }],
    ['a stamp that is a list', { from_ms: 1000, to_ms: 2000, stamps_ms: [[1500]] }],
    ['lists in lists', `${'['.repeat(200_000)}${']'.repeat(200_000)}`],
    ['lists in lists for a number', `{"from_ms":${'['.repeat(200_000)}${']'.repeat(200_000)},"to_ms":1,"count":1}`],
    ['half of the JSON', '{"from_ms":1000,"to'],
    ['nothing', ''],
    ['a list', [SPAN]],
    ['names of every object', '{"__proto__":{"from_ms":1,"to_ms":2,"count":1}}'],
  ])('answers 400 to %s, and takes nothing', async (_, body) => {
    const { status, text } = await post(JSON_TYPE, body);
    expect([status, text.length < 1000]).toEqual([400, true]);
    expect(await taken()).toEqual([]);
  });

  it('reads no body to its end that is longer than spans are', async () => {
    const answer = await post({ ...JSON_TYPE, connection: 'close' }, `{"x":"${'a'.repeat(4_100_000)}"}`).catch(
      () => undefined,
    );
    expect([413, undefined]).toContain(answer?.status);
    expect(await taken()).toEqual([]);
  });

  it('keeps a bounded number of stamps that nobody reads', async () => {
    const stamps = Array.from({ length: 200_000 }, (_, i) => i + 1);
    for (let n = 0; n < 8; n++) {
      const fromMs = n * 1_000_000;
      const body = { from_ms: fromMs, to_ms: fromMs + 200_000, stamps_ms: stamps.map((ms) => ms + fromMs) };
      expect((await post(JSON_TYPE, body)).status).toBe(204);
    }
    expect(await taken()).toEqual(Array(5).fill(200_000));
  });
});

it('a token is asked for where there is one', async () => {
  source = await pushArrivals({ port: 0, token: 'right' });
  try {
    const wrong = [{}, { authorization: 'Bearer wrong' }, { authorization: 'right' }, { authorization: 'Basic right' }];
    for (const headers of wrong) {
      expect((await post({ ...JSON_TYPE, ...headers })).status).toBe(401);
    }
    expect((await post({ ...JSON_TYPE, authorization: 'Bearer right' })).status).toBe(204);
  } finally {
    await source.close();
  }
});

it('beyond the loopback address nobody is let in without a token', async () => {
  source = await pushArrivals({ port: 0, host: '0.0.0.0' });
  try {
    expect((await post(JSON_TYPE)).status).toBe(401);
  } finally {
    await source.close();
  }
});
