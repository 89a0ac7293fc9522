/** How a policy's replicas moved, and how far they were from what somebody who knows the trace would hold. */
import type { StageView } from '../policies/policy.js';
import type { ReplicaTimeline } from '../replay/outcome.js';
import { msFromS, sFromMs, usdOver, usFromMs } from '../units.js';

/** A stage that goes up and down, or down and up, within this time has flipped. */
export const FLIP_WITHIN_MS = msFromS(60);

export interface Churn {
  /** Sum of the sizes of all changes of all stages. */
  readonly replicasMoved: number;
  /** Changes of a stage against the direction of its last one, made within a minute of it. */
  readonly flips: number;
}

export function churnOf(timelines: readonly ReplicaTimeline[]): Churn {
  let replicasMoved = 0;
  let flips = 0;
  for (const { replicas: steps } of timelines) {
    let lastSign = 0;
    let lastMs = Number.NEGATIVE_INFINITY;
    steps.slice(1).forEach(({ atMs, replicas }, i) => {
      const by = replicas - steps[i]!.replicas;
      replicasMoved += Math.abs(by);
      if (Math.sign(by) === -lastSign && atMs - lastMs <= FLIP_WITHIN_MS) flips++;
      lastSign = Math.sign(by);
      lastMs = atMs;
    });
  }
  return { replicasMoved, flips };
}

/** Replicas below and above those of a reference, over time. */
export interface Area {
  /** Replica-seconds below it, over all stages. */
  readonly shortReplicaS: number;
  /** Dollars of the replicas above it. */
  readonly overUsd: number;
}

/** @param endMs where the area ends: the last arrival */
export function areaBeside(
  timelines: readonly ReplicaTimeline[],
  reference: readonly ReplicaTimeline[],
  { views, endMs }: { readonly views: readonly StageView[]; readonly endMs: number },
): Area {
  let shortReplicaS = 0;
  let overUsd = 0;
  timelines.forEach(({ replicas: own }, s) => {
    const other = reference[s]!.replicas;
    for (let i = 0, j = 0, atMs = 0; atMs < endMs; ) {
      const untilMs = Math.min(own[i + 1]?.atMs ?? endMs, other[j + 1]?.atMs ?? endMs, endMs);
      const above = own[i]!.replicas - other[j]!.replicas;
      if (above < 0) shortReplicaS += -above * sFromMs(untilMs - atMs);
      else overUsd += usdOver(above * views[s]!.costUsdPerHour, usFromMs(untilMs) - usFromMs(atMs));
      atMs = untilMs;
      while (own[i + 1] !== undefined && own[i + 1]!.atMs <= atMs) i++;
      while (other[j + 1] !== undefined && other[j + 1]!.atMs <= atMs) j++;
    }
  });
  return { shortReplicaS, overUsd };
}
