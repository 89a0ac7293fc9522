/**
 * Whole machines: which cloud instances there are, what each holds, and what a replica takes of it (docs/algorithms.md,
 * "Whole machines"). Amounts are whole millionths, money is whole micro-dollars per hour, so that what fits and what it
 * costs is exact.
 */
import { InputError } from '../errors.js';
import { microUsd } from '../units.js';
import type { Hardware, InstanceType } from './hardware.js';
import { ownValue } from './notation/own-value.js';

const PARTS = 1_000_000;
/** Sums of products come out right to this share. */
const ROUNDING = 1e-9;

/** An instance type and what it offers, as whole numbers of parts of each resource. */
export interface PackInstance {
  readonly name: string;
  /** Whole micro-dollars per hour. */
  readonly priceMicroUsd: number;
  /** Of each resource, in millionths. */
  readonly capacity: readonly number[];
}

/** Everything that a packing of replicas into whole instances depends on. */
export interface PackModel {
  readonly instances: readonly PackInstance[];
  /**
   * Per kind of hardware and instance, what one replica takes of each resource there; undefined where it cannot run.
   */
  readonly takes: ReadonlyMap<string, readonly (readonly number[] | undefined)[]>;
}

/**
 * A kind that says what it `takes` runs on every instance that has it. Any other runs on its own `instance` alone and
 * takes its `share` of everything there. An instance that is not listed has one resource, itself, and the price that
 * follows from the share; a kind without instance is one by itself.
 * @throws InputError when kinds disagree on a price, or one fits nowhere
 */
export function packModel(hardware: readonly Hardware[], listed: readonly InstanceType[]): PackModel {
  const problems: string[] = [];
  const names = [...new Set(listed.flatMap(({ resources }) => Object.keys(resources)))];
  const types = listed.map(({ name, costUsdPerHour, resources }) => ({
    name,
    priceMicroUsd: microUsd(costUsdPerHour),
    resources,
  }));
  for (const kind of hardware) {
    const name = kind.instance ?? kind.name;
    if (kind.takes !== undefined || listed.some((type) => type.name === name)) continue;
    const priceMicroUsd = Math.round(microUsd(kind.costUsdPerHour) / (kind.share ?? 1));
    const known = types.find((type) => type.name === name);
    if (known === undefined) {
      names.push(`instance ${name}`);
      types.push({ name, priceMicroUsd, resources: { [`instance ${name}`]: 1 } });
    } else if (Math.abs(known.priceMicroUsd - priceMicroUsd) > 1 / (kind.share ?? 1)) {
      problems.push(
        `hardware ${kind.name}: price_usd_per_hour / share = ${priceMicroUsd / PARTS} for ${name}, must be ${known.priceMicroUsd / PARTS} as of others on it`,
      );
    }
  }
  const instances = types.map(({ name, priceMicroUsd, resources }) => {
    return { name, priceMicroUsd, capacity: names.map((resource) => parts(ownValue(resources, resource) ?? 0)) };
  });
  const takes = new Map<string, readonly (readonly number[] | undefined)[]>();
  for (const kind of hardware) {
    const places = instances.map((instance) => takenOn(instance, kind, names));
    if (places.every((place) => place === undefined))
      problems.push(`hardware ${kind.name}: fits no instance, must fit one`);
    takes.set(kind.name, places);
  }
  if (problems.length > 0) throw new InputError('PACK', problems);
  return { instances, takes };
}

function takenOn(instance: PackInstance, kind: Hardware, names: readonly string[]): readonly number[] | undefined {
  const { takes, share = 1 } = kind;
  if (takes === undefined && instance.name !== (kind.instance ?? kind.name)) return undefined;
  const unknown = Object.keys(takes ?? {}).some((resource) => !names.includes(resource));
  const amounts =
    takes === undefined
      ? instance.capacity.map((capacity) => Math.floor(capacity * share))
      : names.map((resource) => parts(ownValue(takes, resource) ?? 0));
  const isNothing = amounts.every((amount) => amount === 0);
  return unknown || isNothing || amounts.some((amount, r) => amount > instance.capacity[r]!) ? undefined : amounts;
}

function parts(amount: number): number {
  return Math.round(amount * PARTS);
}

/**
 * Kinds of hardware in groups that share no instance, in the model's order: each group is packed by itself.
 */
export function packGroups({
  takes,
}: PackModel): { readonly kinds: readonly string[]; readonly instances: readonly number[] }[] {
  const groups: { kinds: string[]; instances: Set<number> }[] = [];
  for (const [kind, places] of takes) {
    const own = new Set(places.flatMap((place, i) => (place === undefined ? [] : [i])));
    const touching = groups.filter(({ instances }) => [...own].some((i) => instances.has(i)));
    const merged = {
      kinds: [...touching.flatMap(({ kinds }) => kinds), kind],
      instances: new Set([...touching.flatMap(({ instances }) => [...instances]), ...own]),
    };
    groups.splice(0, groups.length, ...groups.filter((group) => !touching.includes(group)), merged);
  }
  return groups.map(({ kinds, instances }) => ({ kinds, instances: [...instances].sort((a, b) => a - b) }));
}

/**
 * Per kind, a price such that Σ price × replicas is at most what any instances that hold them cost: every resource gets
 * a price under which no instance's resources are worth more than the instance.
 * @throws InputError when a kind comes to less than a micro-dollar per hour
 */
export function leastPrices({ instances, takes }: PackModel): ReadonlyMap<string, number> {
  const count = instances[0]?.capacity.length ?? 0;
  const worth = new Array<number | undefined>(count).fill(undefined);
  const has = (i: number) => instances[i]!.capacity.flatMap((amount, r) => (amount > 0 ? [r] : []));
  const order = instances.map((_, i) => i).sort((a, b) => has(a).length - has(b).length || a - b);
  for (const i of order) {
    const open = has(i).filter((r) => worth[r] === undefined);
    const spent = has(i).reduce((sum, r) => sum + (worth[r] ?? 0) * instances[i]!.capacity[r]!, 0);
    const { priceMicroUsd: all } = instances[i]!;
    const left = Math.max(all / 2, all - spent) / Math.max(1, open.length);
    for (const r of open) {
      const rivals = instances.filter(({ capacity }) => capacity[r]! > 0);
      worth[r] = Math.min(
        left / instances[i]!.capacity[r]!,
        ...rivals.map(({ priceMicroUsd, capacity }) => priceMicroUsd / capacity[r]!),
      );
    }
  }
  const scale = instances.reduce((least, { priceMicroUsd, capacity }) => {
    const total = capacity.reduce((sum, amount, r) => sum + amount * (worth[r] ?? 0), 0);
    return total > priceMicroUsd ? Math.min(least, priceMicroUsd / total) : least;
  }, 1);
  return new Map(
    [...takes].map(([kind, places]) => {
      const amounts = places.find((place) => place !== undefined)!;
      const priceMicroUsd = amounts.reduce((sum, amount, r) => sum + amount * (worth[r] ?? 0) * scale, 0);
      const whole = Math.floor(priceMicroUsd * (1 - ROUNDING));
      if (whole < 1)
        throw new InputError(
          'PACK',
          `hardware ${kind}: its part of an instance is worth nothing, must be worth $0.000001/h`,
        );
      return [kind, whole];
    }),
  );
}
