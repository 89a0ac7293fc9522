/**
 * Replays a trace under the tuner, and beside it under three baselines: no tuner, replicas fixed for the peak, and a
 * tuner that knows what comes. None of them sees the pipeline, so the trace is read twice: once to decide, and once to
 * simulate what was decided.
 */
import { InputError } from '../errors.js';
import type { Configuration } from '../model/configuration.js';
import type { Scenario } from '../model/scenario.js';
import type { Slo } from '../model/slo.js';
import type { ArrivalSource } from '../model/trace.js';
import { schedulePolicy } from '../policies/schedule.js';
import { stageSetups } from '../simulation/stage-setups.js';
import type { Change } from '../tuner/decision.js';
import type { BoundLimit } from '../tuner/limit-tally.js';
import type { TunerLimits } from '../tuner/tuner-limits.js';
import type { TunerPlan } from '../tuner/tuner-plan.js';
import { CHECK_INTERVAL_MS } from '../tuner/tuner-session.js';
import { msFromUs } from '../units.js';
import { binWidthUs } from './bin-width.js';
import { changeCheck } from './change-check.js';
import { ClosedLoop } from './closed-loop.js';
import type { PolicyOutcome } from './outcome.js';
import { schedulesOf } from './schedules.js';
import { stageViews } from './stage-views.js';

/** The tuner and its baselines, in the order of the report. */
export const OUTCOME_NAMES = ['tuned', 'untuned', 'peak', 'clairvoyant'] as const;
/** One of `OUTCOME_NAMES`. */
export type OutcomeName = (typeof OUTCOME_NAMES)[number];
/** Outcome of the tuner or of a baseline. */
export type ReplayOutcome = PolicyOutcome & { readonly name: OutcomeName };

const BLOCK = 4096;

/** A scenario, a plan to tune by, and a trace. */
export interface ReplayInput extends Scenario {
  readonly plan: TunerPlan;
  /** The planned one. */
  readonly configuration: Configuration;
  readonly slo: Slo;
  /** Opens the trace at its start. */
  open(): ArrivalSource;
  readonly intervalMs?: number;
  /** Whether each change is first simulated on the arrivals of the last minute. */
  readonly checksChanges: boolean;
  /** Only the tuner, without the baselines. */
  readonly isAlone?: boolean;
}

/** What the tuner decided, and how it and its baselines did. */
export interface ReplayResult {
  readonly queries: number;
  /** Last arrival. */
  readonly spanMs: number;
  readonly slo: Slo;
  readonly decisions: readonly Change[];
  readonly limits: TunerLimits;
  /** The limits that kept replicas from what the traffic asked for. */
  readonly bound: readonly BoundLimit[];
  /** The tuner first. */
  readonly outcomes: readonly ReplayOutcome[];
}

/** How far a replay is. */
export interface ReplayState {
  readonly phase: 'deciding' | 'simulating';
  readonly queries: number;
}

/** @throws InputError when the trace is empty, or the configuration does not fit the pipeline and its profiles */
export function* replay(input: ReplayInput): Generator<ReplayState, ReplayResult> {
  const { plan, pipeline, seed, slo, intervalMs = CHECK_INTERVAL_MS } = input;
  const setups = stageSetups(input);
  const review = input.checksChanges ? changeCheck(plan, { pipeline, setups, slo, seed }) : undefined;
  const deciding = schedulesOf(plan, input.open(), { intervalMs, review });
  let step = deciding.next();
  for (; !step.done; step = deciding.next()) yield { phase: 'deciding', queries: step.value };
  const { arrivals, lastUs, decisions, bound, tuned, peak, clairvoyant } = step.value;
  if (arrivals === 0) throw new InputError('TRACE_EMPTY', 'trace = no arrivals, must hold at least one');

  const views = stageViews(plan, setups);
  const schedules = { tuned, untuned: { start: tuned.start, changes: [] }, peak, clairvoyant };
  const binUs = binWidthUs(lastUs);
  const loops = OUTCOME_NAMES.filter((name) => name === 'tuned' || input.isAlone !== true).map((name) => {
    const schedule = schedules[name];
    const policy = schedulePolicy(name, schedule, { intervalMs });
    const started = views.map((view, s) => ({ ...view, replicas: schedule.start[s]! }));
    return new ClosedLoop({ name, policy, pipeline, setups, views: started, seed, slo, lastUs, binUs });
  });
  const block = new Float64Array(BLOCK);
  const source = input.open();
  let queries = 0;
  for (let count = source.read(block); count > 0; count = source.read(block)) {
    for (const loop of loops)
      for (const _ of loop.take(block.subarray(0, count))) yield { phase: 'simulating', queries };
    queries += count;
    yield { phase: 'simulating', queries };
  }
  const outcomes = loops.map((loop) => loop.end() as ReplayOutcome);
  return { queries, spanMs: msFromUs(lastUs), slo, decisions, limits: plan.limits, bound, outcomes };
}
