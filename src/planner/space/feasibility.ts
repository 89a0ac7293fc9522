/**
 * Decides whether a configuration holds the objective on the planning trace: by proof where one is cheap, else by
 * simulation.
 */
import type { Configuration, StageConfiguration } from '../../model/configuration.js';
import type { Leaving } from '../../simulation/item-rows.js';
import type { ServiceTimes } from '../../simulation/service-times.js';
import type { StageChoice } from '../../simulation/verdict/prefix.js';
import { optionKey, optionOf } from './option.js';
import type { SearchSpace } from './search-space.js';
import type { TraceBounds } from './trace-bounds.js';

/** Whether a configuration holds, and why not. `stage` is the index at which it was pruned. */
export type Judgement =
  | { readonly holds: true; readonly misses: number }
  | {
      readonly holds: false;
      readonly stage: number;
      readonly reason: 'capacity' | 'simulated';
      readonly misses: number;
    };

export class Feasibility {
  /** Configurations simulated, whole or until pruned. */
  simulations = 0;
  readonly bounds: TraceBounds;
  readonly space: SearchSpace;

  private readonly judgements = new Map<string, Judgement>();

  constructor(bounds: TraceBounds, space: SearchSpace) {
    this.bounds = bounds;
    this.space = space;
  }

  /** Fewest replicas that the stage may have and the capacity bound leaves; Infinity when no number can do. */
  leastReplicas(stage: number, choice: Pick<StageConfiguration, 'hardware' | 'maxBatchSize'>): number {
    const { service } = optionOf(this.space.stages[stage]!, choice as StageConfiguration);
    const windowUs = this.bounds.windowUs[stage]!;
    const { maxBatchSize } = choice;
    const fewest = this.bounds.capacity.fewestReplicas(stage, { service, maxBatchSize, windowUs });
    return Math.max(this.space.minReplicas[stage]!, fewest);
  }

  /**
   * On a long trace, simulates stage by stage, with a step after each, what `judge` needs to know. It takes no time
   * then.
   */
  *look(configuration: Configuration): Generator<void, void> {
    const { isLong, simulator } = this.bounds;
    if (!isLong || configuration.some((choice, s) => choice.replicas < this.leastReplicas(s, choice))) return;
    const choices = this.choices(configuration);
    for (let s = 0; s < choices.length && !simulator.prefixes.prefix(s, choices).isRefuted; s++) yield;
  }

  judge(configuration: Configuration): Judgement {
    const key = configuration.map(choiceKey).join(' ');
    const known = this.judgements.get(key);
    if (known !== undefined) return known;
    const judgement = this.decide(configuration);
    this.judgements.set(key, judgement);
    return judgement;
  }

  /**
   * Replicas of a stage with which no item queues at batch size 1, under the given choices for its ancestors: more
   * replicas change nothing. Undefined when the ancestors' choices are pruned.
   */
  replicasWithoutQueueing(stage: number, configuration: Configuration): number | undefined {
    const choices = this.choices(configuration);
    const input = this.bounds.simulator.prefixes.entering(stage, choices);
    return input === undefined ? undefined : peakConcurrency(input, slowestOneUs(choices[stage]!.service, input.to));
  }

  /** Latency at the objective's percentile of a configuration that holds. */
  tailUs(configuration: Configuration): number {
    return this.bounds.simulator.tailUs(this.choices(configuration));
  }

  choices(configuration: Configuration): StageChoice[] {
    return configuration.map((c, s) => ({
      option: optionKey(c),
      service: optionOf(this.space.stages[s]!, c).service,
      maxBatchSize: c.maxBatchSize,
      replicas: c.replicas,
    }));
  }

  private decide(configuration: Configuration): Judgement {
    for (let s = 0; s < configuration.length; s++) {
      if (configuration[s]!.replicas < this.leastReplicas(s, configuration[s]!)) {
        return { holds: false, stage: s, reason: 'capacity', misses: this.bounds.simulator.allowedMisses + 1 };
      }
    }
    this.simulations++;
    const { holds, misses, refutedAt } = this.bounds.simulator.judge(this.choices(configuration));
    return holds ? { holds, misses } : { holds, stage: refutedAt, reason: 'simulated', misses };
  }
}

/** The longest service time of one item among the first `batches` batches. */
function slowestOneUs({ tableUs, drawUs }: ServiceTimes, batches: number): number {
  let slowestUs = tableUs[1]!;
  if (drawUs === null) return slowestUs;
  for (let batch = 0; batch < batches; batch++) slowestUs = Math.max(slowestUs, drawUs(1, batch));
  return slowestUs;
}

/**
 * Peaks found before, by the column of instants and the service time: a search asks for the same ones again and again.
 */
const peaks = new WeakMap<Float64Array, Map<number, number>>();

/** Most items in service at one instant when each is served at once for `serviceUs`. */
function peakConcurrency({ instantUs, to }: Leaving, serviceUs: number): number {
  let known = peaks.get(instantUs);
  if (known === undefined) {
    known = new Map();
    peaks.set(instantUs, known);
  }
  const peakBefore = known.get(serviceUs);
  if (peakBefore !== undefined) return peakBefore;
  let peak = 1;
  for (let first = 0, last = 0; last < to; last++) {
    while (instantUs[first]! + serviceUs <= instantUs[last]!) first++;
    peak = Math.max(peak, last - first + 1);
  }
  known.set(serviceUs, peak);
  return peak;
}

function choiceKey({ hardware, maxBatchSize, replicas }: StageConfiguration): string {
  return `${hardware}:${maxBatchSize}:${replicas}`;
}
