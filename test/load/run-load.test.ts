// @module-tag slow
/** The wire: what becomes of queries at servers that are slow, full, broken or gone. Nothing here depends on how fast the machine is. */
import { afterEach, describe, expect, it } from 'vitest';
import type { EndedQueries } from '../../src/load/ended-queries.js';
import { type LoadRequest, runLoad } from '../../src/load/run-load.js';
import { sourceOf } from '../../src/model/trace.js';
import { usFromMs } from '../../src/units.js';
import { type Answer, answerAtOnce, type TinyEndpoint, tinyEndpoint } from './tiny-endpoint.js';

const endpoints: TinyEndpoint[] = [];
afterEach(async () => {
  await Promise.all(endpoints.splice(0).map((endpoint) => endpoint.stop()));
});

async function endpointWith(answer: Answer): Promise<TinyEndpoint> {
  const endpoint = await tinyEndpoint(answer);
  endpoints.push(endpoint);
  return endpoint;
}

function requestOf(url: string, atMs: readonly number[], more: Partial<LoadRequest> = {}): LoadRequest {
  return {
    url,
    model: 'pipeline',
    arrivals: sourceOf({ arrivalsUs: Float64Array.from(atMs, usFromMs) }),
    body: (query) => `{"query":${query}}`,
    timeoutMs: 5000,
    limitInFlight: 1000,
    ...more,
  };
}

const every = (gapMs: number, count: number): number[] => Array.from({ length: count }, (_, i) => i * gapMs);

describe('a run', () => {
  it('sends every query once, and counts every answer', async () => {
    const endpoint = await endpointWith(answerAtOnce);
    const result = await runLoad(requestOf(endpoint.url, every(2, 100)));
    expect(endpoint.bodies.sort()).toEqual(Array.from({ length: 100 }, (_, i) => `{"query":${i}}`).sort());
    expect(result).toMatchObject({ queries: 100, answered: 100, failed: 0, interrupted: false });
    expect(result.seconds.reduce((sum, { sent }) => sum + sent, 0)).toBe(100);
    expect(result.seconds.reduce((sum, { answered }) => sum + answered, 0)).toBe(100);
  });

  it('sends queries of one instant together, and ends where there are none', async () => {
    const endpoint = await endpointWith(answerAtOnce);
    expect(await runLoad(requestOf(endpoint.url, [0, 0, 0, 10, 10]))).toMatchObject({ queries: 5, answered: 5 });
    expect(await runLoad(requestOf(endpoint.url, []))).toMatchObject({ queries: 0, answered: 0, failed: 0, spanMs: 0 });
  });

  it('goes on sending while nothing is answered, and counts the wait from each instant', async () => {
    // 20 queries 10 ms apart; all are answered together when the last is in, at 190 ms or later: the first has waited 190 ms.
    const open: (() => void)[] = [];
    const endpoint = await endpointWith((response, query) => {
      open.push(() => answerAtOnce(response, query, response.req));
      if (open.length === 20) for (const finish of open) finish();
    });
    const { answered, latency, mostInFlight } = await runLoad(requestOf(endpoint.url, every(10, 20)));
    expect({ answered, mostInFlight }).toEqual({ answered: 20, mostInFlight: 20 });
    expect(latency.maxMs).toBeGreaterThanOrEqual(190);
  });

  it('reads a schedule longer than what is read ahead', async () => {
    // One endpoint that nobody listens at: every query fails at once, so that 40,000 are quickly done.
    const { url, stop } = await tinyEndpoint();
    await stop();
    const result = await runLoad(requestOf(url, every(0.01, 40_000), { limitInFlight: 20 }));
    const { notSent, connectionErrors } = result.failures;
    expect(result.queries).toBe(40_000);
    expect(notSent + connectionErrors).toBe(40_000);
  });
});

describe('records', () => {
  it('come in order, with infinity for what failed, however late an answer is', async () => {
    const endpoint = await endpointWith((response, query) => {
      if (query === 0) setTimeout(() => response.end('{}'), 100);
      else if (query % 10 === 1) response.writeHead(500).end();
      else response.end('{}');
    });
    const rows: [number, number, boolean][] = [];
    const onEnd = ({ from, to, mask, arrivalUs, endUs }: EndedQueries): void => {
      for (let query = from; query < to; query++) {
        const arrival = arrivalUs[query & mask]!;
        rows.push([query, arrival, endUs[query & mask]! >= arrival && endUs[query & mask]! < Number.POSITIVE_INFINITY]);
      }
    };
    await runLoad(requestOf(endpoint.url, every(1, 50), { onEnd }));
    expect(rows).toEqual(Array.from({ length: 50 }, (_, i) => [i, usFromMs(i), i % 10 !== 1]));
  });

  it('that cannot be written end the run with the reason', async () => {
    const endpoint = await endpointWith(answerAtOnce);
    const onEnd = (): void => {
      throw new Error('disk full');
    };
    await expect(runLoad(requestOf(endpoint.url, every(1, 5000), { onEnd }))).rejects.toThrow('disk full');
  });
});

