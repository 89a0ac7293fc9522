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
      const counts = `${formatCount(typicalQueries)} queries, planned at most ${formatCount(plannedQueries)}`;
      const busiest = `the busiest ${formatDuration(windowMs)} hold ${counts}`;
      return `traffic is beyond the planned envelope: in ${share} ${busiest}; mean rate ${ratesOf(finding)}`;
    }
    case 'far below the plan':
      return `traffic is far below the plan: mean rate ${ratesOf(finding)}, over ${formatDuration(finding.overMs)}`;
    case 'scale factor': {
      const { stage, scaleFactor, plannedScaleFactor, queries } = finding;
      const items = `${formatNumber(scaleFactor)} items per query, planned ${formatNumber(plannedScaleFactor)}`;
      return `stage ${stage} gets ${items}, over ${formatCount(queries)} queries`;
    }
    case 'service time': {
      const { stage, serviceTimeRatio, batches } = finding;
      const times = `${formatNumber(serviceTimeRatio)} times the service time of its profile`;
      return `stage ${stage} takes ${times}, over ${formatCount(batches)} batches`;
    }
  }
}

function ratesOf({ rateQps, plannedQps }: { rateQps: number; plannedQps: number }): string {
  return `${formatNumber(rateQps)}/s, planned ${formatNumber(plannedQps)}/s`;
}
