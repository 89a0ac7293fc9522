/** One of each thing that can happen to a running tuner, and one of each record of its journal. */

import type { JournalRecord } from '../../src/control-loop/journal.js';
import type { LoopEvent } from '../../src/control-loop/loop-event.js';
import { type Change, firstState } from '../../src/tuner/decision.js';
import { NO_LIMITS } from '../../src/tuner/tuner-limits.js';

export const CHANGE: Change = {
  kind: 'up',
  atMs: 61_200,
  reason: 'beyond the envelope',
  window: { windowMs: 590.697, queries: 189, rateQps: 319.961, plannedQps: 213.307 },
  changes: [
    { stage: 'detect', from: 2, to: 3, asked: 3 },
    { stage: 'classify', from: 1, to: 2, asked: 4, limitedBy: 'inventory' },
  ],
};

const STAGES = [
  { stage: 'detect', planned: 2, wanted: 3, ready: 2 },
  { stage: 'classify', planned: 1, wanted: 2, ready: 2 },
];

export const LOOP_EVENTS: readonly LoopEvent[] = [
  {
    kind: 'started',
    stages: STAGES,
    isResumed: true,
    limits: { ...NO_LIMITS, largestGrowth: 10, mostUsdPerHour: 12.5, largestStep: 2 },
  },
  { kind: 'decision', decision: CHANGE, isApplied: true },
  { kind: 'limited', limit: 'inventory', stage: 'classify', replicas: 2, asked: 4 },
  { kind: 'limited', limit: 'fewest replicas', stage: 'classify', replicas: 2, asked: 1 },
  { kind: 'limit-over', limit: 'inventory', stage: 'classify', boundMs: 61_500 },
  { kind: 'applied', stage: 'detect', replicas: 3, activationMs: 5120 },
  { kind: 'apply-failed', stage: 'detect', replicas: 3, problem: 'answered 503', retryMs: 400 },
  { kind: 'read-failed', problem: 'no answer', retryMs: 800 },
  { kind: 'arrivals-failed', problem: 'the arrivals ended', retryMs: 250 },
  { kind: 'arrivals-unknown', problem: 'http://127.0.0.1:9090: req_totl selects no series' },
  { kind: 'arrivals-corrected', note: 'access.log: lines come later than expected: hold widened to 6s' },
  { kind: 'arrivals-back' },
  { kind: 'gap', fromMs: 1000, toMs: 2500 },
  { kind: 'clock-restarted', atMs: 0 },
  { kind: 'clock-set-back', fromMs: 90_000, toMs: 30_000 },
  { kind: 'changed-by-hand', stage: 'detect', from: 3, to: 5, untilMs: 661_200 },
  {
    kind: 'drift',
    findings: [
      {
        kind: 'beyond the envelope',
        windows: [
          { windowMs: 1000, plannedQueries: 150, typicalQueries: 180, blocks: 60, exceeded: 55, blockMs: 10_000 },
        ],
        rateQps: 140,
        plannedQps: 100,
      },
      { kind: 'scale factor', stage: 'classify', scaleFactor: 0.8, plannedScaleFactor: 0.6, queries: 60_000 },
      { kind: 'service time', stage: 'detect', serviceTimeRatio: 1.4, batches: 20_000 },
    ],
  },
  { kind: 'drift', findings: [{ kind: 'far below the plan', rateQps: 40, plannedQps: 100, overMs: 900_000 }] },
  { kind: 'drift', findings: [] },
  { kind: 'replanned', path: 'two-stage.replan.yaml', isAdopted: true, reason: '' },
  { kind: 'replanned', path: 'two-stage.replan.yaml', isAdopted: false, reason: 'this is a dry run' },
  { kind: 'replan-failed', problem: 'no configuration meets p99 <= 300ms' },
  {
    kind: 'ended',
    left: STAGES,
    bound: [{ limit: 'largest growth', stage: 'detect', boundMs: 130_000, share: 0.0161 }],
  },
  { kind: 'ended', left: undefined, bound: [] },
];

const STATE = { ...firstState([3, 2], 61_200), lastRaiseMs: [61_200, null] };

export const JOURNAL_RECORDS: readonly JournalRecord[] = [
  {
    kind: 'start',
    version: 1,
    pipeline: 'two-stage',
    planSha256: 'e3b0',
    stages: ['detect', 'classify'],
    state: STATE,
    applied: [2, 1],
    checkedMs: null,
    zeroMs: null,
  },
  { kind: 'decision', decision: CHANGE, state: STATE },
  { kind: 'applied', stage: 'detect', replicas: 3, activationMs: 5120 },
  { kind: 'refused', checkedMs: 70_000, state: STATE },
  { kind: 'hand', checkedMs: 80_000, state: STATE, applied: [3, 2] },
  { kind: 'progress', checkedMs: 90_000, zeroMs: 1_700_000_000_000 },
  { kind: 'end' },
];
