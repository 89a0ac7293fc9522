/**
 * Knative's pod autoscaler (KPA) on a stage: a sample of the requests in flight every second, waiting ones included, a
 * decision every two, and the rules of the reconciler for zero.
 *
 * A stage's items are the revision's requests. A second's sample is the mean in flight over it, as a queue proxy
 * reports it. At zero replicas an item that waits pokes the autoscaler at the next sample.
 */
import { msFromS, sFromMs } from '../units.js';
import type { Policy, PolicyKind, StageReason, StageSeen, TargetChoice } from './policy.js';
import { type Aggregation, SecondBuckets } from './systems/knative-averages.js';
import {
  KNATIVE_TICK_S,
  type KnativeSpec,
  type KnativeState,
  knativeDecision,
  knativeStart,
} from './systems/knative-decision.js';

/** Settings of config-autoscaler and annotations of a revision, under one name each. */
export interface KnativeOwn extends Partial<Omit<KnativeSpec, 'total' | 'target' | 'isReachable' | 'panicWindowS'>> {
  readonly metric?: 'concurrency' | 'rps';
  /** A soft target, in place of the default of the metric. */
  readonly target?: number;
  /** Hard limit of a pod; 0 stands for none. */
  readonly containerConcurrency?: number;
  /** Of the total, in (0, 1]. */
  readonly utilization?: number;
  readonly panicWindowShare?: number;
  readonly aggregation?: Aggregation;
  readonly minScale?: number;
  readonly maxScale?: number;
  readonly scaleToZeroGraceS?: number;
}

const SAMPLE_MS = msFromS(1);
const LEAST_TARGET = 0.01;

/** Defaults of Knative serving 0.51. */
const DEFAULTS = {
  concurrency: 100,
  rps: 200,
  utilization: 0.7,
  stableWindowS: 60,
  panicWindowShare: 0.1,
  panicThreshold: 2,
  maxScaleUpRate: 1000,
  maxScaleDownRate: 2,
  scaleDownDelayS: 0,
  activationScale: 0,
  targetBurstCapacity: 211,
  scaleToZeroGraceS: 30,
} as const;

export const KNATIVE: PolicyKind<KnativeOwn> = {
  name: 'kpa',
  summary: 'Knative: requests in flight per pod, averaged over 60 s and 6 s',
  hasTarget: true,
  make({ own = {}, stages, target, phase }) {
    return knativePolicy({ own, specs: stages.map((_, s) => specOf(own, target, s)), phase });
  },
};

function specOf(own: KnativeOwn, target: TargetChoice, s: number): KnativeSpec {
  const { metric = 'concurrency', utilization = DEFAULTS.utilization, containerConcurrency = 0 } = own;
  const soft = own.target ?? DEFAULTS[metric];
  const hasLimit = metric === 'concurrency' && containerConcurrency > 0;
  const total = hasLimit ? Math.min(own.target ?? containerConcurrency, containerConcurrency) : soft;
  const { stableWindowS = DEFAULTS.stableWindowS, panicWindowShare = DEFAULTS.panicWindowShare } = own;
  const given = {
    ...{ stableWindowS, panicWindowS: Math.max(1, Math.round(stableWindowS * panicWindowShare)), isReachable: true },
    panicThreshold: own.panicThreshold ?? DEFAULTS.panicThreshold,
    maxScaleUpRate: own.maxScaleUpRate ?? DEFAULTS.maxScaleUpRate,
    maxScaleDownRate: own.maxScaleDownRate ?? DEFAULTS.maxScaleDownRate,
    scaleDownDelayS: own.scaleDownDelayS ?? DEFAULTS.scaleDownDelayS,
    activationScale: own.activationScale ?? DEFAULTS.activationScale,
    targetBurstCapacity: own.targetBurstCapacity ?? DEFAULTS.targetBurstCapacity,
  };
  if (target.kind === 'shipped') return { ...given, total, target: Math.max(LEAST_TARGET, total * utilization) };
  const { queuedItems, inServiceItems, rateQps, replicas } = target.steady[s]!;
  const load = metric === 'rps' ? rateQps : queuedItems + inServiceItems;
  const matched = Math.max(LEAST_TARGET, (load / replicas) * target.factor);
  return { ...given, total: matched / utilization, target: matched };
}

