/**
 * Ray Serve's autoscaler on a stage, which is a deployment with one handle: requests are recorded every few seconds and
 * pushed every ten, and a decision is made every tenth of a second.
 *
 * A stage's items are the deployment's requests, spread evenly over its running replicas. What a replica that no longer
 * runs had reported is left out at once, so right after a removal the aggregate falls until the next push.
 */
import { msFromS, sFromMs } from '../units.js';
import type { Policy, PolicyKind, StageReason, StageSeen } from './policy.js';
import { type RayAggregation, type RayMerged, rayAggregate, rayMerge } from './systems/ray-aggregate.js';
import { RAY_START, type RaySpec, type RayState, rayDecision } from './systems/ray-decision.js';

/** `autoscaling_config` of a deployment. */
export interface RayOwn extends Partial<RaySpec> {
  readonly lookBackS?: number;
  readonly aggregation?: RayAggregation;
  readonly metricsIntervalS?: number;
}

const TICK_MS = 100;
/** Of a stage that the planning trace hardly visits. */
const LEAST_TARGET = 0.01;
/** Of the look-back, between two records of a handle. */
const RECORD_SHARE = 0.2;

/** Defaults of Ray 2.60; the most replicas are those of `num_replicas="auto"`. */
const DEFAULTS: RaySpec & { readonly lookBackS: number; readonly metricsIntervalS: number } = {
  minReplicas: 1,
  maxReplicas: 100,
  targetOngoing: 2,
  upscalingFactor: 1,
  downscalingFactor: 1,
  upscaleDelayS: 30,
  downscaleDelayS: 600,
  downscaleToZeroDelayS: 600,
  lookBackS: 30,
  metricsIntervalS: 10,
};

export const RAY: PolicyKind<RayOwn> = {
  name: 'ray',
  summary: 'Ray Serve: requests running and queued per replica, wanted for 30 s without a break',
  hasTarget: true,
  make({ own = {}, stages, target, phase }) {
    const spec: RaySpec = {
      ...DEFAULTS,
      ...own,
      downscaleToZeroDelayS: own.downscaleToZeroDelayS ?? own.downscaleDelayS ?? DEFAULTS.downscaleDelayS,
    };
    const specs = stages.map((_, s): RaySpec => {
      if (target.kind === 'shipped') return spec;
      const { queuedItems, inServiceItems, replicas } = target.steady[s]!;
      const matched = ((queuedItems + inServiceItems) / replicas) * target.factor;
      return { ...spec, targetOngoing: Math.max(LEAST_TARGET, matched) };
    });
    return rayPolicy({ own, specs, phase });
  },
};

/** What a handle recorded at one instant. */
interface Record {
  readonly atS: number;
  readonly queued: number;
  readonly running: number;
  readonly replicas: number;
}

interface StageState {
  recorded: readonly Record[];
  pushed: readonly Record[];
  decided: RayState;
  /** The last push as the running replicas make it, until either changes. */
  merged: RayMerged;
  running: number;
}

function rayPolicy(given: {
  readonly own: RayOwn;
  readonly specs: readonly RaySpec[];
  readonly phase: number;
}): Policy<{ readonly stages: StageState[]; tick: number }> {
  const { own, specs, phase } = given;
  const { lookBackS = DEFAULTS.lookBackS, metricsIntervalS = DEFAULTS.metricsIntervalS, aggregation = 'mean' } = own;
  const ticksIn = (s: number) => Math.max(1, Math.round(msFromS(s) / TICK_MS));
  const recordEvery = ticksIn(Math.min(RECORD_SHARE * lookBackS, metricsIntervalS));
  const pushEvery = ticksIn(metricsIntervalS);
  const firstPush = Math.round(pushEvery / 2 + phase * pushEvery);

  const look = (state: StageState, seen: StageSeen, tick: number, nowS: number): void => {
    if (tick % recordEvery === 0) {
      const { queuedItems: queued, inServiceItems: running, readyReplicas: replicas } = seen;
      state.recorded = [
        ...state.recorded.filter(({ atS }) => atS >= nowS - lookBackS),
        { atS: nowS, queued, running, replicas },
      ];
    }
    const isPush = tick >= firstPush && (tick - firstPush) % pushEvery === 0;
    if (isPush) state.pushed = state.recorded;
    if (!isPush && seen.readyReplicas === state.running) return;
    state.running = seen.readyReplicas;
    state.merged = mergedOf(state.pushed, state.running);
  };

  return {
    name: RAY.name,
    tickMs: TICK_MS,
    firstTickMs: TICK_MS,
    sees: 'stages',
    start: (stages) => ({
      tick: 0,
      stages: stages.map(({ replicas }) => {
        return { recorded: [], pushed: [], decided: RAY_START, merged: rayMerge([]), running: replicas };
      }),
    }),
    decide({ state, nowMs, stages }) {
      const nowS = sFromMs(nowMs);
      const tick = state.tick++;
      const reasons: StageReason[] = [];
      const replicas = stages.map((seen, s) => {
        const own = state.stages[s]!;
        look(own, seen, tick, nowS);
        const { readyReplicas: running, askedReplicas: target } = seen;
        const ongoing = rayAggregate(own.merged, nowS, aggregation);
        const decided = rayDecision(specs[s]!, own.decided, { nowS, ongoing, running, target });
        own.decided = decided.state;
        const { wanted: proposal, limitedBy } = decided;
        reasons.push({ metric: 'ongoing requests', value: ongoing, proposal, ...(limitedBy && { limitedBy }) });
        return decided.replicas;
      });
      return { replicas, reasons, state };
    },
  };
}

/**
 * Series of the replicas that run, added up, and one without requests that begins where the youngest of them does: a
 * replica's series begins with it, and the window with the last series.
 */
function mergedOf(pushed: readonly Record[], running: number): RayMerged {
  if (pushed.length === 0) return rayMerge([]);
  const value = pushed.map(({ queued, running: busy, replicas }) => {
    return queued + (replicas === 0 ? 0 : (busy * Math.min(running, replicas)) / replicas);
  });
  const most = Math.min(running, Math.max(...pushed.map(({ replicas }) => replicas)));
  const youngest = pushed.find(({ replicas }) => replicas >= most)!;
  return rayMerge([
    { atS: pushed.map(({ atS }) => atS), value },
    { atS: [youngest.atS], value: [0] },
  ]);
}
