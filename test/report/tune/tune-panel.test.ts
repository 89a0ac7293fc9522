import { describe, expect, it } from 'vitest';
import type { LoopStatus, StageStatus } from '../../../src/control-loop/loop-watch.js';
import type { PanelLabels } from '../../../src/report/tune/panel-labels.js';
import { formatPanel, formatWaiting } from '../../../src/report/tune/tune-panel.js';
import type { Change } from '../../../src/tuner/decision.js';
import { NO_LIMITS } from '../../../src/tuner/tuner-limits.js';

const LABELS: PanelLabels = {
  target: 'local 127.0.0.1:8080',
  arrivals: 'exact stamps, 127.0.0.1:8080',
  notes: ['windows below 200ms are not watched: the arrivals are not known more finely'],
};

function stageOf(given: Partial<StageStatus> & { stage: string }): StageStatus {
  return {
    hardware: 't4',
    planned: 1,
    wanted: 1,
    ready: 1,
    costUsdPerHour: 0.526,
    askedForMs: undefined,
    problem: undefined,
    activationMs: undefined,
    handLeftMs: undefined,
    ...given,
  };
}

const UP: Change = {
  kind: 'up',
  atMs: 4_343_100,
  reason: 'beyond the envelope',
  window: { windowMs: 590.697, queries: 189, rateQps: 319.96, plannedQps: 213.31 },
  changes: [
    { stage: 'identify-language', from: 2, to: 3, asked: 3 },
    { stage: 'translate', from: 1, to: 3, asked: 4, limitedBy: 'inventory' },
  ],
};
const DOWN: Change = {
  kind: 'down',
  atMs: 3_600_000,
  reason: 'less traffic',
  window: { windowMs: 5000, queries: 400, rateQps: 80 },
  changes: [{ stage: 'translate', from: 2, to: 1, asked: 1 }],
};

const TROUBLES: LoopStatus['troubles'] = [
  { what: 'arrivals', problem: 'http://127.0.0.1:8080: no connection (ECONNREFUSED)', forMs: 72_300 },
  { what: 'replicas', problem: 'http://127.0.0.1:8080: no connection (ECONNREFUSED)', forMs: 70_100 },
];

function statusOf(given: Partial<LoopStatus> = {}): LoopStatus {
  return {
    pipeline: 'social-media',
    isApplying: true,
    upMs: 8_005_000,
    checkedMs: 4_345_600,
    dataAgeMs: 140,
    overdueMs: undefined,
    troubles: [],
    limits: { ...NO_LIMITS, largestGrowth: 10, mostUsdPerHour: 12.5 },
    bound: [{ limit: 'largest growth', stage: 'translate', boundMs: 130_000, share: 0.0161 }],
    decision: { kind: 'hold', reason: 'just changed' },
    windows: [147.7, 295.3, 590.7, 1181.4, 2362.8, 4725.6, 9451.2, 18_902.3, 37_804.6, 60_000].map((windowMs, w) => ({
      windowMs,
      plannedQps: 372 - 20 * w,
      liveQps: 200 + 3 * w,
      lookBackQps: 300 - 10 * w,
    })),
    stages: [
      stageOf({
        stage: 'identify-language',
        planned: 2,
        wanted: 3,
        ready: 3,
        costUsdPerHour: 0.0574,
        activationMs: 140,
      }),
      stageOf({ stage: 'translate', wanted: 3, ready: 2, costUsdPerHour: 1.578, askedForMs: 2500, activationMs: 5120 }),
      stageOf({ stage: 'categorise', problem: 'HTTP 503' }),
      stageOf({ stage: 'prepare-image', wanted: 4, ready: 4, costUsdPerHour: 0.0764, handLeftMs: 431_000 }),
      stageOf({ stage: 'classify-image' }),
      stageOf({ stage: 'combine', costUsdPerHour: 0.0191 }),
    ],
    decisions: [DOWN, UP],
    ups: 1,
    downs: 1,
    costUsdPerHour: 2.7829,
    plannedUsdPerHour: 1.6545,
    costUsd: 4.8123,
    ...given,
  };
}

