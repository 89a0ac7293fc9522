/** The limits on replicas that `plan` takes, and which of its options exclude each other. */
import { Problems } from '../../files/problems.js';
import type { Hardware } from '../../model/hardware.js';
import { didYouMean } from '../../model/notation/nearest-name.js';
import type { PlanningInput } from '../../planner/space/search-space.js';
import { parseInventory, parseWhole } from '../inputs/flag-values.js';
import type { PlanFlags } from './flags.js';

type Limits = Pick<PlanningInput, 'maxReplicas' | 'inventory'>;

/** `--max-replicas` and `--inventory`; what is wrong with them goes to `problems`. */
export function parseLimits({ maxReplicas: most, inventory: texts }: PlanFlags, problems: Problems): Limits {
  const maxReplicas = most && problems.attempt(() => parseWhole(most, '--max-replicas', 1));
  const inventory = texts && problems.attempt(() => parseInventory(texts, '--inventory'));
  return { ...(maxReplicas ? { maxReplicas } : {}), ...(inventory ? { inventory } : {}) };
}

/** Throws InputError when an inventory names hardware that there is not. */
export function checkInventory({ inventory = {} }: Limits, hardware: readonly Hardware[]): void {
  const problems = new Problems();
  const known = hardware.map(({ name }) => name);
  for (const [name, count] of Object.entries(inventory)) {
    if (known.includes(name)) continue;
    const nearest = didYouMean(name, known) || `: ${known.join(', ')}`;
    problems.add(`--inventory = ${name}=${count}, must name hardware of the hardware file${nearest}`);
  }
  problems.throwIfAny('FLAG');
}

/** Options that ask for a search of another kind, or write what there is not. */
const BESIDE_FRONTIER: readonly (readonly [option: string, isGiven: (flags: PlanFlags) => boolean])[] = [
  ['--slo', ({ slo }) => slo !== undefined],
  ['--search greedy', ({ search }) => search === 'greedy'],
  ['--compare-greedy', ({ compareGreedy }) => compareGreedy === true],
  ['--explain', ({ explain }) => explain === true],
  ['--top', ({ top }) => top !== undefined],
  ['--pack', ({ pack }) => pack === true],
  ['--output', ({ output }) => output !== DEFAULT_OUTPUT],
];

export const DEFAULT_OUTPUT = 'plan.yaml';

/**
 * Rankings and whole instances come from the exact search: the greedy one proves nothing that they could build on. What is
 * explained is explained at prices by replica.
 */
export function refuseConflicts({ search, top, pack, explain }: PlanFlags, problems: Problems): void {
  if (pack === true && explain === true) problems.add('--explain stands beside --pack, must be left out');
  if (search !== 'greedy') return;
  if (top !== undefined) problems.add('--top stands beside --search greedy, must be left out');
  if (pack === true) problems.add('--pack stands beside --search greedy, must be left out');
}

/** A frontier writes no plan and proves every point: what asks otherwise is a problem. */
export function refuseBesideFrontier(flags: PlanFlags, problems: Problems): void {
  for (const [option, isGiven] of BESIDE_FRONTIER) {
    if (isGiven(flags)) problems.add(`${option} stands beside --frontier, must be left out`);
  }
}
