/**
 * The cheapest cloud instances that hold given replicas, exactly (docs/algorithms.md, "Whole machines").
 *
 * Groups of kinds that share no instance are packed apart. Where a bound meets a quick packing that is the answer; else
 * an integer program decides: how many of each way to fill an instance, at least so many replicas of every kind, least
 * price.
 */
import type { Highs } from 'highs';
import { InputError, InternalError } from '../../errors.js';
import { leastPrices, type PackModel, packGroups } from '../../model/pack-model.js';
import { costsAlone, type Filling, fillings, greedyPacking, type PackGroup } from './pack-fill.js';

/** The cheapest instances for some replicas. */
export interface PackSolution {
  /** Whole micro-dollars per hour. */
  readonly costMicroUsd: number;
  readonly instances: readonly {
    readonly instance: string;
    readonly priceMicroUsd: number;
    readonly replicas: ReadonlyMap<string, number>;
  }[];
}

/** Loads the solver, which takes a moment. */
export async function loadPackSolver(model: PackModel): Promise<PackSolver> {
  const { default: load } = await import('highs');
  // The package's types describe its CommonJS build, whose default export lies one level deeper.
  return new PackSolver(model, await (load as unknown as () => Promise<Highs>)());
}

/** Packs replicas into whole instances at the least cost; exact. Answers are remembered. */
export class PackSolver {
  readonly model: PackModel;
  readonly highs: Pick<Highs, 'solve'>;
  private readonly groups: readonly PackGroup[];
  private readonly prices: ReadonlyMap<string, number>;
  private readonly packed = new Map<string, { costMicroUsd: number; filled: readonly Filling[] }>();

  constructor(model: PackModel, highs: Pick<Highs, 'solve'>) {
    this.model = model;
    this.highs = highs;
    this.groups = packGroups(model).map((group) => ({ model, ...group }));
    this.prices = leastPrices(model);
  }

  /** @param replicas by kind of hardware */
  costMicroUsd(replicas: ReadonlyMap<string, number>): number {
    return this.groups.reduce((sum, group) => sum + this.pack(group, replicas).costMicroUsd, 0);
  }

  solve(replicas: ReadonlyMap<string, number>): PackSolution {
    const packed = this.groups.map((group) => ({ group, ...this.pack(group, replicas) }));
    return {
      costMicroUsd: packed.reduce((sum, { costMicroUsd }) => sum + costMicroUsd, 0),
      instances: packed.flatMap(({ group, filled }) =>
        filled.map(({ instance, counts }) => {
          const { name, priceMicroUsd } = this.model.instances[instance]!;
          const hosted = group.kinds.map((kind, k) => [kind, counts[k]!] as const).filter(([, n]) => n > 0);
          return { instance: name, priceMicroUsd, replicas: new Map(hosted) };
        }),
      ),
    };
  }

  private pack(
    group: PackGroup,
    replicas: ReadonlyMap<string, number>,
  ): { costMicroUsd: number; filled: readonly Filling[] } {
    const wanted = group.kinds.map((kind) => replicas.get(kind) ?? 0);
    const key = `${group.kinds[0]} ${wanted.join(' ')}`;
    const known = this.packed.get(key);
    if (known !== undefined) return known;
    const quick = greedyPacking(group, wanted);
    const costMicroUsd = this.priceOf(quick);
    const filled = costMicroUsd <= this.bound(group, wanted) ? quick : this.program(group, wanted);
    const answer = { costMicroUsd: this.priceOf(filled), filled };
    this.packed.set(key, answer);
    return answer;
  }

  /**
   * No packing costs less: what any kind costs alone, and what all are worth together, up to the next sum of prices.
   */
  private bound(group: PackGroup, wanted: readonly number[]): number {
    const alone = Math.max(...wanted.map((n, k) => costsAlone(group, k, n)[n]!));
    const worth = wanted.reduce((sum, n, k) => sum + n * this.prices.get(group.kinds[k]!)!, 0);
    const [first, ...others] = group.instances.map((i) => this.model.instances[i]!.priceMicroUsd);
    return Math.max(alone, others.length === 0 ? Math.ceil(worth / first! - 1e-6) * first! : worth);
  }

  private program(group: PackGroup, wanted: readonly number[]): readonly Filling[] {
    const ways = fillings(group, wanted);
    if (ways === undefined) {
      const hint = 'Fewer kinds of hardware on one instance make fewer ways: leave some out with --inventory NAME=0.';
      throw new InputError('PACK', `too many ways to fill an instance with ${group.kinds.join(', ')}`, hint);
    }
    const terms = (factor: (way: Filling) => number) =>
      ways.flatMap((way, w) => (factor(way) === 0 ? [] : [`${factor(way)} x${w}`])).join('\n + ');
    const text = [
      'Minimize',
      ` cost: ${terms(({ instance }) => this.model.instances[instance]!.priceMicroUsd)}`,
      'Subject To',
      ...wanted.flatMap((n, k) => (n === 0 ? [] : [` kind${k}: ${terms(({ counts }) => counts[k]!)} >= ${n}`])),
      'General',
      ...ways.map((_, w) => ` x${w}`),
      'End',
      '',
    ].join('\n');
    const solution = this.highs.solve(text, { mip_rel_gap: 0, mip_abs_gap: 0 });
    if (solution.Status !== 'Optimal') throw new InternalError(`packing ended as ${solution.Status}`);
    const columns = solution.Columns as Readonly<Record<string, { readonly Primal?: number }>>;
    const left = [...wanted];
    return ways.flatMap((way, w) =>
      Array.from({ length: Math.round(columns[`x${w}`]?.Primal ?? 0) }, () => {
        const counts = way.counts.map((n, k) => Math.min(n, left[k]!));
        counts.forEach((n, k) => {
          left[k]! -= n;
        });
        return { instance: way.instance, counts };
      }),
    );
  }

  private priceOf(filled: readonly Filling[]): number {
    return filled.reduce((sum, { instance }) => sum + this.model.instances[instance]!.priceMicroUsd, 0);
  }
}
