/** Simulates one configuration of a pipeline on a trace. */
import { InputError } from '../errors.js';
import type { Configuration } from '../model/configuration.js';
import { configurationCostUsd } from '../model/cost.js';
import { mostItems, type Pipeline } from '../model/pipeline.js';
import type { Scenario } from '../model/scenario.js';
import { allowedMisses, type Slo } from '../model/slo.js';
import type { ArrivalSource } from '../model/trace.js';
import { meanRate, msFromUs, queriesPerHour, usFromMs } from '../units.js';
import { type EndObserver, PipelineRun } from './pipeline-run.js';
import type { KnownRoutes } from './routing.js';
import type { SimulationResult } from './simulation-result.js';
import { stageSetups } from './stage-setups.js';
import { StageTally } from './stage-tally.js';
import { Tally } from './tally.js';

/** Queries admitted per step: enough to make up for the step's cost, few enough for the processor's cache. */
const BLOCK = 4096;
/** Of the items that a step may bring a stage. A query with many items makes the steps shorter. */
const MOST_ITEMS_A_STEP = 2 ** 22;
/** Items that wait at one stage take 20 bytes each. */
const MOST_WAITING = 2 ** 24;

/** A scenario, a configuration and arrivals; an objective adds the share of queries that meet it. */
export interface SimulationInput extends Scenario {
  /** One entry per stage, in any order. */
  readonly configuration: Configuration;
  readonly arrivals: ArrivalSource;
  readonly slo?: Slo;
  /** Routes of the trace's queries, in its order; drawn from the seed when left out. */
  readonly routes?: KnownRoutes;
  /** Receives queries as they end, in query order. */
  readonly onEnd?: EndObserver;
  /** Receives, after each block, how many queries have ended. */
  readonly onProgress?: (queries: number) => void;
}

/**
 * Replays the arrivals through the pipeline and drains it to the last query.
 * @throws InputError when the trace is empty, or the configuration does not fit the pipeline and its profiles
 */
export function simulate(input: SimulationInput): SimulationResult {
  const { pipeline, arrivals, slo, onEnd, onProgress } = input;
  const setups = stageSetups(input);
  const latencies = new Tally();
  const tallies = setups.map(() => new StageTally());
  const run = new PipelineRun({
    pipeline,
    stages: setups,
    seed: input.seed,
    routes: input.routes,
    onDispatch: (stage, queue) => tallies[stage]!.add(queue),
    onEnd: (ended) => {
      latencies.addDifferences({ ...ended, laterUs: ended.endUs, earlierUs: ended.arrivalUs });
      onEnd?.(ended);
    },
  });

  let firstUs = 0;
  let lastUs = 0;
  const block = new Float64Array(blockOf(pipeline));
  for (let count = arrivals.read(block); count > 0; count = arrivals.read(block)) {
    if (run.admitted === 0) firstUs = block[0]!;
    lastUs = block[count - 1]!;
    run.admit(block.subarray(0, count));
    // The next block may hold more arrivals at this block's last instant, so the step ends just before it.
    run.advance(lastUs - 1);
    checkWaiting(run, pipeline);
    onProgress?.(run.ended);
  }
  if (run.admitted === 0) throw new InputError('TRACE_EMPTY', 'trace = no arrivals, must hold at least one');
  run.advance(Number.POSITIVE_INFINITY);

  const spanUs = run.lastEndUs - firstUs;
  const meanRateQps = meanRate(run.admitted, lastUs - firstUs);
  const costUsdPerHour = configurationCostUsd(input.configuration, input.hardware);
  return {
    queries: run.admitted,
    spanMs: msFromUs(spanUs),
    meanRateQps,
    latency: latencies.summary(),
    ...(slo === undefined ? {} : { slo: attainment(latencies, slo) }),
    costUsdPerHour,
    costUsdPerMillionQueries: meanRateQps === 0 ? 0 : (costUsdPerHour / queriesPerHour(meanRateQps)) * 1e6,
    stages: setups.map((setup, s) => {
      const arrivalSpanUs = lastUs - firstUs;
      return tallies[s]!.summary({ setup, queue: run.queues[s]!, spanUs, arrivalSpanUs });
    }),
  };
}

/** Queries a step: the results do not depend on it. */
function blockOf({ stages }: Pipeline): number {
  const most = Math.max(...mostItems(stages).values());
  return Math.max(1, Math.min(BLOCK, Math.floor(MOST_ITEMS_A_STEP / most)));
}

function checkWaiting({ queues }: PipelineRun, { stages }: Pipeline): void {
  const crowded = queues.findIndex(({ entered }) => entered > MOST_WAITING);
  if (crowded === -1) return;
  const { name } = stages[crowded]!;
  throw new InputError(
    'QUEUE',
    `stage ${name}: ${queues[crowded]!.entered} items wait at once, must be at most ${MOST_WAITING}`,
    'It has far too few replicas for this traffic: simulate more of them.',
  );
}

function attainment(latencies: Tally, slo: Slo): NonNullable<SimulationResult['slo']> {
  const misses = latencies.count - latencies.countAtMost(usFromMs(slo.latencyMs));
  const allowed = allowedMisses(latencies.count, slo.percentile);
  return {
    latencyMs: slo.latencyMs,
    percentile: slo.percentile,
    percentileLatencyMs: msFromUs(latencies.percentileUs(slo.percentile)),
    sloAttainment: 1 - misses / latencies.count,
    misses,
    allowedMisses: allowed,
    holds: misses <= allowed,
  };
}
