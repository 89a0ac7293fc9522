import { expect, it } from 'vitest';
import type { ArrivalSpan, SourceNotice } from '../../src/backends/contracts/arrival-source.js';
import { traceArrivals } from '../../src/control-loop/rehearsal.js';
import { sourceOf } from '../../src/model/trace.js';
import { FakeClock } from '../tuner/live-fakes.js';

async function played(arrivalsMs: readonly number[], runMs: number) {
  const clock = new FakeClock();
  const stop = new AbortController();
  const spans: ArrivalSpan[] = [];
  const notices: SourceNotice[] = [];
  const source = traceArrivals({
    open: () => sourceOf({ arrivalsUs: Float64Array.from(arrivalsMs, (ms) => ms * 1000) }),
    place: 'a trace',
    clock,
    speed: 1,
    sinceMs: 0,
    nowMs: 0,
    intervalMs: 100,
    onEnd: () => stop.abort(),
  });
  const playing = (async () => {
    const request = { signal: stop.signal, onNotice: (notice: SourceNotice) => void notices.push(notice) };
    for await (const span of source.spans(request)) spans.push(span);
  })();
  await clock.runTo(runMs);
  stop.abort();
  await playing;
  return { spans, notices };
}

it('plays a trace with stamps since 1970 from its first query on, and says so', async () => {
  const zeroMs = 1_795_350_365_050;
  const { spans, notices } = await played([zeroMs, zeroMs + 20, zeroMs + 400], 1_000);
  expect(notices).toEqual([
    { kind: 'corrected', note: expect.stringContaining('a trace begins 20779d12h26m5s after') },
  ]);
  expect(spans[0]!.fromMs).toBe(zeroMs - 50);
  expect(spans.flatMap(({ stampsMs = [] }) => [...stampsMs])).toEqual([zeroMs, zeroMs + 20, zeroMs + 400]);
  expect(spans.at(-1)!.toMs).toBe(zeroMs + 450);
});

it('waits up to five minutes for the first query, as the trace says', async () => {
  const { spans, notices } = await played([299_000], 300_000);
  expect([notices, spans[0]!.fromMs, spans.at(-1)!.stampsMs]).toEqual([[], 0, [299_000]]);
});
