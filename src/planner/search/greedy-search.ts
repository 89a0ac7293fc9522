/**
 * InferLine's search: start from the fastest configuration that holds, then take the cheapest single move, again and
 * again.
 *
 * Source: InferLine (SoCC 2020), Algorithms 1 and 2, with the readings of docs/decisions/0003. "Best = none" admits an
 * IncreaseBatch of equal cost only when nothing cheaper holds. Ties go by cost, then tail latency, then stage order,
 * then the order of moves below. The estimator is not monotone, so every candidate is judged for itself.
 */
import type { Configuration, StageConfiguration } from '../../model/configuration.js';
import { usdFromMicro } from '../../units.js';
import type { MoveKind, TriedMove } from '../evidence/plan-result.js';
import type { Feasibility, Judgement } from '../space/feasibility.js';
import { optionOf } from '../space/option.js';
import { configurationMicroUsd } from '../space/pricing.js';
import { brokenLimit, doubledBatch, type SearchSpace, usdPerHour } from '../space/search-space.js';
import { cheapestOf, settleOn } from './downgrade.js';
import { initialConfiguration } from './initial-configuration.js';

export interface GreedyResult {
  readonly holds: boolean;
  /** The plan, or, when none holds, the configuration at which the search gave up. */
  readonly configuration: Configuration;
  readonly moves: readonly TriedMove[];
}

/** A move that holds, and what it costs in whole micro-dollars per hour. */
interface Candidate {
  readonly configuration: Configuration;
  readonly costMicroUsd: number;
  readonly stage: number;
  readonly order: number;
  readonly report: number;
}

/** Order of moves at equal cost, tail latency and stage. */
const MOVE_ORDER: readonly MoveKind[] = ['RemoveReplica', 'DowngradeHW', 'IncreaseBatch'];

/**
 * Yields after every few judgements; a caller that answers `true` ends the search with the best plan so far.
 * @param given holds; where Algorithm 1 found nothing
 */
export function* greedySearch(
  feasibility: Feasibility,
  given?: Configuration,
): Generator<void, GreedyResult, boolean | undefined> {
  const start = given === undefined ? yield* initialConfiguration(feasibility) : startAt(given);
  if (!start.holds) return start;
  const moves = [...start.moves];
  let current = start.configuration;
  for (let round = 1; ; round++) {
    const next = yield* new Round(feasibility, { round, current }).run(moves);
    if (next === undefined) return { holds: true, configuration: current, moves };
    current = next;
  }
}

function startAt(configuration: Configuration): GreedyResult {
  const reason = 'found by the exact search, since Algorithm 1 found nothing within the limits';
  const moves = configuration.map((at): TriedMove => {
    return { round: 0, move: 'Initialize', stage: at.stage, from: at, to: at, outcome: 'kept', reason };
  });
  return { holds: true, configuration, moves };
}

const BEATEN = 'holds, but another move of this round is better';

/** One iteration of Algorithm 2: every move on every stage of one configuration. */
class Round {
  private best: Candidate | undefined;
  private readonly feasibility: Feasibility;
  private readonly space: SearchSpace;
  private readonly number: number;
  private readonly current: Configuration;
  private readonly currentMicroUsd: number;
  private moves: TriedMove[] = [];

  constructor(feasibility: Feasibility, { round, current }: { round: number; current: Configuration }) {
    this.feasibility = feasibility;
    this.space = feasibility.space;
    this.number = round;
    this.current = current;
    this.currentMicroUsd = configurationMicroUsd(this.space, current);
  }

  /** Appends the moves tried to `moves`. @returns the configuration after the best one, if any holds */
  *run(moves: TriedMove[]): Generator<void, Configuration | undefined, boolean | undefined> {
    this.moves = moves;
    for (let s = 0; s < this.current.length; s++) {
      this.tryRemoveReplica(s);
      if (yield) return undefined;
    }
    for (const tryDowngrade of this.downgrades()) {
      tryDowngrade();
      if (yield) return undefined;
    }
    for (let s = 0; s < this.current.length; s++) {
      this.tryIncreaseBatch(s);
      if (yield) return undefined;
    }
    if (this.best === undefined) return undefined;
    const kept = moves[this.best.report]!;
    moves[this.best.report] = { ...kept, outcome: 'kept', reason: this.keptReason(kept) };
    return this.best.configuration;
  }

  private tryRemoveReplica(stage: number): void {
    const from = this.current[stage]!;
    const fewest = this.space.minReplicas[stage]!;
    if (from.replicas > fewest) this.consider('RemoveReplica', stage, { ...from, replicas: from.replicas - 1 });
    else this.drop('RemoveReplica', stage, { reason: fewest > 1 ? `must have ${fewest}` : 'the last replica' });
  }

