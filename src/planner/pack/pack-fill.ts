/**
 * Ways to fill one instance, and quick packings: what the integer program chooses from, and what often makes it
 * needless.
 */
import type { PackModel } from '../../model/pack-model.js';

/** More ways than this to fill one instance are not listed. */
const MOST_FILLINGS = 20_000;

/** One instance with replicas on it: `counts[k]` of the k-th kind of a group. */
export interface Filling {
  /** Index into the model's instances. */
  readonly instance: number;
  readonly counts: readonly number[];
}

/** A group of kinds with the replicas that are to be hosted: no kind of another group can run on the same instance. */
export interface PackGroup {
  readonly model: PackModel;
  readonly kinds: readonly string[];
  readonly instances: readonly number[];
}

/** What `counts` take of an instance; undefined when a kind cannot run there or they do not fit. */
export function room(
  { model, kinds }: PackGroup,
  instance: number,
  counts: readonly number[],
): readonly number[] | undefined {
  const { capacity } = model.instances[instance]!;
  const left = [...capacity];
  for (let k = 0; k < kinds.length; k++) {
    if (counts[k] === 0) continue;
    const takes = model.takes.get(kinds[k]!)![instance];
    if (takes === undefined) return undefined;
    for (let r = 0; r < left.length; r++) {
      left[r]! -= takes[r]! * counts[k]!;
      if (left[r]! < 0) return undefined;
    }
  }
  return left;
}

/** Most replicas of one kind that fit into what is left of an instance. */
export function mostOf(takes: readonly number[], left: readonly number[]): number {
  return takes.reduce(
    (most, amount, r) => (amount === 0 ? most : Math.min(most, Math.floor(left[r]! / amount))),
    Number.POSITIVE_INFINITY,
  );
}

/** Every way to fill an instance with at most `wanted` so that nothing more fits; undefined when there are too many. */
export function fillings(group: PackGroup, wanted: readonly number[]): Filling[] | undefined {
  const { model, kinds, instances } = group;
  const found: Filling[] = [];
  for (const instance of instances) {
    const takes = kinds.map((kind) => model.takes.get(kind)![instance]);
    const extend = (counts: readonly number[], left: readonly number[]): boolean => {
      const k = counts.length;
      if (k === kinds.length) {
        const isFull = kinds.every(
          (_, j) => counts[j] === wanted[j] || takes[j] === undefined || mostOf(takes[j], left) === 0,
        );
        if (isFull && counts.some((n) => n > 0)) found.push({ instance, counts });
        return found.length <= MOST_FILLINGS;
      }
      const own = takes[k];
      const most = own === undefined ? 0 : Math.min(wanted[k]!, mostOf(own, left));
      for (let n = most; n >= 0; n--) {
        if (!extend([...counts, n], own === undefined ? left : left.map((amount, r) => amount - n * own[r]!)))
          return false;
      }
      return true;
    };
    if (!extend([], model.instances[instance]!.capacity)) return undefined;
  }
  return found;
}

/**
 * A quick packing, kind by kind: into open instances first, then into those that host the rest of the kind for least.
 */
export function greedyPacking(group: PackGroup, wanted: readonly number[]): Filling[] {
  const { model, kinds } = group;
  const open: { instance: number; counts: number[] }[] = [];
  const demand = (k: number) => Math.max(...costsAlone(group, k, 1).map((costMicroUsd) => costMicroUsd));
  const order = kinds.map((_, k) => k).sort((a, b) => demand(b) - demand(a) || a - b);
  for (const k of order) {
    let left = wanted[k]!;
    for (const filling of open) {
      const takes = model.takes.get(kinds[k]!)![filling.instance];
      const space = room(group, filling.instance, filling.counts)!;
      const n = takes === undefined ? 0 : Math.min(left, mostOf(takes, space));
      filling.counts[k]! += n;
      left -= n;
    }
    while (left > 0) {
      const { instance, hosts } = cheapestHost(group, k, left);
      const counts = kinds.map(() => 0);
      counts[k] = Math.min(left, hosts);
      left -= counts[k]!;
      open.push({ instance, counts });
    }
  }
  return open;
}

/** Least cost of hosting 0, 1, … `most` replicas of one kind alone: a bound on what they cost among others. */
export function costsAlone(group: PackGroup, k: number, most: number): number[] {
  const costs = [0];
  for (let n = 1; n <= most; n++) {
    costs[n] = Math.min(
      ...hostsOf(group, k).map(({ priceMicroUsd, hosts }) => priceMicroUsd + costs[Math.max(0, n - hosts)]!),
    );
  }
  return costs;
}

/** The first instance of a least-cost way to host this many replicas of one kind. */
function cheapestHost(group: PackGroup, k: number, replicas: number): { instance: number; hosts: number } {
  const costs = costsAlone(group, k, replicas);
  return hostsOf(group, k).find(
    ({ priceMicroUsd, hosts }) => priceMicroUsd + costs[Math.max(0, replicas - hosts)]! === costs[replicas],
  )!;
}

function hostsOf(
  { model, kinds, instances }: PackGroup,
  k: number,
): { instance: number; priceMicroUsd: number; hosts: number }[] {
  return instances.flatMap((instance) => {
    const takes = model.takes.get(kinds[k]!)![instance];
    if (takes === undefined) return [];
    const { priceMicroUsd, capacity } = model.instances[instance]!;
    return [{ instance, priceMicroUsd, hosts: mostOf(takes, capacity) }];
  });
}