interface StageState {
  readonly stable: SecondBuckets;
  readonly panic: SecondBuckets;
  decided: KnativeState;
  /** Since when zero is wanted. */
  zeroSinceS: number | undefined;
}

/** @param given `specs`: one per stage */
function knativePolicy(given: {
  readonly own: KnativeOwn;
  readonly specs: readonly KnativeSpec[];
  readonly phase: number;
}): Policy<readonly StageState[]> {
  const { own, specs, phase } = given;
  const { aggregation = 'linear', metric = 'concurrency', minScale = 0, maxScale = 0 } = own;
  const graceS = own.scaleToZeroGraceS ?? DEFAULTS.scaleToZeroGraceS;
  const sampleOf = ({ queuedItemMs, inServiceItemMs, completedItems }: StageSeen) =>
    metric === 'rps' ? completedItems : (queuedItemMs + inServiceItemMs) / SAMPLE_MS;

  const decideStage = (state: StageState, seen: StageSeen, s: number, nowS: number): [number, StageReason] => {
    const [stable, panic] = [state.stable.average(nowS), state.panic.average(nowS)];
    const decided = knativeDecision(specs[s]!, state.decided, { nowS, readyPods: seen.readyReplicas, stable, panic });
    state.decided = decided.state;
    state.zeroSinceS = decided.pods > 0 ? undefined : (state.zeroSinceS ?? nowS);
    const isHeld = decided.pods === 0 && nowS - state.zeroSinceS! < graceS;
    const held = isHeld ? Math.min(1, seen.askedReplicas) : decided.pods;
    const bounded = Math.min(maxScale > 0 ? maxScale : Number.POSITIVE_INFINITY, Math.max(minScale, held));
    const bound = bounded !== held ? (bounded > held ? 'min-scale' : 'max-scale') : undefined;
    const limitedBy = bound ?? (isHeld ? 'scale-to-zero-grace-period' : decided.limitedBy);
    const reason = { metric, value: stable, proposal: decided.proposal, ...(limitedBy !== undefined && { limitedBy }) };
    return [bounded, reason];
  };

  return {
    name: KNATIVE.name,
    tickMs: SAMPLE_MS,
    firstTickMs: SAMPLE_MS * (1 + phase),
    sees: 'stages',
    start: (stages) =>
      stages.map(({ replicas }, s) => ({
        stable: new SecondBuckets(specs[s]!.stableWindowS, aggregation),
        panic: new SecondBuckets(specs[s]!.panicWindowS, aggregation),
        decided: knativeStart(replicas, 0),
        zeroSinceS: undefined,
      })),
    decide({ state, nowMs, stages }) {
      const nowS = Math.floor(sFromMs(nowMs));
      stages.forEach((seen, s) => {
        const sample = sampleOf(seen);
        state[s]!.stable.record(nowS, sample);
        state[s]!.panic.record(nowS, sample);
      });
      const isPoked = stages.map(({ askedReplicas, queuedItems }) => askedReplicas === 0 && queuedItems > 0);
      const isDue = nowS % KNATIVE_TICK_S === 0;
      if (!isDue && !isPoked.includes(true)) return { replicas: stages.map(askedOf), reasons: [], state };
      const decided = stages.map((seen, s): [number, StageReason | undefined] => {
        return isDue || isPoked[s] ? decideStage(state[s]!, seen, s, nowS) : [seen.askedReplicas, undefined];
      });
      const reasons = decided.map(([, reason]) => reason).filter((reason) => reason !== undefined);
      return { replicas: decided.map(([pods]) => pods), reasons: isDue ? reasons : [], state };
    },
  };
}

const askedOf = ({ askedReplicas }: StageSeen) => askedReplicas;
