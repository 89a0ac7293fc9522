/**
 * One round of Algorithm 2 as a person would do it: every move on every stage, each candidate simulated whole, no bounds, no
 * memory between configurations, no shortcuts.
 */
import type { Configuration, StageConfiguration } from '../../src/model/configuration.js';
import { configurationCostMicroUsd } from '../../src/model/cost.js';
import { requiredOnTime } from '../../src/model/slo.js';
import { type Instance, simulated } from './instances.js';

export interface Move {
  readonly move: 'RemoveReplica' | 'DowngradeHW' | 'IncreaseBatch';
  readonly stage: string;
  readonly to: StageConfiguration;
}

const ORDER = ['RemoveReplica', 'DowngradeHW', 'IncreaseBatch'];

export class SingleMoves {
  private readonly known = new Map<string, { holds: boolean; tailUs: number }>();
  private readonly instance: Instance;

  constructor(instance: Instance) {
    this.instance = instance;
  }

  /** Best legal move by (cost, tail latency, stage, kind of move), or undefined when no legal move holds. */
  best(current: Configuration): Move | undefined {
    const currentCost = this.cost(current);
    const candidates = current
      .flatMap((_, s) => [...this.removals(current, s), ...this.downgrades(current, s), ...this.increases(current, s)])
      .map(({ move, s, to }) => {
        const configuration = current.with(s, to);
        return { move, s, to, configuration, cost: this.cost(configuration) };
      })
      .filter(({ move, cost }) => cost < currentCost || (move === 'IncreaseBatch' && cost === currentCost))
      .filter(({ configuration }) => this.holds(configuration));
    candidates.sort(
      (a, b) =>
        a.cost - b.cost ||
        this.tailUs(a.configuration) - this.tailUs(b.configuration) ||
        a.s - b.s ||
        ORDER.indexOf(a.move) - ORDER.indexOf(b.move),
    );
    const first = candidates[0];
    return first === undefined ? undefined : { move: first.move, stage: first.to.stage, to: first.to };
  }

  holds(configuration: Configuration): boolean {
    return this.isAllowed(configuration) && this.result(configuration).holds;
  }

  private removals(current: Configuration, s: number) {
    const from = current[s]!;
    return from.replicas === 1 ? [] : [moved('RemoveReplica', s, { ...from, replicas: from.replicas - 1 })];
  }

  private increases(current: Configuration, s: number) {
    const from = current[s]!;
    const largest = this.largestBatch(from);
    if (from.maxBatchSize === largest) return [];
    return [moved('IncreaseBatch', s, { ...from, maxBatchSize: Math.min(2 * from.maxBatchSize, largest) })];
  }

  private downgrades(current: Configuration, s: number) {
    const { model } = this.instance.pipeline.stages[s]!;
    const price = this.price(current[s]!.hardware);
    return this.instance.profiles
      .filter((profile) => profile.model === model && this.price(profile.hardware) < price)
      .sort((a, b) => a.rows[0]!.meanMs - b.rows[0]!.meanMs)
      .flatMap(({ hardware }) => {
        const settled = this.settle(current, s, hardware);
        return settled === undefined ? [] : [moved('DowngradeHW', s, settled)];
      });
  }

  /** The stage on its own: batch size 1 and replicas until it holds; then fewer replicas, else a larger batch, while that holds. */
  private settle(current: Configuration, s: number, hardware: string): StageConfiguration | undefined {
    const at = (maxBatchSize: number, replicas: number) => ({ ...current[s]!, hardware, maxBatchSize, replicas });
    const holds = (to: StageConfiguration) => this.holds(current.with(s, to));
    let settled = at(1, 1);
    while (!holds(settled)) {
      if (settled.replicas === this.instance.maxReplicas) return undefined;
      settled = at(1, settled.replicas + 1);
    }
    for (;;) {
      const { maxBatchSize, replicas } = settled;
      const larger = Math.min(2 * maxBatchSize, this.largestBatch(settled));
      if (replicas > 1 && holds(at(maxBatchSize, replicas - 1))) settled = at(maxBatchSize, replicas - 1);
      else if (larger > maxBatchSize && holds(at(larger, replicas))) settled = at(larger, replicas);
      else return settled;
    }
  }

  private largestBatch({ stage, hardware }: StageConfiguration): number {
    const { model } = this.instance.pipeline.stages.find(({ name }) => name === stage)!;
    return this.instance.profiles.find((p) => p.model === model && p.hardware === hardware)!.rows.at(-1)!.batchSize;
  }

  private isAllowed(configuration: Configuration): boolean {
    const { maxReplicas, inventory = {} } = this.instance;
    const used = (kind: string) => configuration.reduce((n, c) => n + (c.hardware === kind ? c.replicas : 0), 0);
    return (
      configuration.every(({ replicas }) => replicas <= maxReplicas) &&
      Object.entries(inventory).every(([kind, limit]) => used(kind) <= limit)
    );
  }

  private cost(configuration: Configuration): number {
    return configurationCostMicroUsd(configuration, this.instance.hardware);
  }

  private price(hardware: string): number {
    return this.instance.hardware.find(({ name }) => name === hardware)!.costUsdPerHour;
  }

  private tailUs(configuration: Configuration): number {
    return this.result(configuration).tailUs;
  }

  private result(configuration: Configuration): { holds: boolean; tailUs: number } {
    const key = JSON.stringify(configuration);
    const known = this.known.get(key);
    if (known !== undefined) return known;
    const { holds, latenciesUs } = simulated(this.instance, configuration);
    const rank = requiredOnTime(latenciesUs.length, this.instance.slo.percentile);
    const result = { holds, tailUs: latenciesUs[rank - 1]! };
    this.known.set(key, result);
    return result;
  }
}

function moved(move: Move['move'], s: number, to: StageConfiguration) {
  return { move, s, to };
}