describe('failures', () => {
  it.each<[string, Answer, string]>([
    ['503', (response) => response.writeHead(503, { 'retry-after': '1' }).end(), 'refused'],
    ['429', (response) => response.writeHead(429).end(), 'errorAnswers'],
    ['500 with a body', (response) => response.writeHead(500).end('{"error":"no"}'), 'errorAnswers'],
    ['a redirection', (response) => response.writeHead(302, { location: '/' }).end(), 'errorAnswers'],
    ['a connection that is reset', (response) => response.socket?.resetAndDestroy(), 'connectionErrors'],
    ['a connection that is closed', (response) => response.socket?.end(), 'connectionErrors'],
    [
      'half an answer of known length',
      (response) => {
        response.writeHead(200, { 'content-length': '100' });
        response.write('{"outputs"', () => response.socket?.destroy());
      },
      'connectionErrors',
    ],
    [
      'half an answer in chunks',
      (response) => void response.write('{"outputs"', () => response.socket?.destroy()),
      'connectionErrors',
    ],
    ['no HTTP at all', (response) => void response.socket?.end('what?\r\n\r\n'), 'connectionErrors'],
  ])('%s: every other query is told as what it is, and misses the SLO', async (_, fail, kind) => {
    const endpoint = await endpointWith((response, query, request) =>
      query % 2 === 1 ? fail(response, query, request) : answerAtOnce(response, query, request),
    );
    const slo = { latencyMs: 5000, percentile: 50 };
    const result = await runLoad(requestOf(endpoint.url, every(5, 20), { slo }));
    const none = { refused: 0, errorAnswers: 0, timeouts: 0, connectionErrors: 0, notSent: 0, unfinished: 0 };
    expect(result).toMatchObject({ queries: 20, answered: 10, failed: 10, failures: { ...none, [kind]: 10 } });
    expect(result.slo).toMatchObject({ sloAttainment: 0.5, misses: 10, allowedMisses: 10, holds: true });
  });

  it.each<[string, Answer]>([
    ['that never answers', () => {}],
    ['that begins an answer and stops', (response) => void response.write('{"outputs"')],
    ['that sends its head only', (response) => response.writeHead(200).flushHeaders()],
  ])('a server %s: timeouts, and an end', async (_, answer) => {
    const endpoint = await endpointWith(answer);
    const result = await runLoad(requestOf(endpoint.url, every(1, 30), { timeoutMs: 150 }));
    expect(result).toMatchObject({ queries: 30, answered: 0, failed: 30, failures: { timeouts: 30 } });
  });

  it('a server that goes away: the rest fails, and the run goes on to its end', async () => {
    const endpoint = await endpointWith((response, query, request) => {
      answerAtOnce(response, query, request);
      if (query === 9) void endpoint.stop();
    });
    const result = await runLoad(requestOf(endpoint.url, every(3, 100)));
    expect(result.answered).toBeGreaterThanOrEqual(9);
    expect(result.answered + result.failures.connectionErrors).toBe(100);
    expect(result.failures.connectionErrors).toBeGreaterThan(0);
  });

  it('with as many in flight as may be, the next are not sent, and are told', async () => {
    const endpoint = await endpointWith(() => {});
    const result = await runLoad(requestOf(endpoint.url, every(1, 20), { limitInFlight: 3, timeoutMs: 1500 }));
    expect(result).toMatchObject({ queries: 20, mostInFlight: 3, failures: { timeouts: 3, notSent: 17 } });
    expect(endpoint.bodies).toHaveLength(3);
  });

  it('arrivals that cannot be read end the run with the reason', async () => {
    const endpoint = await endpointWith(answerAtOnce);
    let reads = 0;
    const arrivals = {
      read(block: Float64Array) {
        if (reads++ > 0) throw new Error('broken row');
        return block.subarray(0, 10).fill(0).length;
      },
    };
    await expect(runLoad(requestOf(endpoint.url, [], { arrivals }))).rejects.toThrow('broken row');
  });
});

describe('stopped by hand', () => {
  it('sends no more, waits for what is in flight, and tells what was measured', async () => {
    const endpoint = await endpointWith((response) => void setTimeout(() => response.end('{}'), 300));
    let asked = 0;
    const isStopped = () => ++asked > 2;
    const result = await runLoad(requestOf(endpoint.url, every(10, 100_000), { isStopped }));
    expect(result).toMatchObject({ interrupted: true, failed: 0 });
    expect(result.answered).toBe(result.queries);
    expect(result.queries).toBeGreaterThan(0);
    expect(endpoint.bodies).toHaveLength(result.queries);
  });

  it('gives up what does not end', async () => {
    const endpoint = await endpointWith(() => {});
    const result = await runLoad(
      requestOf(endpoint.url, every(10, 100_000), { isStopped: () => true, timeoutMs: 60_000 }),
    );
    expect(result).toMatchObject({ interrupted: true, answered: 0 });
    expect(result.failures.unfinished).toBe(result.queries);
  });
});
