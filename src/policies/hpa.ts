/**
 * Kubernetes' Horizontal Pod Autoscaler on a stage, by CPU or accelerator utilisation, by rate, or by queue as KEDA does.
 *
 * The HPA decides every 15 s. Utilisation comes from a metrics server that samples every 15 s, half a period before.
 * A rate is a PromQL query over the last minute, a queue an instant one. From zero to one and back KEDA decides itself:
 * up at a poll (30 s) that finds something, down when nothing was found for the cooldown (300 s).
 * Every stage is a scale target of its own, with one pod per replica; a replica that starts is a Pending pod.
 */
import { msFromS, qpsOver, sFromMs, usFromMs } from '../units.js';
import type { Policy, PolicyKind, StageReason, StageSeen, StageView, TargetChoice } from './policy.js';
import { HPA_START, type HpaSpec, type HpaState, hpaDecision } from './systems/hpa-decision.js';
import { cpuProposal, externalAverageProposal, type HpaPod, type Tolerance } from './systems/hpa-metrics.js';

export interface HpaOwn extends Partial<HpaSpec> {
  /** In percent for utilisation; else per replica. */
  readonly target?: number;
  readonly tolerance?: Partial<Tolerance>;
  /** KEDA's, for zero. */
  readonly pollingS?: number;
  readonly cooldownS?: number;
}

type Metric = 'utilization' | 'rate' | 'queue';

/** Half a sync period: samples at even ticks, decisions at odd ones. */
const TICK_MS = msFromS(7.5);
/** Ticks of a PromQL range of a minute. */
const RATE_TICKS = 8;
const SAMPLE_WINDOW_S = 15;
const REQUEST_MILLI = 1000;
const MILLI = 1000;
/** The API takes whole thousandths. */
const LEAST_TARGET = 0.001;

/** Defaults of Kubernetes 1.37; the most replicas and the times of zero are KEDA's. */
const DEFAULTS = { minReplicas: 1, maxReplicas: 100, downscaleStabilizationS: 300, behavior: undefined } as const;
const DEFAULT_TOLERANCE = 0.1;
const POLLING_S = 30;
const COOLDOWN_S = 300;
/** Percent of the request, where a spec names no metric. */
const CPU_TARGET = 80;
/** Threshold of KEDA's list and SQS triggers. */
const QUEUE_TARGET = 5;
/** A rate has no default: the share of a replica's throughput that Knative's utilisation stands for. */
const RATE_SHARE = 0.7;

export const HPA_KINDS: readonly PolicyKind<HpaOwn>[] = [
  hpaKind('hpa-cpu', 'utilization', 'Kubernetes HPA: utilisation of ready pods, every 15 s'),
  hpaKind('hpa-rate', 'rate', 'Kubernetes HPA on an external metric, as KEDA makes it: items a second over a minute'),
  hpaKind('keda-queue', 'queue', 'KEDA: items that wait'),
];

function hpaKind(name: string, metric: Metric, summary: string): PolicyKind<HpaOwn> {
  return {
    name,
    summary,
    hasTarget: true,
    make({ own = {}, stages, target, phase }) {
      const targets = stages.map((view) => own.target ?? shippedTarget(metric, view));
      return hpaPolicy({
        name,
        metric,
        own,
        phase,
        targets: target.kind === 'shipped' ? targets : matched(metric, target),
      });
    },
  };
}

function shippedTarget(metric: Metric, { throughputQps }: StageView): number {
  if (metric === 'utilization') return CPU_TARGET;
  return metric === 'rate' ? RATE_SHARE * throughputQps : QUEUE_TARGET;
}

function matched(metric: Metric, { factor, steady }: Extract<TargetChoice, { kind: 'matched' }>): number[] {
  return steady.map(({ replicas, rateQps, queuedItems, utilisation }) => {
    if (metric === 'utilization') return Math.max(1, Math.round(100 * utilisation * factor));
    return Math.max(LEAST_TARGET, ((metric === 'rate' ? rateQps : queuedItems) / replicas) * factor);
  });
}

interface StageState {
  hpa: HpaState;
  /** Of the last ticks, the oldest first. */
  entered: readonly number[];
  busyMs: number;
  readyMs: number;
  sample: { readonly milli: number; readonly atS: number } | undefined;
  /** When KEDA last found something. */
  activeS: number;
}