  private tryIncreaseBatch(stage: number): void {
    const from = this.current[stage]!;
    const maxBatchSize = doubledBatch(this.space.stages[stage]!, from);
    if (maxBatchSize !== undefined) this.consider('IncreaseBatch', stage, { ...from, maxBatchSize });
    else this.drop('IncreaseBatch', stage, { reason: `${from.maxBatchSize} is the largest measured size` });
  }

  /** Those that could save the most come first: what they save rules out others without a simulation. */
  private downgrades(): (() => void)[] {
    const { feasibility, space, current } = this;
    const downgrades = current.flatMap((from, stage) => {
      const { priceMicroUsd } = optionOf(space.stages[stage]!, from);
      const cheaper = space.stages[stage]!.options.filter((option) => option.priceMicroUsd < priceMicroUsd);
      if (cheaper.length === 0) this.drop('DowngradeHW', stage, { reason: 'no cheaper hardware' });
      return cheaper.map(({ hardware }) => {
        const cheapest = cheapestOf(feasibility, { current, stage, hardware });
        return { stage, hardware, least: configurationMicroUsd(space, current.with(stage, cheapest)) };
      });
    });
    return downgrades
      .toSorted((a, b) => a.least - b.least)
      .map(({ stage, hardware }) => () => {
        const limitMicroUsd = this.best?.costMicroUsd ?? this.currentMicroUsd - 1;
        const settled = settleOn(feasibility, { current, stage, hardware, limitMicroUsd });
        if (settled.reason !== undefined) {
          this.drop('DowngradeHW', stage, { to: settled.at, reason: `${hardware}: ${settled.reason}` });
        } else if (configurationMicroUsd(space, current.with(stage, settled.at)) >= this.currentMicroUsd) {
          this.drop('DowngradeHW', stage, { to: settled.at, reason: 'holds, but saves nothing' });
        } else this.consider('DowngradeHW', stage, settled.at);
      });
  }

  /** Judges one candidate and keeps it if it beats the best so far. */
  private consider(move: MoveKind, stage: number, to: StageConfiguration): void {
    const configuration = this.current.with(stage, to);
    const costMicroUsd = configurationMicroUsd(this.space, configuration);
    const candidate = {
      configuration,
      costMicroUsd,
      stage,
      order: MOVE_ORDER.indexOf(move),
      report: this.moves.length,
    };
    const reason = this.objection(candidate);
    this.drop(move, stage, { to, costMicroUsd, reason: reason ?? 'holds' });
    if (reason !== undefined) return;
    if (this.best !== undefined) {
      this.moves[this.best.report] = { ...this.moves[this.best.report]!, reason: BEATEN };
    }
    this.best = candidate;
  }

  /** Why a candidate is not the best of the round so far; undefined when it is. */
  private objection(candidate: Candidate): string | undefined {
    const limit = this.best?.costMicroUsd ?? this.currentMicroUsd;
    if (candidate.costMicroUsd > limit) return `costs more than ${usdPerHour(limit)}`;
    const broken = brokenLimit(this.space, candidate.configuration);
    if (broken !== undefined) return broken;
    const judgement = this.feasibility.judge(candidate.configuration);
    if (!judgement.holds) return this.refusal(judgement);
    return this.best === undefined || this.isBetter(candidate, this.best) ? undefined : BEATEN;
  }

  private isBetter(a: Candidate, b: Candidate): boolean {
    if (a.costMicroUsd !== b.costMicroUsd) return a.costMicroUsd < b.costMicroUsd;
    const tailA = this.feasibility.tailUs(a.configuration);
    const tailB = this.feasibility.tailUs(b.configuration);
    if (tailA !== tailB) return tailA < tailB;
    return a.stage !== b.stage ? a.stage < b.stage : a.order < b.order;
  }

  private refusal(judgement: Extract<Judgement, { holds: false }>): string {
    const { allowedMisses, queries } = this.feasibility.bounds;
    const name = this.space.stages[judgement.stage]!.stage;
    if (judgement.reason === 'capacity') return `too little capacity at ${name}, by the capacity bound`;
    return `more than ${allowedMisses} of ${queries} queries miss the objective by ${name}`;
  }

  private keptReason(kept: TriedMove): string {
    const saved = this.currentMicroUsd - this.best!.costMicroUsd;
    return saved > 0
      ? `saves ${usdPerHour(saved)}, the most of this round`
      : `costs the same; ${kept.move} opens later moves`;
  }

  /** Notes a move as dropped; the round's best is marked as kept at its end. */
  private drop(
    move: MoveKind,
    stage: number,
    { to, costMicroUsd, reason }: { to?: StageConfiguration; costMicroUsd?: number | undefined; reason: string },
  ): void {
    this.moves.push({
      round: this.number,
      move,
      stage: this.space.stages[stage]!.stage,
      from: this.current[stage]!,
      ...(to === undefined ? {} : { to }),
      ...(costMicroUsd === undefined ? {} : { costUsdPerHour: usdFromMicro(costMicroUsd) }),
      outcome: 'dropped',
      reason,
    });
  }
}
