/** Why another plan is needed, one line a finding. */
import { formatDuration } from '../../model/notation/quantity.js';
import type { DriftFinding } from '../../tuner/drift/find-drift.js';
import { formatCount, formatNumber } from '../figures.js';

/** `traffic is beyond the planned envelope: …`, without a full stop or a newline. */
export function formatDriftFinding(finding: DriftFinding): string {
  switch (finding.kind) {
    case 'beyond the envelope': {
      const widest = finding.windows.at(-1)!;
      const { windowMs, plannedQueries, typicalQueries, exceeded, blocks, blockMs } = widest;
      const share = `${formatCount(exceeded)} of the last ${formatCount(blocks)} blocks of ${formatDuration(blockMs)}`;
      const counts = `the busiest ${formatDuration(windowMs)} hold ${formatCount(typicalQueries)} queries where at most ${formatCount(plannedQueries)} were planned for`;
      return `traffic is beyond the planned envelope: in ${share} ${counts}; mean rate ${ratesOf(finding)}`;
    }
    case 'far below the plan':
      return `traffic is far below the plan: mean rate ${ratesOf(finding)}, over ${formatDuration(finding.overMs)}`;
    case 'scale factor': {
      const { stage, scaleFactor, plannedScaleFactor, queries } = finding;
      return `stage ${stage} gets ${formatNumber(scaleFactor)} items per query, planned ${formatNumber(plannedScaleFactor)}, over ${formatCount(queries)} queries`;
    }
    case 'service time': {
      const { stage, serviceTimeRatio, batches } = finding;
      return `stage ${stage} takes ${formatNumber(serviceTimeRatio)} x its profile's service times, over ${formatCount(batches)} batches`;
    }
  }
}

function ratesOf({ rateQps, plannedQps }: { rateQps: number; plannedQps: number }): string {
  return `${formatNumber(rateQps)}/s, planned ${formatNumber(plannedQps)}/s`;
}
