/**
 * What a search may choose: for every stage the hardware it is profiled on, the batch sizes, and the limits on
 * replicas.
 */
import type { Configuration, StageConfiguration } from '../../model/configuration.js';
import { ownValue } from '../../model/notation/own-value.js';
import { pinOf } from '../../model/plan/pin.js';
import { fewestReplicas, mostReplicas, type ReplicaLimits } from '../../model/plan/replica-limits.js';
import type { Profile } from '../../model/profile.js';
import type { Scenario } from '../../model/scenario.js';
import type { Slo } from '../../model/slo.js';
import type { ArrivalTrace } from '../../model/trace.js';
import { streamKey } from '../../random.js';
import { serviceTimes } from '../../simulation/service-times.js';
import type { StageChoice } from '../../simulation/verdict/prefix.js';
import { microUsd, usdFromMicro } from '../../units.js';
import { optionKey, optionOf, type StageOption, type StageSpace } from './option.js';

export interface PlanningInput extends Scenario, ReplicaLimits {
  readonly trace: ArrivalTrace;
  readonly slo: Slo;
  /** Most replicas on each named hardware, over all stages; adds to the hardware's own inventory. */
  readonly inventory?: Readonly<Record<string, number>>;
}

export interface SearchSpace {
  readonly stages: readonly StageSpace[];
  /** Fewest replicas of each stage, at least 1. */
  readonly minReplicas: readonly number[];
  /** Most replicas of each stage. */
  readonly maxReplicas: readonly number[];
  /** Most replicas per hardware; a name that is absent has no limit. */
  readonly inventory: ReadonlyMap<string, number>;
}

/** Every choice the profiles and the hardware file allow. */
export function searchSpace(input: PlanningInput): SearchSpace {
  const { pipeline, profiles, hardware, serviceModel, seed } = input;
  const inventory = new Map<string, number>();
  for (const { name, inventory: limit } of hardware) {
    const limits = [limit, ownValue(input.inventory, name)].filter((n) => n !== undefined);
    if (limits.length > 0) inventory.set(name, Math.min(...limits));
  }
  const stages = pipeline.stages.map((stage) => {
    const pin = pinOf(input.pins, stage.name);
    const options = hardware
      .flatMap(({ name, costUsdPerHour }) => {
        const profile = profiles.find((p) => p.model === stage.model && p.hardware === name);
        if (profile === undefined || (pin?.hardware ?? name) !== name) return [];
        const service = serviceTimes({
          profile,
          maxBatchSize: profile.rows[profile.rows.length - 1]!.batchSize,
          serviceModel,
          streamKey: streamKey(seed, 'service', stage.name),
        });
        return [
          {
            key: optionKey({ hardware: name }),
            hardware: name,
            priceMicroUsd: microUsd(costUsdPerHour),
            service,
            batchSizes: pin?.maxBatchSize === undefined ? searchedBatchSizes(profile) : [pin.maxBatchSize],
            startBatch: pin?.maxBatchSize ?? 1,
          },
        ];
      })
      .sort(byLatencyThenPrice);
    const inStock = options.filter((option) => inventory.get(option.hardware) !== 0);
    return { stage: stage.name, options: inStock.length > 0 ? inStock : options };
  });
  return {
    stages,
    minReplicas: pipeline.stages.map((stage) => fewestReplicas(input, stage)),
    maxReplicas: stages.map(({ stage }) => mostReplicas(input, stage)),
    inventory,
  };
}

function byLatencyThenPrice(a: StageOption, b: StageOption): number {
  return (
    a.service.tableUs[1]! - b.service.tableUs[1]! ||
    a.priceMicroUsd - b.priceMicroUsd ||
    (a.hardware < b.hardware ? -1 : 1)
  );
}

/** The measured sizes and the powers of two between the smallest and the largest, ascending. */
export function searchedBatchSizes({ rows }: Profile): number[] {
  const sizes = new Set(rows.map(({ batchSize }) => batchSize));
  const [smallest, largest] = [Math.min(...sizes), Math.max(...sizes)];
  for (let size = 1; size < largest; size *= 2) if (size > smallest) sizes.add(size);
  return [...sizes].sort((a, b) => a - b);
}

/**
 * The smallest max batch size to choose that is at least twice the present one, or else the largest
 * (docs/decisions/0003); undefined at the largest.
 */
export function doubledBatch(stage: StageSpace, choice: StageConfiguration): number | undefined {
  const { maxBatchSize } = choice;
  const { batchSizes } = optionOf(stage, choice);
  const largest = batchSizes.at(-1)!;
  return maxBatchSize >= largest ? undefined : (batchSizes.find((size) => size >= 2 * maxBatchSize) ?? largest);
}

/** The configuration that choices for all stages are, each on its option. */
export function configurationOf(
  { stages }: SearchSpace,
  options: readonly StageOption[],
  choices: readonly StageChoice[],
): Configuration {
  return choices.map(({ maxBatchSize, replicas }, s) => {
    return { stage: stages[s]!.stage, hardware: options[s]!.hardware, maxBatchSize, replicas };
  });
}

/** Whether a configuration keeps to the limits on replicas and the inventory. */
export function isWithinLimits(space: SearchSpace, configuration: Configuration): boolean {
  return brokenLimit(space, configuration) === undefined;
}

/** Which limit a configuration breaks; undefined where it keeps to all. */
export function brokenLimit(space: SearchSpace, configuration: Configuration): string | undefined {
  if (configuration.some(({ replicas }, s) => replicas < space.minReplicas[s]!))
    return 'fewer replicas than it must have';
  if (configuration.some(({ replicas }, s) => replicas > space.maxReplicas[s]!)) return 'over the inventory';
  for (const [hardware, limit] of space.inventory) {
    const used = configuration.reduce((sum, c) => sum + (c.hardware === hardware ? c.replicas : 0), 0);
    if (used > limit) return 'over the inventory';
  }
  return undefined;
}

/** Items per microsecond of all replicas of a stage at its max batch size. */
export function throughput(stage: StageSpace, choice: StageConfiguration): number {
  const serviceUs = optionOf(stage, choice).service.tableUs[choice.maxBatchSize]!;
  return serviceUs === 0 ? Number.POSITIVE_INFINITY : (choice.replicas * choice.maxBatchSize) / serviceUs;
}

/** A cost as a reason states it. */
export function usdPerHour(micro: number): string {
  return `$${usdFromMicro(micro).toFixed(2)}/h`;
}
