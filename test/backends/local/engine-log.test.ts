import { expect, it } from 'vitest';
import { openEngineLog } from '../../../src/backends/local/engine-log.js';
import type { HttpStream } from '../../../src/backends/shared/http.js';

const BATCH = {
  stage: 'a',
  batch: 3,
  outcome: 'done',
  start_ms: 10,
  end_ms: 22.5,
  entered_ms: [8, 9],
  query: [4, 5],
  size: 2,
};
const URL = 'http://127.0.0.1:8080';

/** Sends the pieces of each path, then stays open until it is aborted. */
function streamOf(pieces: Readonly<Record<string, readonly string[]>>): HttpStream {
  return async function* ({ url, signal }) {
    yield* pieces[url.slice(URL.length)] ?? [];
    await new Promise((_, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    });
  };
}

it('gathers batches and arrivals however their lines are cut', async () => {
  const line = `${JSON.stringify(BATCH)}\n`;
  const log = openEngineLog(URL, {
    stream: streamOf({
      '/admin/arrivals?from=0': ['1.5', '00\n2.000\n3', '.250\n'],
      '/admin/batches': [line.slice(0, 20), line.slice(20) + line],
    }),
  });
  const batch = { stage: 'a', number: 3, startMs: 10, endMs: 22.5, enteredMs: [8, 9], queries: [4, 5] };
  expect(await log.takeBatches()).toEqual([batch, batch]);
  expect(await log.takeBatches()).toEqual([]);
  expect(log.arrivalsMs).toEqual([1.5, 2, 3.25]);
  await log.close();
});

it('leaves out batches that gave no results', async () => {
  const lines = ['failed', 'done', 'died', 'given up'].map((outcome, n) =>
    JSON.stringify({ ...BATCH, outcome, batch: n }),
  );
  const log = openEngineLog(URL, { stream: streamOf({ '/admin/batches': [`${lines.join('\n')}\n`] }) });
  expect((await log.takeBatches()).map(({ number }) => number)).toEqual([1]);
  await log.close();
});

it.each([
  ['lacks a key', '{"stage":"a"}\n', 'must have the key batch'],
  ['is no JSON', 'oops\n', 'must answer JSON, answered oops'],
])('says so when a line %s', async (_, text, message) => {
  const log = openEngineLog(URL, { stream: streamOf({ '/admin/batches': [text] }) });
  await expect(log.takeBatches()).rejects.toThrow(message);
  await log.close();
});
