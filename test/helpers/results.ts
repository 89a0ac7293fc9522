/** Small results with round figures, for tests of the reports. They need not agree with any simulation. */
import type { FeasiblePlan, InfeasiblePlan } from '../../src/planner/evidence/plan-result.js';
import type { SimulationResult, StageSummary, TimeSummary } from '../../src/simulation/simulation-result.js';

export function timesOf(given: Partial<TimeSummary> = {}): TimeSummary {
  return { meanMs: 80, p50Ms: 75.5, p90Ms: 120, p95Ms: 140.25, p99Ms: 183.2, p999Ms: 231.007, maxMs: 402.1, ...given };
}

export function stageSummaryOf(given: Partial<StageSummary> = {}): StageSummary {
  return {
    stage: 'classify',
    hardware: 't4',
    maxBatchSize: 8,
    replicas: 2,
    costUsdPerHour: 1.052,
    items: 120_000,
    batches: 60_000,
    meanBatchSize: 2,
    utilisation: 0.715,
    offeredLoadRatio: 0.625,
    queueingDelay: timesOf({ p50Ms: 3.125, p99Ms: 61.5 }),
    longestQueue: 17,
    ...given,
  };
}

export function simulationResultOf(given: Partial<SimulationResult> = {}): SimulationResult {
  return {
    queries: 120_000,
    spanMs: 600_100,
    meanRateQps: 200.25,
    latency: timesOf(),
    slo: {
      latencyMs: 200,
      percentile: 99,
      percentileLatencyMs: 183.2,
      sloAttainment: 0.99425,
      misses: 690,
      allowedMisses: 1200,
      holds: true,
    },
    costUsdPerHour: 1.09025,
    costUsdPerMillionQueries: 1.5123,
    stages: [
      stageSummaryOf({ stage: 'prepare', hardware: 'cpu-1', maxBatchSize: 1, replicas: 1, costUsdPerHour: 0.03825 }),
      stageSummaryOf(),
    ],
    ...given,
  };
}

export function feasiblePlanOf(given: Partial<FeasiblePlan> = {}): FeasiblePlan {
  const simulation = simulationResultOf();
  const { meanMs, p50Ms, p90Ms, p95Ms, p99Ms, p999Ms, maxMs } = simulation.latency;
  return {
    feasible: true,
    simulation,
    plan: {
      version: 1,
      pipeline: 'two-stages',
      slo: { latencyMs: 200, percentile: 99 },
      serviceModel: 'mean',
      stages: simulation.stages.map(({ stage, hardware, maxBatchSize, replicas, costUsdPerHour }, i) => ({
        stage,
        hardware,
        maxBatchSize,
        replicas,
        costUsdPerHour,
        scaleFactor: 1,
        throughputQps: 320,
        provisioningRatio: 0.625,
        utilisation: 0.715,
        meanBatchSize: 2,
        queueingDelayP99Ms: 61.5,
        tailShare: i === 0 ? 0.048 : 0.952,
      })),
      costUsdPerHour: simulation.costUsdPerHour,
      costUsdPerMillionQueries: simulation.costUsdPerMillionQueries,
      predicted: {
        queries: simulation.queries,
        meanRateQps: simulation.meanRateQps,
        sloAttainment: 0.99425,
        ...{ meanMs, p50Ms, p90Ms, p95Ms, p99Ms, p999Ms, maxMs },
      },
      envelope: [{ windowMs: 40, queries: 21, rateQps: 525 }],
      provenance: { tool: 'infer-plan 0.1.0', seed: 1, search: 'greedy', inventory: { bigT4: 4 }, inputs: [] },
    },
    moves: [
      {
        round: 0,
        move: 'Initialize',
        stage: 'classify',
        from: { stage: 'classify', hardware: 'v100', maxBatchSize: 1, replicas: 2 },
        outcome: 'kept',
        reason: 'lowest service time',
      },
      {
        round: 1,
        move: 'DowngradeHW',
        stage: 'classify',
        from: { stage: 'classify', hardware: 'v100', maxBatchSize: 8, replicas: 2 },
        to: { stage: 'classify', hardware: 't4', maxBatchSize: 8, replicas: 2 },
        costUsdPerHour: 1.09025,
        outcome: 'kept',
        reason: 'cheapest feasible move of this round',
      },
      {
        round: 2,
        move: 'RemoveReplica',
        stage: 'classify',
        from: { stage: 'classify', hardware: 't4', maxBatchSize: 8, replicas: 2 },
        to: { stage: 'classify', hardware: 't4', maxBatchSize: 8, replicas: 1 },
        costUsdPerHour: 0.56425,
        outcome: 'dropped',
        reason: 'infeasible: 1,201 of 120,000 queries late',
      },
    ],
    simulations: 31,
    yardsticks: [
      { hardware: 'cpu-1', stages: 2, reason: 'classify is overloaded at any number of replicas allowed' },
      { hardware: 't4', stages: 1, costUsdPerHour: 2.1805 },
    ],
    ...given,
  };
}

export function infeasiblePlanOf(given: Partial<InfeasiblePlan> = {}): InfeasiblePlan {
  return {
    feasible: false,
    bindingStage: 'classify',
    smallestSloMs: 37.216,
    bestConfiguration: [
      { stage: 'prepare', hardware: 'cpu-1', maxBatchSize: 1, replicas: 3 },
      { stage: 'classify', hardware: 'v100', maxBatchSize: 1, replicas: 12 },
    ],
    sloAttainment: 0.031,
    reason: 'the service times alone add up to more',
    moves: [],
    simulations: 1,
    ...given,
  };
}
