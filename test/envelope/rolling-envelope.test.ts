import { describe, expect, it } from 'vitest';
import { RollingEnvelope } from '../../src/envelope/rolling-envelope.js';
import { envelopeWindowsMs, slidingWindows } from '../../src/envelope/traffic-envelope.js';
import { randomStream } from '../../src/random.js';

const MINUTE_US = 60_000_000;

/** What the offline envelope says of the arrivals so far. */
function offline(arrivalsUs: readonly number[], windowsMs: readonly number[]): number[] {
  const windows = slidingWindows(windowsMs);
  windows.add(Float64Array.from(arrivalsUs), arrivalsUs.length);
  return windows.peaks().map(({ queries }) => queries);
}

describe('counts in the window that ends now', () => {
  // Arrivals at 0, 1, 2, 10 ms. (now − width, now]: at 2 ms the window of 2 ms has lost the one at 0.
  it.each<[string, number, number, number]>([
    ['the first arrival', 0, 2, 1],
    ['a whole window later it is gone', 2, 2, 2],
    ['a wider one keeps it', 2, 3, 3],
    ['time passes without arrivals', 4, 2, 0],
    ['and for the wider window', 4, 3, 1],
    ['the last arrival', 10, 3, 1],
    ['long after', 7_200_000, 3, 0],
  ])('%s', (_, nowMs, windowMs, expected) => {
    const envelope = new RollingEnvelope([windowMs]);
    for (const arrivalMs of [0, 1, 2, 10]) if (arrivalMs <= nowMs) envelope.add(arrivalMs * 1000);
    envelope.advance(nowMs * 1000);
    expect([...envelope.counts]).toEqual([expected]);
  });

  it('several at one instant, given at once', () => {
    const envelope = new RollingEnvelope([1]);
    envelope.add(5, 3);
    envelope.add(5);
    envelope.add(1004, 2);
    expect([...envelope.counts]).toEqual([6]);
    envelope.add(1005);
    expect([...envelope.counts]).toEqual([3]);
    expect([...envelope.peaks]).toEqual([6]);
    envelope.restartPeaks();
    expect([...envelope.peaks]).toEqual([3]);
    expect([...envelope.recentUs()]).toEqual([1004, 1004, 1005]);
  });

  it('refuses a window that instants modulo 2^32 µs could not tell from another', () => {
    expect(() => new RollingEnvelope([36 * 60_000])).toThrow('must be less than 35 minutes');
  });
});

describe('T0: the online envelope equals the offline one at every instant', () => {
  it.each(Array.from({ length: 20 }, (_, seed) => [seed]))('seed %d', (seed) => {
    const uniform = randomStream(seed, 'rolling');
    const windowsMs = [0.001, 0.002, 0.005, 0.013, 0.04, 0.4, 10];
    const envelope = new RollingEnvelope(windowsMs);
    const arrivalsUs: number[] = [];
    let us = 0;
    for (let i = 0; i < 250; i++) {
      us += uniform() < 0.1 ? Math.floor(uniform() * 5000) : Math.floor(uniform() * 4);
      arrivalsUs.push(us);
      envelope.add(us);
      expect([...envelope.peaks]).toEqual(offline(arrivalsUs, windowsMs));
      expect([...envelope.counts]).toEqual(
        envelope.widthsUs.map((width) => arrivalsUs.filter((a) => a > us - width).length),
      );
    }
  });

  it('over days, across the wrap of the instants kept', () => {
    const windowsMs = envelopeWindowsMs(100);
    const envelope = new RollingEnvelope(windowsMs);
    const arrivalsUs: number[] = [];
    const uniform = randomStream(3, 'days');
    for (let us = 0; us < 3 * 86_400e6; us += Math.floor(uniform() ** 8 * 7200e6)) {
      arrivalsUs.push(us);
      envelope.add(us);
    }
    expect(arrivalsUs.at(-1)).toBeGreaterThan(20 * 2 ** 32);
    expect([...envelope.peaks]).toEqual(offline(arrivalsUs, windowsMs));
  });
});

describe('memory', () => {
  const windowsMs = [20, 1000, 60_000];

  it('10 000 queries/s through a minute, one by one, in 8 MiB', () => {
    const envelope = new RollingEnvelope(windowsMs);
    for (let us = 0; us < 2 * MINUTE_US; us += 100) envelope.add(us);
    expect([...envelope.peaks]).toEqual([200, 10_000, 600_000]);
    expect(envelope.bytes).toBeLessThanOrEqual(8 * 2 ** 20);
  });

  it('100 000 queries/s: no more, and a count is that of a window at most 64 µs wider', () => {
    const envelope = new RollingEnvelope(windowsMs);
    for (let us = 0; us < 1.5 * MINUTE_US; us += 10) envelope.add(us);
    expect(envelope.bytes).toBeLessThanOrEqual(8 * 2 ** 20);
    envelope.counts.forEach((count, w) => {
      expect(count).toBeGreaterThanOrEqual(envelope.widthsUs[w]! / 10);
      expect(count).toBeLessThanOrEqual((envelope.widthsUs[w]! + 64) / 10 + 1);
    });
  });
});
