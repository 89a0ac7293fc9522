/**
 * Whether a packing is what it says, and the least that instances can cost: by trying, replica by replica, every way to
 * fill the next instance. Shares with the search only what instances have and replicas take (pack-model.ts).
 */
import type { Configuration } from '../model/configuration.js';
import type { PackModel } from '../model/pack-model.js';
import type { Packing } from '../model/plan/plan.js';
import { microUsd } from '../units.js';

/** Everything wrong with a packing of a configuration, one line each. */
export function packingProblems(model: PackModel, configuration: Configuration, packing: Packing): string[] {
  const problems: string[] = [];
  const hosted = new Map<string, number>();
  let cost = 0;
  for (const { instance: name, count, priceUsdPerHour, runs } of packing.instances) {
    const i = model.instances.findIndex((instance) => instance.name === name);
    const instance = model.instances[i];
    if (instance === undefined) {
      problems.push(`instance = ${name}, must be one of the hardware file`);
      continue;
    }
    cost += count * instance.priceMicroUsd;
    if (microUsd(priceUsdPerHour) !== instance.priceMicroUsd) {
      problems.push(`${name}: price_usd_per_hour = ${priceUsdPerHour}, must be as in the hardware file`);
    }
    const left = [...instance.capacity];
    for (const { stage, replicas } of runs) {
      hosted.set(stage, (hosted.get(stage) ?? 0) + count * replicas);
      const kind = configuration.find((c) => c.stage === stage)?.hardware ?? '';
      const takes = model.takes.get(kind)?.[i];
      if (takes === undefined) problems.push(`${name}: ${stage} cannot run there`);
      takes?.forEach((amount, r) => {
        left[r]! -= replicas * amount;
      });
    }
    if (left.some((amount) => amount < 0)) problems.push(`${name}: holds less than what runs there`);
  }
  for (const { stage, replicas } of configuration) {
    const found = hosted.get(stage) ?? 0;
    if (found !== replicas) problems.push(`${stage}: ${found} replicas on instances, must be ${replicas}`);
  }
  const stated = microUsd(packing.costUsdPerHour);
  if (stated !== cost) problems.push(`cost_usd_per_hour = ${packing.costUsdPerHour}, must be the sum of its instances`);
  return problems;
}

/** Least cost, in whole micro-dollars per hour, of instances that hold replicas of each kind of hardware. */
export class PlainPacking {
  private readonly model: PackModel;
  private readonly known = new Map<string, number>();

  constructor(model: PackModel) {
    this.model = model;
  }

  leastCost(replicas: ReadonlyMap<string, number>): number {
    const wanted = [...this.model.takes.keys()].flatMap((kind) => {
      const n = replicas.get(kind) ?? 0;
      return n === 0 ? [] : [[kind, n] as const];
    });
    const first = wanted[0];
    if (first === undefined) return 0;
    const key = wanted.join(' ');
    let least = this.known.get(key);
    if (least === undefined) {
      least = Number.POSITIVE_INFINITY;
      for (const [i, { priceMicroUsd, capacity }] of this.model.instances.entries()) {
        for (const rest of this.fill(i, capacity, wanted)) {
          if ((rest.get(first[0]) ?? 0) < first[1]) least = Math.min(least, priceMicroUsd + this.leastCost(rest));
        }
      }
      this.known.set(key, least);
    }
    return least;
  }

  /** What is left to host, for every way to fill an instance so full that no more of it fits. */
  private fill(
    i: number,
    left: readonly number[],
    wanted: readonly (readonly [kind: string, replicas: number])[],
  ): ReadonlyMap<string, number>[] {
    const found: Map<string, number>[] = [];
    const fits = (kind: string, room: readonly number[]) => {
      return this.model.takes.get(kind)![i]?.every((amount, r) => amount <= room[r]!) ?? false;
    };
    const place = (k: number, room: readonly number[], rest: ReadonlyMap<string, number>): void => {
      const next = wanted[k];
      if (next === undefined) {
        if ([...rest].every(([kind, n]) => n === 0 || !fits(kind, room))) found.push(new Map(rest));
        return;
      }
      const [kind, most] = next;
      let space = room;
      for (let n = 0; ; n++) {
        place(k + 1, space, new Map([...rest, [kind, most - n]]));
        if (n === most || !fits(kind, space)) return;
        space = space.map((amount, r) => amount - this.model.takes.get(kind)![i]![r]!);
      }
    };
    place(0, left, new Map());
    return found;
  }
}
