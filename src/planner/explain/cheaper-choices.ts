/**
 * Why a plan is not cheaper: for each stage the next cheaper choices, the others as planned, and what is wrong with
 * each.
 */
import type { Configuration, StageConfiguration } from '../../model/configuration.js';
import { usdFromMicro } from '../../units.js';
import type { MoveKind, TriedMove } from '../evidence/plan-result.js';
import type { Feasibility } from '../space/feasibility.js';
import { optionOf } from '../space/option.js';
import { configurationMicroUsd } from '../space/pricing.js';
import { brokenLimit } from '../space/search-space.js';

/**
 * One replica fewer, and on each cheaper kind of hardware the most replicas that still cost less. Each is judged at the
 * batch size with the fewest misses. A caller that answers `true` gets those judged so far.
 */
export function* cheaperChoices(
  feasibility: Feasibility,
  planned: Configuration,
  judges: Judges = {},
): Generator<void, TriedMove[], boolean | undefined> {
  const { space } = feasibility;
  const tried: TriedMove[] = [];
  for (const [s, from] of planned.entries()) {
    const stage = space.stages[s]!;
    const { priceMicroUsd } = optionOf(stage, from);
    const fewer: [MoveKind, StageConfiguration][] =
      from.replicas > space.minReplicas[s]! ? [['RemoveReplica', { ...from, replicas: from.replicas - 1 }]] : [];
    const elsewhere = stage.options
      .filter((option) => option.priceMicroUsd < priceMicroUsd)
      .map((option): [MoveKind, StageConfiguration] => {
        const most = Math.min(
          Math.ceil((from.replicas * priceMicroUsd) / option.priceMicroUsd) - 1,
          space.maxReplicas[s]!,
        );
        return ['DowngradeHW', { ...from, hardware: option.hardware, replicas: most }];
      });
    for (const [move, to] of [...fewer, ...elsewhere]) {
      const found = yield* verdict(feasibility, planned, s, to);
      if (found === undefined) return tried;
      tried.push({
        round: 1,
        move,
        stage: from.stage,
        from,
        outcome: 'dropped',
        ...withAttainment(found, planned, s, judges),
      });
      if (yield) return tried;
    }
  }
  return tried;
}

/** What more can be asked of a choice than whether it holds. */
export interface Judges {
  /** Attainment on the whole trace. */
  readonly attainmentOf?: (configuration: Configuration) => number;
  /** Whether a configuration that holds on the trace passes the out-of-sample test. */
  readonly accept?: ((configuration: Configuration) => boolean) | undefined;
}

interface Verdict {
  readonly to: StageConfiguration;
  readonly costUsdPerHour: number;
  readonly reason: string;
}

function withAttainment(
  verdict: Verdict & { readonly how: How },
  planned: Configuration,
  s: number,
  { attainmentOf, accept }: Judges,
): Verdict & { readonly sloAttainment?: number } {
  const { how, ...rest } = verdict;
  const configuration = planned.with(s, rest.to);
  const reason = how === 'holds' && accept?.(configuration) === false ? `${HOLDS}, not on fresh traffic` : rest.reason;
  const isSimulated = how === 'simulated' || how === 'holds';
  const attained = isSimulated && attainmentOf ? { sloAttainment: attainmentOf(configuration) } : {};
  return { ...rest, reason, ...attained };
}

const HOLDS = 'holds on the trace';
type How = 'limits' | 'capacity' | 'simulated' | 'holds';

/** Undefined when the caller answers `true`. */
function* verdict(
  feasibility: Feasibility,
  planned: Configuration,
  s: number,
  choice: StageConfiguration,
): Generator<void, (Verdict & { readonly how: How }) | undefined, boolean | undefined> {
  const { space, bounds } = feasibility;
  let best: (Verdict & { readonly misses: number; readonly how: How }) | undefined;
  for (const maxBatchSize of optionOf(space.stages[s]!, choice).batchSizes) {
    const configuration = planned.with(s, { ...choice, maxBatchSize });
    if (brokenLimit(space, configuration) === undefined) yield* feasibility.look(configuration);
    if (bounds.isLong && (yield)) return undefined;
    const tried = verdictOf(feasibility, configuration, s);
    if (best === undefined || tried.misses < best.misses) best = tried;
  }
  const { misses: _, ...rest } = best!; // a stage has a batch size
  return rest;
}

function verdictOf(
  feasibility: Feasibility,
  configuration: Configuration,
  s: number,
): Verdict & { readonly misses: number; readonly how: How } {
  const { space, bounds } = feasibility;
  const to = configuration[s]!;
  const costUsdPerHour = usdFromMicro(configurationMicroUsd(space, configuration));
  const broken = brokenLimit(space, configuration);
  if (broken !== undefined) return { to, costUsdPerHour, misses: 0, reason: broken, how: 'limits' };
  const judgement = feasibility.judge(configuration);
  const { misses } = judgement;
  if (judgement.holds) return { to, costUsdPerHour, misses, reason: HOLDS, how: 'holds' };
  if (judgement.reason === 'capacity') {
    const reason = 'too little capacity, by the capacity bound';
    return { to, costUsdPerHour, misses: Number.POSITIVE_INFINITY, reason, how: 'capacity' };
  }
  const at = space.stages[judgement.stage]!.stage;
  const reason = `more than ${bounds.allowedMisses} of ${bounds.queries} queries miss the objective by ${at}`;
  return { to, costUsdPerHour, misses, reason, how: 'simulated' };
}
