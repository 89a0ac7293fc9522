import { expect, it } from 'vitest';
import { formatDriftFinding } from '../../../src/report/tune/drift-report.js';
import type { DriftFinding } from '../../../src/tuner/drift/find-drift.js';

const narrow = { windowMs: 200, plannedQueries: 9, typicalQueries: 12, blocks: 60, exceeded: 50, blockMs: 10_000 };
const wide = { windowMs: 1600, plannedQueries: 45, typicalQueries: 61, blocks: 60, exceeded: 58, blockMs: 10_000 };

it.each<[string, DriftFinding]>([
  [
    'traffic is beyond the planned envelope: in 58 of the last 60 blocks of 10s the busiest 1.6s hold 61 queries, planned at most 45; mean rate 24.10/s, planned 15.00/s',
    { kind: 'beyond the envelope', windows: [narrow, wide], rateQps: 24.1, plannedQps: 15 },
  ],
  [
    'traffic is far below the plan: mean rate 7.50/s, planned 15.00/s, over 15m',
    { kind: 'far below the plan', rateQps: 7.5, plannedQps: 15, overMs: 900_000 },
  ],
  [
    'stage read gets 0.65 items per query, planned 0.50, over 12,000 queries',
    { kind: 'scale factor', stage: 'read', scaleFactor: 0.651, plannedScaleFactor: 0.5, queries: 12_000 },
  ],
  [
    'stage detect takes 1.40 times the service time of its profile, over 9,000 batches',
    { kind: 'service time', stage: 'detect', serviceTimeRatio: 1.4, batches: 9000 },
  ],
])('%s', (line, finding) => {
  expect(formatDriftFinding(finding)).toBe(line);
});
