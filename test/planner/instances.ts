/** Random planning problems for the laws of the planner, and one configuration simulated apart from the search. */
import { smallInstance } from '../../bench/small-instances.js';
import type { Configuration } from '../../src/model/configuration.js';
import type { Pin } from '../../src/model/plan/pin.js';
import { allowedMisses } from '../../src/model/slo.js';
import type { PlanningInput } from '../../src/planner/space/search-space.js';
import { randomStream } from '../../src/random.js';
import { PipelineRun } from '../../src/simulation/pipeline-run.js';
import { stageSetups } from '../../src/simulation/stage-setups.js';
import { usFromMs } from '../../src/units.js';
import { drawArrivals } from '../../src/workload/arrival-process.js';
import { constant } from '../../src/workload/curve.js';

export type Instance = ReturnType<typeof smallInstance>;

/** Instance number `seed`: its stage count and CV go round with the seed. */
export function instance(seed: number, given: { stageCount?: 1 | 2 | 3 | 4; queries?: number } = {}): Instance {
  return smallInstance({
    random: randomStream(seed, 'instance'),
    drawArrivalsUs,
    stageCount: given.stageCount ?? (((seed % 3) + 1) as 1 | 2 | 3),
    cv: [1, 2, 4][Math.floor(seed / 3) % 3]!,
    queries: given.queries ?? 1500,
  });
}

/** The same instance where every stage must have one to three replicas. */
export function withFloors(given: Instance, seed: number): Instance {
  const random = randomStream(seed, 'floors');
  const stages = given.pipeline.stages.map((stage) => ({ ...stage, minReplicas: 1 + Math.floor(random() * 3) }));
  return { ...given, pipeline: { ...given.pipeline, stages } };
}

/** The same instance where one or two stages have their hardware given, some their max batch size and replicas too. */
export function withPins(given: Instance, seed: number): Instance & { readonly pins: readonly Pin[] } {
  const random = randomStream(seed, 'pins');
  const pick = <T>(values: readonly T[]) => values[Math.floor(random() * values.length)]!;
  const pins = given.pipeline.stages.slice(0, 1 + Math.floor(random() * 2)).map(({ name, model }) => {
    const profile = pick(given.profiles.filter((one) => one.model === model));
    const how = Math.floor(random() * 3);
    return {
      stage: name,
      hardware: profile.hardware,
      ...(how > 0 && { maxBatchSize: pick(profile.rows).batchSize }),
      ...(how > 1 && { replicas: 1 + Math.floor(random() * given.maxReplicas) }),
    };
  });
  return { ...given, pins };
}

/** Instances first, first + 1, … */
export function instances(first: number, count: number, given?: Parameters<typeof instance>[1]): Instance[] {
  return Array.from({ length: count }, (_, i) => instance(first + i, given));
}

export interface Outcome {
  /** Ascending. */
  readonly latenciesUs: Float64Array;
  readonly misses: number;
  readonly holds: boolean;
}

/** One configuration in the plain estimator, whole: the yardstick of everything the planner proves by shorter ways. */
export function simulated(input: PlanningInput, configuration: Configuration): Outcome {
  const latenciesUs = new Float64Array(input.trace.arrivalsUs.length);
  const run = new PipelineRun({
    pipeline: input.pipeline,
    stages: stageSetups({ ...input, configuration }),
    seed: input.seed,
    onEnd: ({ from, to, mask, arrivalUs, endUs }) => {
      for (let q = from; q < to; q++) latenciesUs[q] = endUs[q & mask]! - arrivalUs[q & mask]!;
    },
  });
  run.admit(input.trace.arrivalsUs);
  run.advance(Number.POSITIVE_INFINITY);
  latenciesUs.sort();
  const { latencyMs, percentile } = input.slo;
  const misses = latenciesUs.filter((us) => us > usFromMs(latencyMs)).length;
  return { latenciesUs, misses, holds: misses <= allowedMisses(latenciesUs.length, percentile) };
}

function drawArrivalsUs(law: { rateQps: number; cv: number; count: number; seed: number }): Float64Array {
  const arrivalsUs = new Float64Array(law.count);
  const process = { rateQps: constant(law.rateQps), cv: constant(law.cv) };
  drawArrivals(process, { seed: law.seed, bound: { count: law.count } }).read(arrivalsUs);
  return arrivalsUs;
}
