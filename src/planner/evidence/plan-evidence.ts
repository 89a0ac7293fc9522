/** The plan that a configuration makes, with the evidence that a later reader needs to believe it. */
import { trafficEnvelope } from '../../envelope/traffic-envelope.js';
import type { Configuration } from '../../model/configuration.js';
import {
  type Certificate,
  type Packing,
  PLAN_VERSION,
  type Plan,
  type PlannedStage,
  SEARCHED_BATCH_SIZES,
} from '../../model/plan/plan.js';
import { rounded } from '../../model/plan/rounded.js';
import type { Validated } from '../../model/plan/validated.js';
import type { SimulationResult } from '../../simulation/simulation-result.js';
import { msFromUs, perSecondFromPerUs, usdFromMicro } from '../../units.js';
import type { Feasibility } from '../space/feasibility.js';
import { optionOf } from '../space/option.js';
import { type PlanningInput, throughput } from '../space/search-space.js';
import { tailShares } from './tail-share.js';

/** Of a long trace, the tail is that of so many queries, where it is busiest. */
const TAIL_QUERIES = 1 << 17;

/** What a search proved: no accepted configuration costs less than the bound, in whole micro-dollars per hour. */
export interface Certified {
  readonly lowerBoundMicroUsd: number;
  readonly isProved: boolean;
}

/** `certified` is absent when the search proves nothing. */
export function planOf(
  input: PlanningInput,
  feasibility: Feasibility,
  found: {
    configuration: Configuration;
    simulation: SimulationResult;
    search: string;
    certified: Certified | undefined;
    validated: Validated | undefined;
    packing: Packing | undefined;
  },
): Plan {
  const { configuration, simulation, search, certified, validated, packing } = found;
  const paidUsdPerHour = packing?.costUsdPerHour ?? simulation.costUsdPerHour;
  const { pipeline, slo, serviceModel, seed, maxReplicas, stageMaxReplicas, stageMinReplicas, inventory, pins, trace } =
    input;
  const { latency } = simulation;
  return {
    version: PLAN_VERSION,
    pipeline: pipeline.name,
    slo,
    serviceModel,
    stages: plannedStages(input, feasibility, { configuration, simulation }),
    costUsdPerHour: simulation.costUsdPerHour,
    costUsdPerMillionQueries: rounded(simulation.costUsdPerMillionQueries),
    predicted: {
      queries: simulation.queries,
      meanRateQps: rounded(simulation.meanRateQps),
      sloAttainment: rounded(simulation.slo!.sloAttainment),
      meanMs: rounded(latency.meanMs),
      p50Ms: latency.p50Ms,
      p90Ms: latency.p90Ms,
      p95Ms: latency.p95Ms,
      p99Ms: latency.p99Ms,
      p999Ms: latency.p999Ms,
      maxMs: latency.maxMs,
    },
    ...(packing === undefined ? {} : { packing }),
    ...(certified === undefined ? {} : { certificate: certificateOf(simulation, paidUsdPerHour, certified) }),
    ...(validated === undefined ? {} : { validated }),
    envelope: trafficEnvelope(trace, { smallestWindowMs: pipelineServiceMs(feasibility, configuration) }).map(
      ({ windowMs, queries, rateQps }) => ({ windowMs, queries, rateQps: rounded(rateQps) }),
    ),
    provenance: {
      tool: 'infer-plan',
      seed,
      search,
      ...(maxReplicas === undefined ? {} : { maxReplicas }),
      ...(stageMaxReplicas === undefined ? {} : { stageMaxReplicas }),
      ...(stageMinReplicas === undefined ? {} : { stageMinReplicas }),
      ...(inventory === undefined ? {} : { inventory }),
      ...(pins === undefined ? {} : { pins }),
      inputs: [],
    },
  };
}

/** @param costUsdPerHour of whole instances, where those are priced */
function certificateOf(
  { slo }: SimulationResult,
  costUsdPerHour: number,
  { lowerBoundMicroUsd, isProved }: Certified,
): Certificate {
  const lowerBoundUsdPerHour = usdFromMicro(lowerBoundMicroUsd);
  return {
    isProved,
    lowerBoundUsdPerHour,
    gapRatio: rounded((costUsdPerHour - lowerBoundUsdPerHour) / costUsdPerHour),
    misses: slo!.misses,
    allowedMisses: slo!.allowedMisses,
    maxBatchSizes: SEARCHED_BATCH_SIZES[0],
  };
}

function plannedStages(
  input: PlanningInput,
  feasibility: Feasibility,
  { configuration, simulation }: { configuration: Configuration; simulation: SimulationResult },
): PlannedStage[] {
  const { bounds } = feasibility;
  const { simulator } = bounds.isLong ? bounds.busiestPart(TAIL_QUERIES, TAIL_QUERIES) : bounds;
  const shares = tailShares(simulator, feasibility.choices(configuration), input.slo);
  return configuration.map((chosen, s) => {
    const summary = simulation.stages[s]!;
    const scaleFactor = feasibility.bounds.scaleFactors[s]!;
    const throughputQps = perSecondFromPerUs(throughput(feasibility.space.stages[s]!, { ...chosen, replicas: 1 }));
    return {
      stage: chosen.stage,
      hardware: chosen.hardware,
      maxBatchSize: chosen.maxBatchSize,
      replicas: chosen.replicas,
      costUsdPerHour: summary.costUsdPerHour,
      scaleFactor: rounded(scaleFactor),
      throughputQps: rounded(throughputQps),
      provisioningRatio: rounded((simulation.meanRateQps * scaleFactor) / (chosen.replicas * throughputQps)),
      utilisation: rounded(summary.utilisation),
      meanBatchSize: rounded(summary.meanBatchSize),
      queueingDelayP99Ms: summary.queueingDelay.p99Ms,
      tailShare: rounded(shares[s]!),
    };
  });
}

/** T_s of the tuner: service times at the planned max batch size along the longest path. */
function pipelineServiceMs(feasibility: Feasibility, configuration: Configuration): number {
  const { parents } = feasibility.bounds.simulator.routing;
  const finish: number[] = [];
  configuration.forEach((chosen, s) => {
    const serviceUs = optionOf(feasibility.space.stages[s]!, chosen).service.tableUs[chosen.maxBatchSize]!;
    finish[s] = Math.max(0, ...parents[s]!.filter((p) => p >= 0).map((p) => finish[p]!)) + serviceUs;
  });
  return msFromUs(Math.max(...finish));
}
