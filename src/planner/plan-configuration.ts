/** Plans a pipeline: searches, then gathers the evidence that a plan carries. */
import { trafficEnvelope } from '../envelope/traffic-envelope.js';
import { InputError } from '../errors.js';
import type { Configuration } from '../model/configuration.js';
import { PLAN_VERSION, type Plan, type PlannedStage } from '../model/plan.js';
import { sourceOf } from '../model/trace.js';
import { simulate } from '../simulation/simulate.js';
import type { SimulationResult } from '../simulation/simulation-result.js';
import { msFromUs, perSecondFromPerUs, usdFromMicro } from '../units.js';
import { Feasibility } from './feasibility.js';
import { greedySearch } from './greedy-search.js';
import { explainInfeasible } from './infeasible.js';
import type { PlanResult, Yardstick } from './plan-result.js';
import { costOf, optionOf, type PlanningInput, preferring, searchSpace, throughput } from './search-space.js';
import { tailShares } from './tail-share.js';
import { traceBounds } from './trace-bounds.js';

/**
 * The cheapest configuration the greedy search finds whose simulated latency on the trace meets the objective.
 * Being infeasible is a result: it names the binding stage and the smallest objective that could be met.
 * @throws InputError when the trace is empty or a stage has no profile on any hardware
 */
export function planConfiguration(input: PlanningInput): PlanResult {
  if (input.trace.arrivalsUs.length === 0) {
    throw new InputError('TRACE_EMPTY', 'trace = no arrivals, must hold at least one');
  }
  const space = searchSpace(input);
  const feasibility = new Feasibility(traceBounds(input, space), space);
  const { holds, configuration, moves } = greedySearch(feasibility);
  if (!holds) return explainInfeasible(input, feasibility, { configuration, moves });

  const { simulations } = feasibility;
  const simulation = simulate({ ...input, configuration, arrivals: sourceOf(input.trace) });
  return {
    feasible: true,
    plan: planOf(input, feasibility, { configuration, simulation }),
    simulation,
    moves,
    simulations,
    yardsticks: yardsticks(input, feasibility),
  };
}

/** Cost of the best plan that puts every stage it can on one kind of hardware, for each kind, in the hardware file's order. */
function yardsticks(input: PlanningInput, { space, bounds }: Feasibility): Yardstick[] {
  return input.hardware.flatMap(({ name }): Yardstick[] => {
    const stages = space.stages.filter(({ options }) => options.some(({ hardware }) => hardware === name)).length;
    if (stages === 0) return [];
    const preferred = preferring(space, name);
    const { holds, configuration } = greedySearch(new Feasibility(bounds, preferred));
    if (!holds) return [{ hardware: name, stages, reason: 'no configuration holds' }];
    return [{ hardware: name, stages, costUsdPerHour: usdFromMicro(costOf(preferred, configuration)) }];
  });
}

function planOf(
  input: PlanningInput,
  feasibility: Feasibility,
  { configuration, simulation }: { configuration: Configuration; simulation: SimulationResult },
): Plan {
  const { pipeline, slo, serviceModel, seed, maxReplicas, inventory, trace } = input;
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
    envelope: trafficEnvelope(trace, { smallestWindowMs: pipelineServiceMs(feasibility, configuration) }).map(
      ({ windowMs, queries, rateQps }) => ({ windowMs, queries, rateQps: rounded(rateQps) }),
    ),
    provenance: {
      tool: 'infer-plan',
      seed,
      search: 'greedy',
      ...(maxReplicas === undefined ? {} : { maxReplicas }),
      ...(inventory === undefined ? {} : { inventory }),
      inputs: [],
    },
  };
}

function plannedStages(
  input: PlanningInput,
  feasibility: Feasibility,
  { configuration, simulation }: { configuration: Configuration; simulation: SimulationResult },
): PlannedStage[] {
  const shares = tailShares(feasibility.bounds.simulator, feasibility.choices(configuration), input.slo);
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

/** T_s of the tuner: service times at the planned max batch size along the longest path (design §5). */
function pipelineServiceMs(feasibility: Feasibility, configuration: Configuration): number {
  const { parents } = feasibility.bounds.simulator.routing;
  const finish: number[] = [];
  configuration.forEach((chosen, s) => {
    const serviceUs = optionOf(feasibility.space.stages[s]!, chosen).service.tableUs[chosen.maxBatchSize]!;
    finish[s] = Math.max(0, ...parents[s]!.filter((p) => p >= 0).map((p) => finish[p]!)) + serviceUs;
  });
  return msFromUs(Math.max(...finish));
}

/** Six decimals: what a plan file keeps of a derived figure. */
function rounded(figure: number): number {
  return Math.round(figure * 1e6) / 1e6;
}