function hpaPolicy(given: {
  readonly name: string;
  readonly metric: Metric;
  readonly own: HpaOwn;
  readonly targets: readonly number[];
  readonly phase: number;
}): Policy<{ tick: number; readonly stages: StageState[]; readonly canBeZero: readonly boolean[] }> {
  const { name, metric, own, targets, phase } = given;
  const { tolerance, pollingS = POLLING_S, cooldownS = COOLDOWN_S, ...others } = own;
  const spec: HpaSpec = { ...DEFAULTS, ...others, minReplicas: Math.max(1, own.minReplicas ?? DEFAULTS.minReplicas) };
  const within = { up: tolerance?.up ?? DEFAULT_TOLERANCE, down: tolerance?.down ?? DEFAULT_TOLERANCE };
  const pollEvery = Math.max(1, Math.round(msFromS(pollingS) / TICK_MS));

  /** The metric, and what it asks for. */
  const propose = (
    state: StageState,
    seen: StageSeen,
    s: number,
    nowS: number,
  ): [number | undefined, number | undefined] => {
    const present = seen.askedReplicas;
    if (metric === 'utilization') {
      const pods = podsOf(seen, state.sample);
      const proposal = cpuProposal({
        pods,
        nowS,
        present,
        tolerance: within,
        target: targets[s]!,
        requestMilli: REQUEST_MILLI,
      });
      return [state.sample && state.sample.milli / MILLI, proposal];
    }
    const value = readingOf(metric, state, seen);
    const common = { milli: Math.round(MILLI * value), targetMilli: Math.round(MILLI * targets[s]!) };
    return [value, externalAverageProposal({ ...common, status: present, tolerance: within })];
  };

  /** KEDA's part: undefined where the HPA decides. */
  const zero = (state: StageState, seen: StageSeen, nowS: number, isPoll: boolean): number | undefined => {
    const isActive = readingOf(metric === 'rate' ? 'rate' : 'queue', state, seen) > 0;
    if (isActive) state.activeS = nowS;
    if (seen.askedReplicas === 0) return isPoll && isActive ? 1 : 0;
    return isPoll && !isActive && nowS - state.activeS >= cooldownS ? 0 : undefined;
  };

  return {
    name,
    tickMs: TICK_MS,
    firstTickMs: TICK_MS * (1 + 2 * phase),
    sees: 'stages',
    start: (stages) => ({
      tick: 0,
      canBeZero: stages.map(({ fewestReplicas }) => fewestReplicas === 0 && metric !== 'utilization'),
      stages: stages.map(() => {
        return { hpa: HPA_START, entered: [], busyMs: 0, readyMs: 0, sample: undefined, activeS: 0 };
      }),
    }),
    decide({ state, nowMs, stages }) {
      const nowS = sFromMs(nowMs);
      const tick = state.tick++;
      const sampledS = tick % 2 === 0 ? nowS : undefined;
      for (const [s, seen] of stages.entries()) note(state.stages[s]!, seen, sampledS);
      const isSync = tick % 2 === 1;
      const isPoll = tick % pollEvery === 0;
      const reasons: StageReason[] = [];
      const replicas = stages.map((seen, s) => {
        const own = state.stages[s]!;
        const byKeda = state.canBeZero[s] ? zero(own, seen, nowS, isPoll) : undefined;
        if (byKeda !== undefined) return byKeda;
        if (!isSync) return seen.askedReplicas;
        const [value, proposal] = propose(own, seen, s, nowS);
        const decided = hpaDecision(spec, own.hpa, { nowS, present: seen.askedReplicas, proposal });
        own.hpa = decided.state;
        const { limitedBy } = decided;
        reasons.push({ metric, value, proposal, ...(limitedBy !== undefined && { limitedBy }) });
        return decided.replicas;
      });
      return { replicas, reasons: reasons.length === stages.length ? reasons : [], state };
    },
  };
}

/** Takes what one tick shows; with `sampledS` the metrics server samples. */
function note(state: StageState, seen: StageSeen, sampledS: number | undefined): void {
  state.entered = [...state.entered, seen.enteredItems].slice(-RATE_TICKS);
  state.busyMs += seen.busyMs;
  state.readyMs += seen.readyReplicaMs;
  if (sampledS === undefined) return;
  const share = state.readyMs > 0 ? Math.min(1, state.busyMs / state.readyMs) : 0;
  state.sample = { milli: Math.floor(REQUEST_MILLI * share), atS: sampledS };
  state.busyMs = 0;
  state.readyMs = 0;
}

function readingOf(metric: Metric, { entered }: StageState, { queuedItems }: StageSeen): number {
  if (metric === 'queue') return queuedItems;
  const items = entered.reduce((sum, count) => sum + count, 0);
  return qpsOver(items, usFromMs(TICK_MS * entered.length));
}

/** Every replica as a pod. All that were ready at the sample have the mean of it. */
function podsOf({ replicas }: StageSeen, sample: StageState['sample']): HpaPod[] {
  return replicas.map(({ askedAtMs, readyAtMs }): HpaPod => {
    const startedS = sFromMs(askedAtMs);
    if (readyAtMs === undefined) return { phase: 'Pending', isReady: false, startedS, transitionS: startedS };
    const transitionS = sFromMs(readyAtMs);
    const hasSample = sample !== undefined && transitionS <= sample.atS;
    const own = hasSample ? { ...sample, windowS: SAMPLE_WINDOW_S } : undefined;
    return { phase: 'Running', isReady: true, startedS, transitionS, sample: own };
  });
}
