/** Drives a policy by hand: what it decides at each tick for what it is shown. */
import type { Policy, StageSeen, StageView } from '../../src/policies/policy.js';

export function viewOf(stage: string, given: Partial<StageView> = {}): StageView {
  return {
    ...{ stage, hardware: 'cpu', replicas: 1, maxBatchSize: 1, fewestReplicas: 1, mostReplicas: 100 },
    ...{ costUsdPerHour: 1, activationDelayMs: 5000, scaleFactor: 1, throughputQps: 50, serviceMs: [0, 20] },
    ...given,
  };
}

export function seenOf(given: Partial<StageSeen> = {}): StageSeen {
  const asked = given.askedReplicas ?? 1;
  return {
    ...{ enteredItems: 0, completedItems: 0, queuedItems: 0, inServiceItems: 0, queuedItemMs: 0, inServiceItemMs: 0 },
    ...{ readyReplicas: asked, startingReplicas: 0, askedReplicas: asked, replicas: [], readyReplicaMs: 0, busyMs: 0 },
    ...{ meanLatencyMs: 0, p99LatencyMs: 0 },
    ...given,
  };
}

/** What one tick shows. */
export interface Shown {
  readonly queries?: number;
  readonly stages?: readonly Partial<StageSeen>[];
}

/** Decisions tick by tick; a policy that sees stages is shown the replicas it asked for last. */
export function decisions<S>(policy: Policy<S>, views: readonly StageView[], ticks: readonly Shown[]) {
  let state = policy.start(views);
  let replicas: readonly number[] = views.map((view) => view.replicas);
  return ticks.map(({ queries = 0, stages = [] }, i) => {
    const seen = policy.sees === 'stages' ? replicas.map((n, s) => seenOf({ askedReplicas: n, ...stages[s] })) : [];
    const arrivals = { queries, arrivalsUs: new Float64Array(0), attained: 0, late: 0 };
    const decided = policy.decide({ state, nowMs: policy.firstTickMs + i * policy.tickMs, stages: seen, arrivals });
    state = decided.state;
    replicas = decided.replicas;
    return decided;
  });
}
