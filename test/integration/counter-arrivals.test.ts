/** Arrivals from the counters of real servers: every query is told once, and none is made up. */
import { expect, it } from 'vitest';
import { COUNTER_RECIPES, counterArrivals } from '../../src/backends/arrivals/counter-arrivals.js';
import type { ArrivalSource } from '../../src/backends/contracts/arrival-source.js';
import { startMlserver } from './servers/mlserver.js';
import { pause } from './servers/server-process.js';
import { startTriton } from './servers/triton.js';

const QUERIES = 60;

/** Counts while `send` runs and until all of it should be told. */
async function countWhile(source: ArrivalSource, send: () => Promise<void>): Promise<number[]> {
  const counts: number[] = [];
  const stop = new AbortController();
  const reading = (async () => {
    for await (const { count } of source.spans({ signal: stop.signal })) counts.push(count);
  })();
  await pause(1_000);
  await send();
  await pause(1_000);
  stop.abort();
  await reading;
  await source.close();
  return counts;
}

async function infer(url: string, model: string, width: number): Promise<void> {
  const body = JSON.stringify({
    inputs: [{ name: 'x', shape: [1, width], datatype: 'FP32', data: Array(width).fill(1) }],
  });
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch(`${url}/v2/models/${model}/infer`, { method: 'POST', headers, body });
  expect(answer.status, await answer.text()).toBe(200);
}

const sum = (counts: readonly number[]) => counts.reduce((total, count) => total + count, 0);

it('Triton: a burst is told when it comes, while most of it still waits', async () => {
  const server = await startTriton({ models: [{ name: 'detect', maxBatchSize: 1, batchMs: 50, rowMs: 0 }] });
  try {
    const recipe = COUNTER_RECIPES.triton('detect');
    const source = counterArrivals({ url: server.metricsUrl, recipe, pollMs: 50 });
    let answered = 0;
    const toldAtHalf: number[] = [];
    let told = 0;
    const watched: ArrivalSource = {
      ...source,
      spans: async function* (limits) {
        for await (const span of source.spans(limits)) {
          told += span.count;
          if (answered < QUERIES / 2) toldAtHalf.push(told);
          yield span;
        }
      },
    };
    const counts = await countWhile(watched, async () => {
      const one = async () => {
        await infer(server.url, 'detect', 1);
        answered += 1;
      };
      await Promise.all(Array.from({ length: QUERIES }, one));
    });
    expect(sum(counts)).toBe(QUERIES);
    // One is being worked on; all others are told before half of them are answered.
    expect(Math.max(...toldAtHalf)).toBeGreaterThanOrEqual(QUERIES - 2);
  } finally {
    await server.stop();
  }
});

it('MLServer: all that are answered', async () => {
  const server = await startMlserver({ models: [{ name: 'detect' }] });
  try {
    const recipe = COUNTER_RECIPES.mlserver('detect');
    // The counter of a model comes to be with its first query.
    await infer(server.url, 'detect', 4);
    const source = counterArrivals({ url: server.metricsUrl, recipe, pollMs: 50 });
    const counts = await countWhile(source, async () => {
      for (let query = 0; query < QUERIES; query += 1) await infer(server.url, 'detect', 4);
    });
    expect(sum(counts)).toBe(QUERIES);
  } finally {
    await server.stop();
  }
});
