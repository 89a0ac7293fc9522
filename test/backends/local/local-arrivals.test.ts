import { expect, it } from 'vitest';
import type { ArrivalSpan } from '../../../src/backends/contracts/arrival-source.js';
import { localArrivals } from '../../../src/backends/local/local-arrivals.js';

/** An engine as the source sees it: its clock, and every arrival of its present run. */
interface Engine {
  runId?: string;
  nowMs: number;
  stampsMs: number[];
  /** Number of the first arrival that it still knows. */
  first: number;
}

/** The source of an engine whose answers the test changes; each reading of the clock takes the next step. */
function listening(engine: Engine, steps: readonly (() => void)[], sinceMs?: number) {
  let step = 0;
  const stop = new AbortController();
  const source = localArrivals({
    url: 'http://engine',
    ...(sinceMs === undefined ? {} : { sinceMs }),
    clock: { nowMs: () => 0, pause: () => new Promise((resolve) => setImmediate(resolve)) },
    call() {
      steps[step++]?.();
      if (step > steps.length) stop.abort();
      const { runId, nowMs, stampsMs, first } = engine;
      const clock = { now_ms: nowMs, arrivals: stampsMs.length, first_known_arrival: first };
      return Promise.resolve({
        status: 200,
        text: JSON.stringify(runId === undefined ? clock : { run_id: runId, ...clock }),
      });
    },
    async *stream({ url, signal }) {
      for (let next = Number(url.split('=')[1]); !signal.aborted; ) {
        const news = engine.stampsMs.slice(next);
        next += news.length;
        if (news.length > 0) yield `${news.map((ms) => ms.toFixed(3)).join('\n')}\n`;
        await new Promise((resolve) => setImmediate(resolve));
      }
    },
  });
  return {
    /** Every span and every failure in words, until the steps are over. */
    async heard(): Promise<(Pick<ArrivalSpan, 'fromMs' | 'toMs' | 'stampsMs'> | string)[]> {
      const heard: (Pick<ArrivalSpan, 'fromMs' | 'toMs' | 'stampsMs'> | string)[] = [];
      while (!stop.signal.aborted) {
        try {
          for await (const { fromMs, toMs, stampsMs } of source.spans({ signal: stop.signal })) {
            if (toMs > fromMs) heard.push({ fromMs, toMs, stampsMs: stampsMs! });
          }
        } catch (error) {
          if (!stop.signal.aborted) heard.push((error as Error).message);
        }
      }
      return heard;
    },
  };
}

it('an engine that has started anew begins at its zero, even when its clock is already beyond the old one', async () => {
  const engine: Engine = { runId: 'a', nowMs: 1000, stampsMs: [500], first: 0 };
  const steps = [
    () => {},
    () => Object.assign(engine, { nowMs: 1100, stampsMs: [500, 1050] }),
    () => Object.assign(engine, { runId: 'b', nowMs: 1200, stampsMs: [100, 200, 300] }),
    () => {},
    () => Object.assign(engine, { nowMs: 1300 }),
    () => {},
  ];
  expect(await listening(engine, steps).heard()).toEqual([
    { fromMs: 1000, toMs: 1100, stampsMs: [1050] },
    'http://engine: the engine has restarted',
    { fromMs: 0, toMs: 1300, stampsMs: [100, 200, 300] },
  ]);
});

it('a clock that goes back within a run is not believed, and nothing is told twice', async () => {
  const engine: Engine = { runId: 'a', nowMs: 1000, stampsMs: [500], first: 0 };
  const steps = [
    () => {},
    () => Object.assign(engine, { nowMs: 1100, stampsMs: [500, 1050] }),
    () => Object.assign(engine, { nowMs: 400 }),
    () => {},
    () => Object.assign(engine, { nowMs: 1200, stampsMs: [500, 1050, 1150] }),
    () => {},
    () => {},
  ];
  const wrong = 'http://engine: its clock or its count of arrivals went back';
  expect(await listening(engine, steps).heard()).toEqual([
    { fromMs: 1000, toMs: 1100, stampsMs: [1050] },
    wrong,
    wrong,
    { fromMs: 1100, toMs: 1200, stampsMs: [1150] },
  ]);
});

it('a clock that was far ahead once is known by the readings after it', async () => {
  const engine: Engine = { runId: 'a', nowMs: 1000, stampsMs: [500], first: 0 };
  const right = () => Object.assign(engine, { nowMs: 1200, stampsMs: [500, 1050] });
  const steps = [
    () => {},
    () => Object.assign(engine, { nowMs: 3_600_000 }),
    right,
    right,
    right,
    right,
    () => Object.assign(engine, { nowMs: 1300, stampsMs: [500, 1050, 1250] }),
    () => {},
  ];
  const wrong = 'http://engine: its clock or its count of arrivals went back';
  expect(await listening(engine, steps).heard()).toEqual([
    { fromMs: 1000, toMs: 3_600_000, stampsMs: [] },
    wrong,
    wrong,
    wrong,
    { fromMs: 1200, toMs: 1300, stampsMs: [1250] },
  ]);
});

it('arrivals that the engine has forgotten are a gap, not a rest', async () => {
  const engine: Engine = { runId: 'a', nowMs: 9000, stampsMs: [1000, 2000, 3000, 8000, 8500], first: 3 };
  const since = listening(engine, [() => {}, () => {}, () => {}], 500);
  // From 500 ms to 8000 ms nothing is known.
  expect(await since.heard()).toEqual([{ fromMs: 8000, toMs: 9000, stampsMs: [8500] }]);
});
