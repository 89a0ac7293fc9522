/** Results of measuring with round figures, for tests of the reports. */
import { measuredRow } from '../../src/profiler/make-row.js';
import type { RefreshReport } from '../../src/report/hardware-report.js';
import type { ProfilingResult } from '../../src/report/profiling-report.js';

const ORIGIN = { model: 'detector', hardware: 't4', runtime: 'onnxruntime 1.23', source: 'measured: here' };

export function profilingResultOf(given: Partial<ProfilingResult> = {}): ProfilingResult {
  return {
    pipeline: 'two-stages',
    hardware: 't4',
    measuredAt: { kind: 'ssh', place: 'gpu-box', clock: 'service' },
    output: 'profiles/measured.csv',
    rows: [
      measuredRow(ORIGIN, {
        curve: 'hot',
        batchSize: 1,
        samplesMs: Array.from({ length: 400 }, (_, i) => 4 + i / 100),
        stoppedBy: 'precision',
        remarks: ['1 of 3 blocks disturbed and thrown away'],
      }),
      measuredRow(ORIGIN, { curve: 'paced', batchSize: 8, samplesMs: [10, 12, 14], stoppedBy: 'budget', remarks: [] }),
    ],
    replaced: [{ model: 'detector', curve: 'hot', batchSize: 1, meanMs: 5.5, source: 'measured: earlier' }],
    leftOut: [{ stage: 'detect', curve: 'hot', batchSize: 16, reason: 'out of memory', isFailure: true }],
    routing: {
      queries: 100,
      stages: [
        { stage: 'detect', scaleFactor: 1, edges: [] },
        {
          stage: 'read',
          scaleFactor: 1.1,
          edges: [
            {
              from: 'detect',
              visits: 100,
              taken: 80,
              probability: 0.8,
              fanOut: [
                { items: 1, share: 0.625 },
                { items: 2, share: 0.375 },
              ],
              group: 'kind',
            },
          ],
        },
      ],
      brokenGroups: [],
    },
    isComplete: false,
    ...given,
  };
}

export function refreshReportOf(given: Partial<RefreshReport> = {}): RefreshReport {
  const common = { asOf: '2027-01-31', source: 'AWS spot Linux, us-east-1, cheapest zone' };
  return {
    file: 'profiles/hardware.yaml',
    updates: [{ name: 't4', instance: 'g4dn.xlarge', costUsdPerHour: 0.1578, previousUsdPerHour: 0.526, ...common }],
    added: [{ name: 'g5.xlarge', kind: 'gpu', instance: 'g5.xlarge', costUsdPerHour: 0.4, ...common }],
    unchanged: [{ name: 'own', reason: 'names no instance' }],
    isWritten: true,
    ...given,
  };
}
