/**
 * The coarse-grained plans that the InferLine paper compares with: the pipeline is one black box, replicated as a whole.
 *
 * A unit has one replica of every stage and one max batch size b for all: the largest of 1, 2, 4, … at which the
 * longest path of batch service times meets the objective. Its rate is that of its slowest stage, min over stages of
 * μ_m(b) ÷ s_m. Units = ⌈rate ÷ unit rate⌉, at the mean rate of the planning trace (CG-Mean), or at its highest rate in
 * any window as long as the objective (CG-Peak).
 *
 * The paper leaves two things open, so both readings are here. Hardware: the fastest of every stage, as the paper's
 * planner starts, or the cheapest mix whose batches of one meet the objective. Latency: batch service times alone, or
 * room for one batch of waiting at every stage (the objective is at least twice the path).
 * Worked: 10 ms and 20 ms at b = 1, 16 and 30 at 2, 28 and 54 at 4, objective 50 ms: b = 2 (46 ms). One replica each:
 * 125/s and 66.7/s, so a unit does 66.7/s; 150/s need 3 units.
 * Source: InferLine (SoCC 2020), evaluation. Cost: O(hardware^stages) for the cheapest mix.
 */
import { InputError } from '../../errors.js';
import type { Configuration } from '../../model/configuration.js';
import { meanItems } from '../../model/pipeline.js';
import type { Plan } from '../../model/plan/plan.js';
import { sourceOf, spanUs } from '../../model/trace.js';
import { simulate } from '../../simulation/simulate.js';
import { meanRate, perSecondFromPerUs, qpsOver, usFromMs } from '../../units.js';
import { planOf } from '../evidence/plan-evidence.js';
import { feasibilityInSteps } from '../feasibility-in-steps.js';
import { runToEnd } from '../run-to-end.js';
import type { StageOption } from '../space/option.js';
import { type PlanningInput, type SearchSpace, searchSpace } from '../space/search-space.js';

/** What a coarse-grained plan is made for. */
export const COARSE_RATES = ['mean', 'peak'] as const;

/** How the paper's baseline is read. */
export interface CoarseReading {
  readonly rate: (typeof COARSE_RATES)[number];
  readonly hardware: 'fastest' | 'cheapest';
  /** Whether the objective leaves room for one batch of waiting at every stage. */
  readonly leavesRoom: boolean;
}

/** A coarse-grained configuration and how it came about. */
export interface CoarsePlan {
  readonly configuration: Configuration;
  readonly units: number;
  readonly unitQps: number;
  readonly rateQps: number;
}

/**
 * The configuration of a reading; undefined where no batch size meets the objective.
 * @throws InputError when the trace is empty or a stage has no profile
 */
export function coarseConfiguration(input: PlanningInput, reading: CoarseReading): CoarsePlan | undefined {
  if (input.trace.arrivalsUs.length === 0)
    throw new InputError('TRACE_EMPTY', 'trace = no arrivals, must hold at least one');
  const space = searchSpace(input);
  const mostUs = usFromMs(input.slo.latencyMs) / (reading.leavesRoom ? 2 : 1);
  const options = reading.hardware === 'fastest' ? fastest(space) : cheapest(input, space, mostUs);
  if (options === undefined) return undefined;
  const batch = largestBatch(input, options, mostUs);
  if (batch === undefined) return undefined;
  const items = meanItems(input.pipeline);
  const unitQps = Math.min(
    ...options.map(({ service }, s) => {
      return perSecondFromPerUs(batch / service.tableUs[batch]!) / items.get(space.stages[s]!.stage)!;
    }),
  );
  const rateQps = reading.rate === 'mean' ? meanRateOf(input) : peakRateOf(input);
  const units = Math.max(1, Math.ceil(rateQps / unitQps));
  const configuration = options.map(({ hardware }, s) => {
    return { stage: space.stages[s]!.stage, hardware, maxBatchSize: batch, replicas: units };
  });
  return { configuration, units, unitQps, rateQps };
}

/** The plan of a configuration that no search chose, with the evidence that any plan carries. */
export function planOfConfiguration(input: PlanningInput, configuration: Configuration, search: string): Plan {
  const feasibility = runToEnd(feasibilityInSteps(input, searchSpace(input)))!;
  const simulation = simulate({ ...input, configuration, arrivals: sourceOf(input.trace) });
  const nothing = { certified: undefined, validated: undefined, packing: undefined };
  return planOf(input, feasibility, { configuration, simulation, search, ...nothing });
}

/** The first option of every stage: options are sorted by the time of a batch of one. */
function fastest({ stages }: SearchSpace): readonly StageOption[] {
  return stages.map(({ options }) => options[0]!);
}

/** The mix with the lowest price of a unit that meets the objective with batches of one; undefined when none does. */
function cheapest(input: PlanningInput, { stages }: SearchSpace, mostUs: number): readonly StageOption[] | undefined {
  let mixes: readonly (readonly StageOption[])[] = [[]];
  for (const { options } of stages) mixes = mixes.flatMap((mix) => options.map((option) => [...mix, option]));
  const priceOf = (mix: readonly StageOption[]) => mix.reduce((sum, { priceMicroUsd }) => sum + priceMicroUsd, 0);
  const holding = mixes.filter((mix) => longestPathUs(input, mix, 1) <= mostUs);
  return holding.reduce<readonly StageOption[] | undefined>((best, mix) => {
    return best === undefined || priceOf(mix) < priceOf(best) ? mix : best;
  }, undefined);
}

/** Undefined when not even one item at a time meets the objective. */
function largestBatch(input: PlanningInput, options: readonly StageOption[], mostUs: number): number | undefined {
  const largest = Math.min(...options.map(({ service }) => service.maxBatchSize));
  let found: number | undefined;
  for (let batch = 1; batch <= largest; batch *= 2) {
    if (longestPathUs(input, options, batch) <= mostUs) found = batch;
  }
  return found;
}

function longestPathUs({ pipeline }: PlanningInput, options: readonly StageOption[], batch: number): number {
  const ends = new Map<string, number>();
  pipeline.stages.forEach(({ name, parents }, s) => {
    const start = Math.max(0, ...parents.map(({ from }) => ends.get(from) ?? 0));
    ends.set(name, start + options[s]!.service.tableUs[batch]!);
  });
  return Math.max(...ends.values());
}

function meanRateOf({ trace }: PlanningInput): number {
  return meanRate(trace.arrivalsUs.length, spanUs(trace));
}

function peakRateOf({ trace: { arrivalsUs }, slo }: PlanningInput): number {
  const windowUs = usFromMs(slo.latencyMs);
  let peak = 0;
  for (let i = 0; i < arrivalsUs.length; i++) {
    if (i >= peak && arrivalsUs[i - peak]! > arrivalsUs[i]! - windowUs) peak++;
  }
  return qpsOver(peak, windowUs);
}
