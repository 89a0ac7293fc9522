/**
 * Algorithm 1 of InferLine (SoCC 2020): the fastest hardware, batch size 1 and as few replicas as may be everywhere; then, while the
 * objective does not hold, one more replica for the stage with the least throughput, n·μ ÷ s.
 *
 * The paper knows no limits. Where one stops a stage from growing, its batch doubles instead, then it moves to the next
 * hardware in order of latency; a stage that can do neither is left as it is (docs/decisions/0003).
 */
import type { Configuration, StageConfiguration } from '../../model/configuration.js';
import type { MoveKind, TriedMove } from '../evidence/plan-result.js';
import type { Feasibility } from '../space/feasibility.js';
import { doubledBatch, isWithinLimits, throughput } from '../space/search-space.js';

export interface InitialResult {
  readonly holds: boolean;
  readonly configuration: Configuration;
  readonly moves: readonly TriedMove[];
  /** Whether the caller ended the search. */
  readonly isStopped?: boolean;
}

/** Yields after every judgement; a caller that answers `true` ends the search where it stands. */
export function* initialConfiguration(feasibility: Feasibility): Generator<void, InitialResult, boolean | undefined> {
  const { space } = feasibility;
  const moves: TriedMove[] = [];
  let configuration: Configuration = [];
  for (const [s, { stage, options }] of space.stages.entries()) {
    const replicas = space.minReplicas[s]!;
    const starts = options.map(({ hardware, startBatch }) => ({ stage, hardware, maxBatchSize: startBatch, replicas }));
    const start = starts.find((at) => isWithinLimits(space, [...configuration, at])) ?? starts[0]!;
    configuration = [...configuration, start];
    moves.push(keptMove('Initialize', { from: start, to: start, reason: 'the fastest hardware for one item' }));
  }
  if (feasibility.bounds.isImpossible || !isWithinLimits(space, configuration))
    return { holds: false, configuration, moves };

  const stuck = new Set<number>();
  for (;;) {
    yield* feasibility.look(configuration);
    if (feasibility.judge(configuration).holds) return { holds: true, configuration, moves };
    if (yield) return { holds: false, configuration, moves, isStopped: true };
    const stage = bottleneck(feasibility, configuration, stuck);
    if (stage === undefined || !canStillHelp(feasibility, configuration, stuck)) {
      return { holds: false, configuration, moves };
    }
    const grown = grow(feasibility, configuration, stage);
    if (grown === undefined) {
      stuck.add(stage);
      continue;
    }
    moves.push(keptMove(grown.move, { from: configuration[stage]!, to: grown.to, reason: 'the bottleneck' }));
    configuration = configuration.with(stage, grown.to);
    // What leaves the grown stage has changed, and with it what the stages after it can use.
    stuck.clear();
  }
}

/** The stage, `stuck` ones left out, that can carry the fewest queries per second. */
export function bottleneck(
  feasibility: Feasibility,
  configuration: Configuration,
  stuck: ReadonlySet<number> = new Set(),
): number | undefined {
  let least: number | undefined;
  let leastRate = Number.POSITIVE_INFINITY;
  configuration.forEach((choice, s) => {
    const rate = queryRate(feasibility, choice, s);
    if (!stuck.has(s) && rate < leastRate) {
      least = s;
      leastRate = rate;
    }
  });
  return least;
}

/**
 * Whether growing some stage could still matter. Once the prefix before a stage is pruned, that stage can gain replicas
 * without end and change nothing. Only a stage behind a prefix that is not pruned counts.
 */
function canStillHelp(feasibility: Feasibility, configuration: Configuration, stuck: ReadonlySet<number>): boolean {
  return configuration.some((choice, s) => {
    if (stuck.has(s) || queryRate(feasibility, choice, s) === Number.POSITIVE_INFINITY) return false;
    return feasibility.replicasWithoutQueueing(s, configuration) !== undefined;
  });
}

/** Queries per microsecond that a stage can carry. */
function queryRate(feasibility: Feasibility, choice: StageConfiguration, s: number): number {
  return throughput(feasibility.space.stages[s]!, choice) / feasibility.bounds.scaleFactors[s]!;
}

function grow(
  feasibility: Feasibility,
  configuration: Configuration,
  stage: number,
): { move: MoveKind; to: StageConfiguration } | undefined {
  const { space } = feasibility;
  const from = configuration[stage]!;
  const { options } = space.stages[stage]!;
  const fits = (to: StageConfiguration): boolean => isWithinLimits(space, configuration.with(stage, to));

  const more = { ...from, replicas: from.replicas + 1 };
  if (fits(more)) return isQueueing(feasibility, configuration, stage) ? { move: 'AddReplica', to: more } : undefined;
  const maxBatchSize = doubledBatch(space.stages[stage]!, from);
  if (maxBatchSize !== undefined) return { move: 'IncreaseBatch', to: { ...from, maxBatchSize } };
  const slower = options.slice(options.findIndex((option) => option.hardware === from.hardware) + 1);
  const replicas = space.minReplicas[stage]!;
  const other = slower
    .map(({ hardware, startBatch }) => ({ ...from, hardware, maxBatchSize: startBatch, replicas }))
    .find(fits);
  return other === undefined ? undefined : { move: 'DowngradeHW', to: other };
}

/**
 * Whether another replica could shorten a queue of the stage. The capacity bound, which takes no simulation, is asked
 * first.
 */
function isQueueing(feasibility: Feasibility, configuration: Configuration, stage: number): boolean {
  const { replicas, ...choice } = configuration[stage]!;
  const least = feasibility.leastReplicas(stage, choice);
  if (replicas < least && least < Number.POSITIVE_INFINITY) return true;
  const enough = feasibility.replicasWithoutQueueing(stage, configuration) ?? Number.POSITIVE_INFINITY;
  return replicas < enough;
}

function keptMove(
  move: MoveKind,
  step: { from: StageConfiguration; to: StageConfiguration; reason: string },
): TriedMove {
  return { round: 0, move, stage: step.from.stage, from: step.from, to: step.to, outcome: 'kept', reason: step.reason };
}
