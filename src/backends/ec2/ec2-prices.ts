/**
 * Current EC2 spot prices for kinds of hardware. A replica's price is the machine's price times the replica's share of
 * it.
 */
import { BackendError } from '../../errors.js';
import type { Hardware } from '../../model/hardware.js';
import { microUsd, usdFromMicro } from '../../units.js';
import type { Ec2Api } from './ec2-launch-api.js';

export interface RefreshRequest {
  readonly hardware: readonly Hardware[];
  /** EC2 types that become kinds of their own name. */
  readonly added: readonly string[];
  /** Date such as 2026-01-31. */
  readonly asOf: string;
}

export interface RefreshedPrice {
  readonly name: string;
  readonly instance: string;
  readonly costUsdPerHour: number;
  /** What the file said before; undefined for a new kind. */
  readonly previousUsdPerHour?: number;
  readonly asOf: string;
  readonly source: string;
}

export interface RefreshedHardware {
  readonly updates: readonly RefreshedPrice[];
  readonly added: readonly (RefreshedPrice & { readonly kind: 'cpu' | 'gpu' })[];
  /** Kinds that stay as they are, and why. */
  readonly unchanged: readonly { readonly name: string; readonly reason: string }[];
}

/** Asks EC2 once for all types. Throws BackendError `EC2`, also when an added type does not exist or has no price. */
export async function refreshedHardware(api: Ec2Api, request: RefreshRequest): Promise<RefreshedHardware> {
  const { hardware, added, asOf } = request;
  const types = [...new Set([...hardware.flatMap(({ instance }) => instance ?? []), ...added])];
  const [known, prices] =
    types.length === 0 ? [[], new Map<string, number>()] : await Promise.all([api.types(types), api.spotPrices(types)]);
  const source = `AWS spot Linux, ${api.region}, cheapest zone`;
  // A cost is counted in whole micro-dollars, and less than one would be free.
  const priced = (usd: number, share: number) => usdFromMicro(Math.max(1, microUsd(usd * share)));
  const updates: RefreshedPrice[] = [];
  const unchanged: { name: string; reason: string }[] = [];
  for (const { name, instance, share = 1, costUsdPerHour: previousUsdPerHour } of hardware) {
    const usd = instance === undefined ? undefined : prices.get(instance);
    if (instance === undefined) unchanged.push({ name, reason: 'names no instance' });
    else if (!known.some(({ type }) => type === instance))
      unchanged.push({ name, reason: `EC2 has no type ${instance}` });
    else if (usd === undefined) unchanged.push({ name, reason: `${instance} has no spot price` });
    else updates.push({ name, instance, costUsdPerHour: priced(usd, share), previousUsdPerHour, asOf, source });
  }
  const news = added.map((type) => {
    const found = known.find((one) => one.type === type);
    const usd = prices.get(type);
    if (found === undefined) throw new BackendError('EC2', `--add ${type}: EC2 has no such type in this region`);
    if (usd === undefined) throw new BackendError('EC2', `--add ${type}: has no spot price in this region`);
    const kind = found.gpus > 0 ? ('gpu' as const) : ('cpu' as const);
    return { name: type, kind, instance: type, costUsdPerHour: priced(usd, 1), asOf, source };
  });
  return { updates, added: news, unchanged };
}