describe('the panel', () => {
  it.each([
    ['a tmux pane', 80, 24],
    ['a wide terminal', 140, 45],
    ['a narrow pane', 48, 20],
    ['a small pane', 80, 12],
  ])('%s, %d × %d', async (_, columns, rows) => {
    const text = formatPanel(statusOf(), LABELS, { columns, rows }, false);
    await expect(`${text}\n`).toMatchFileSnapshot(`../../golden/report/tune-panel-${columns}x${rows}.txt`);
  });

  it('fits in any size, coloured or not', () => {
    const many = Array.from({ length: 30 }, (_, i) => stageOf({ stage: `stage-${i}` }));
    const statuses = [statusOf(), statusOf({ stages: many }), statusOf({ troubles: TROUBLES })];
    for (let columns = 1; columns <= 130; columns += 3) {
      for (let rows = 1; rows <= 50; rows++) {
        for (const status of statuses) {
          const lines = formatPanel(status, LABELS, { columns, rows }, false).split('\n');
          expect(lines.length).toBeLessThanOrEqual(rows);
          expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(columns);
        }
      }
    }
    // biome-ignore lint/suspicious/noControlCharactersInRegex: what colours a terminal
    const plain = formatPanel(statusOf(), LABELS, { columns: 80, rows: 24 }, true).replace(/\u001b\[\d+m/g, '');
    expect(plain).toBe(formatPanel(statusOf(), LABELS, { columns: 80, rows: 24 }, false));
  });

  it('shows what fails and since when, also where there is little room, and is not calm', () => {
    for (const [columns, rows] of [
      [80, 24],
      [60, 8],
    ] as const) {
      const text = formatPanel(statusOf({ troubles: TROUBLES }), LABELS, { columns, rows }, false);
      const [first, second] = text.split('\n').slice(4, 6);
      expect(first).toMatch(/^arrivals failing for 1m12s: 127\.0\.0\.1:8080: no conn/);
      expect(second).toMatch(/^replicas failing for 1m10s: 127/);
    }
    const calm = statusOf({ decision: { kind: 'hold', reason: 'as needed' } });
    const secondLine = (status: LoopStatus) =>
      formatPanel(status, LABELS, { columns: 80, rows: 24 }, true).split('\n')[1];
    expect(secondLine(calm)).not.toBe(secondLine({ ...calm, troubles: TROUBLES }));
  });

  it('shows the limits in force in any size, and how long they bound where there is room', () => {
    for (const rows of [5, 24]) {
      const lines = formatPanel(statusOf(), LABELS, { columns: 48, rows }, false).split('\n');
      expect(lines[3]).toBe('limits 10 x the plan; $12.5000 per hour');
      expect(lines.includes('largest growth held back translate for 2m10s (1…')).toBe(rows === 24);
    }
  });

  it('says that it waits until the live system answers', () => {
    const waiting = { pipeline: 'two', forMs: 12_400, problem: 'http://127.0.0.1:8080: no connection' };
    expect(formatWaiting(waiting, LABELS, { columns: 60, rows: 10 }, false)).toBe(
      'infer-plan tune  two                                  up 12s\n' +
        'CONNECTING: local 127.0.0.1:8080 has not answered yet\n' +
        'http://127.0.0.1:8080: no connection',
    );
    expect(formatWaiting(waiting, LABELS, { columns: 20, rows: 1 }, false)).toBe('infer-plan tune  tw…');
  });

  it.each<[string, Partial<LoopStatus>, string]>([
    ['before anything is known', { dataAgeMs: undefined, decision: undefined }, 'STARTING: no arrivals yet'],
    ['where a log is read late', { stages: [], dataAgeMs: 24_000 }, 'SETTLING: a change is less than 15 s old'],
    ['without data', { dataAgeMs: 7340, overdueMs: 7340 }, 'NO DATA for 7.3s: no replica is changed'],
    ['while replicas start', {}, 'SCALING: translate 2 -> 3 (for 2.5s, took 5.1s last time)'],
    [
      'at a limit',
      {
        stages: [],
        decision: {
          kind: 'hold',
          reason: 'limited',
          changes: [{ stage: 'a', from: 2, to: 2, asked: 3, limitedBy: 'spend limit' }],
        },
      },
      'LIMITED: the traffic asks for more than the limits allow: a 2 -> 2 (3 asked: spend limit)',
    ],
    [
      'at rest',
      { stages: [], decision: { kind: 'hold', reason: 'as needed' } },
      'HOLDING: replicas are as the traffic needs',
    ],
  ])('says what matters %s', (_, given, expected) => {
    expect(formatPanel(statusOf(given), LABELS, { columns: 100, rows: 24 }, false).split('\n')[1]).toBe(expected);
  });
});
