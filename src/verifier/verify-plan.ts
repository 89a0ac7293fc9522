/**
 * Checks a plan and its certificate from the inputs alone, by another and plainer way than the one that made it: the
 * plan is replayed stage by stage, every figure it carries is computed anew, and every configuration that would be
 * cheaper than the certified bound is proved infeasible once more. It shares with the search only the draws of routes,
 * service times and prices.
 */
import { checkConfiguration, inPipelineOrder } from '../model/check-configuration.js';
import type { Configuration } from '../model/configuration.js';
import { ownValue } from '../model/notation/own-value.js';
import { leastPrices, type PackModel } from '../model/pack-model.js';
import { formatPin, keepsTo, type Pin, pinOf } from '../model/plan/pin.js';
import type { Certificate, Plan } from '../model/plan/plan.js';
import { fewestReplicas, mostReplicas } from '../model/plan/replica-limits.js';
import type { Validated } from '../model/plan/validated.js';
import type { Scenario } from '../model/scenario.js';
import type { ArrivalTrace } from '../model/trace.js';
import { microUsd, usdFromMicro, usFromMs } from '../units.js';
import { checkEvidence, type Evidence, type Mismatch } from './evidence.js';
import { type BoundProgress, refuteCheaper } from './lower-bound.js';
import { type KindOption, kindOptions } from './options.js';
import { PlainPacking, packingProblems } from './plain-packing.js';
import { trafficOf } from './stage-replay.js';

/** What a finding is about. */
export type CheckName =
  | 'inputs'
  | 'configuration'
  | 'limits'
  | 'cost'
  | 'objective'
  | 'latencies'
  | 'stages'
  | 'envelope'
  | 'packing'
  | 'certificate'
  | 'promise'
  | 'lower bound';

/** One check of a plan, and what it showed. */
export interface Finding {
  readonly check: CheckName;
  readonly ok: boolean;
  readonly detail: string;
}

/** All findings of a plan. */
export interface Verification {
  /** Whether every finding is in order. */
  readonly accepted: boolean;
  readonly findings: readonly Finding[];
  /** Stages replayed while the lower bound was derived. */
  readonly replays: number;
}

/** The seed and the service model are the plan's. */
export interface VerificationInput extends Pick<Scenario, 'pipeline' | 'profiles' | 'hardware'> {
  readonly plan: Plan;
  readonly trace: ArrivalTrace;
  /** Input files whose bytes are no longer those that the plan was made from. */
  readonly changed?: readonly string[];
  /**
   * A further condition under which the bound was certified: a cheaper configuration must also meet it to disprove the
   * plan.
   */
  readonly accept?: (configuration: Configuration) => boolean;
  /**
   * What the plan attains out of sample, found anew. Asked once everything else is in order, of a plan that states it.
   */
  readonly outOfSample?: () => Validated;
  /** What instances there are: needed for a plan that prices whole ones. */
  readonly packing?: PackModel | undefined;
}

/**
 * Verifies in small steps: each is one stage replay and yields how far it is. Objective, service model, seed and limits
 * are those that the plan states. The lower bound is the slow finding; it is derived only when the plan's own figures
 * are in order.
 */
export function* verifyPlan(input: VerificationInput): Generator<BoundProgress, Verification> {
  const checked = yield* verifyOnTrace(input);
  if (!checked.accepted || input.plan.validated === undefined || input.outOfSample === undefined) return checked;
  return verification([...checked.findings, promiseFinding(input.plan, input.outOfSample())], checked.replays);
}

function* verifyOnTrace(input: VerificationInput): Generator<BoundProgress, Verification> {
  const { plan, pipeline, profiles, hardware, trace, changed = [] } = input;
  const { slo, serviceModel } = plan;
  const { seed } = plan.provenance;
  const chosen = plan.stages.map(({ stage, hardware: on, maxBatchSize, replicas }) => {
    return { stage, hardware: on, maxBatchSize, replicas };
  });
  const inputs = finding('inputs', changed, 'as they were when the plan was made', (path) => `${path} has changed`);
  const problems = checkConfiguration({ pipeline, profiles, hardware, configuration: chosen });
  const fits = finding('configuration', problems, `fits ${pipeline.name}`, (line) => line);
  if (!fits.ok) return verification([inputs, fits], 0);

  const configuration = inPipelineOrder(pipeline, chosen);
  const traffic = trafficOf({ pipeline, arrivalsUs: trace.arrivalsUs, seed });
  const options = kindOptions({ pipeline, profiles, hardware, serviceModel, seed });
  const limits = limitsOf(plan, { hardware, pipeline });
  const choices = configuration.map(({ hardware: on, maxBatchSize, replicas }, s) => {
    return { service: options[s]!.find((option) => option.hardware === on)!.service, maxBatchSize, replicas };
  });
  const evidence = checkEvidence({ plan, configuration, choices, hardware, traffic });
  const findings = [
    inputs,
    fits,
    finding(
      'limits',
      [...offPins(configuration, plan), ...overLimits(configuration, limits)],
      'within the limits on replicas',
      (line) => line,
    ),
    finding('cost', evidence.cost, 'the replicas at their prices', describe),
    objectiveFinding(plan, evidence),
    finding('latencies', evidence.latencies, 'as replayed', describe),
    finding('stages', evidence.stages, 'as replayed', describe),
    finding('envelope', evidence.envelope, "the trace's own", describe),
  ];
  const model = plan.packing && input.packing;
  if (plan.packing !== undefined && model !== undefined) {
    const wrong = packingProblems(model, configuration, plan.packing);
    findings.push(finding('packing', wrong, 'the instances hold all replicas', (line) => line));
  }
  const { certificate } = plan;
  if (certificate === undefined) {
    const missing = plan.provenance.search === 'exact' ? ['is missing'] : [];
    return verification(
      [...findings, finding('certificate', missing, 'none: the search proves nothing', (line) => line)],
      0,
    );
  }
  findings.push(certificateFinding(plan, certificate, evidence));
  if (findings.some(({ check, ok }) => !ok && check !== 'inputs')) return verification(findings, 0);

  const limitMicroUsd = microUsd(certificate.lowerBoundUsdPerHour);
  const plain = model && new PlainPacking(model);
  const left = withinPins(options, { pipeline, pins: plan.provenance.pins });
  const priced = model === undefined ? left : atLeastPrices(left, model);
  const { counterexample, replays } = yield* refuteCheaper({
    ...input,
    ...limits,
    stages: pipeline.stages.map(({ name }) => name),
    options: priced,
    costOf: plain && ((replicas) => plain.leastCost(replicas)),
    traffic,
    sloUs: usFromMs(slo.latencyMs),
    allowedMisses: evidence.allowedMisses,
    limitMicroUsd,
  });
  return verification(
    [...findings, boundFinding({ counterexample, replays, limitMicroUsd, options: priced })],
    replays,
  );
}

/** Prices that no packing undercuts. */
function atLeastPrices(options: readonly (readonly KindOption[])[], model: PackModel): KindOption[][] {
  const prices = leastPrices(model);
  return options.map((kinds) => kinds.map((kind) => ({ ...kind, priceMicroUsd: prices.get(kind.hardware)! })));
}

/** The options that the pins leave. */
function withinPins(
  options: readonly (readonly KindOption[])[],
  { pipeline, pins }: Pick<Scenario, 'pipeline'> & { readonly pins: readonly Pin[] | undefined },
): KindOption[][] {
  return pipeline.stages.map(({ name }, s) => {
    const pin = pinOf(pins, name);
    return options[s]!.filter(({ hardware }) => (pin?.hardware ?? hardware) === hardware).map((option) =>
      pin?.maxBatchSize === undefined ? option : { ...option, batchSizes: [pin.maxBatchSize] },
    );
  });
}

function offPins(configuration: Configuration, { provenance: { pins } }: Plan): string[] {
  return configuration
    .filter((choice) => !keepsTo(pins, choice))
    .map(({ stage }) => `${stage}: must be as pinned, ${formatPin(pinOf(pins, stage)!)}`);
}

interface Limits {
  /** Fewest and most replicas of each stage. */
  readonly minReplicas: readonly number[];
  readonly maxReplicas: readonly number[];
  readonly inventory: ReadonlyMap<string, number>;
}

/** Limits of the plan, and of the hardware file. */
function limitsOf(
  { provenance }: Plan,
  { hardware, pipeline: { stages } }: Pick<Scenario, 'hardware' | 'pipeline'>,
): Limits {
  const inventory = new Map<string, number>();
  for (const { name, inventory: own } of hardware) {
    const least = Math.min(
      own ?? Number.POSITIVE_INFINITY,
      ownValue(provenance.inventory, name) ?? Number.POSITIVE_INFINITY,
    );
    if (least < Number.POSITIVE_INFINITY) inventory.set(name, least);
  }
  return {
    minReplicas: stages.map((stage) => fewestReplicas(provenance, stage)),
    maxReplicas: stages.map(({ name }) => mostReplicas(provenance, name)),
    inventory,
  };
}

function overLimits(configuration: Configuration, { minReplicas, maxReplicas, inventory }: Limits): string[] {
  const short = configuration
    .map(({ stage, replicas }, s) => ({ stage, replicas, fewest: minReplicas[s]! }))
    .filter(({ replicas, fewest }) => replicas < fewest)
    .map(({ stage, replicas, fewest }) => `${stage}: replicas = ${replicas}, must be at least ${fewest}`);
  const stages = configuration
    .map(({ stage, replicas }, s) => ({ stage, replicas, most: maxReplicas[s]! }))
    .filter(({ replicas, most }) => replicas > most)
    .map(({ stage, replicas, most }) => `${stage}: replicas = ${replicas}, must be at most ${most}`);
  const kinds = [...inventory].flatMap(([name, most]) => {
    const used = configuration.reduce((n, c) => n + (c.hardware === name ? c.replicas : 0), 0);
    return used > most ? [`${name}: replicas = ${used}, must be at most ${most}`] : [];
  });
  return [...short, ...stages, ...kinds];
}

function objectiveFinding({ slo }: Plan, { misses, allowedMisses }: Evidence): Finding {
  const detail = `${misses} queries miss ${slo.latencyMs} ms, ${allowedMisses} may`;
  return { check: 'objective', ok: misses <= allowedMisses, detail };
}

/** Whether the certificate's figures fit together and with the replay. */
function certificateFinding(plan: Plan, certificate: Certificate, evidence: Evidence): Finding {
  const { isProved, lowerBoundUsdPerHour, gapRatio, misses, allowedMisses } = certificate;
  const cost = microUsd(plan.packing?.costUsdPerHour ?? plan.costUsdPerHour);
  const bound = microUsd(lowerBoundUsdPerHour);
  const gap = (cost - bound) / cost;
  const problems = [
    ...(misses === evidence.misses ? [] : [`misses = ${misses}, must be ${evidence.misses}`]),
    ...(allowedMisses === evidence.allowedMisses
      ? []
      : [`allowed_misses = ${allowedMisses}, must be ${evidence.allowedMisses}`]),
    ...(bound <= cost ? [] : [`lower_bound_usd_per_hour = ${lowerBoundUsdPerHour}, must be at most the cost`]),
    ...(Math.abs(gapRatio - gap) <= 1e-6 ? [] : [`gap_ratio = ${gapRatio}, must be ${gap}`]),
    ...(isProved === (bound === cost) ? [] : [`is_proved = ${isProved}, must be ${bound === cost}`]),
  ];
  return finding('certificate', problems, isProved ? 'states a proof' : 'states a bound', (line) => line);
}

function boundFinding(given: {
  counterexample: Configuration | undefined;
  replays: number;
  limitMicroUsd: number;
  options: readonly (readonly KindOption[])[];
}): Finding {
  const { counterexample, replays, limitMicroUsd, options } = given;
  const usd = (micro: number) => `$${usdFromMicro(micro)}/h`;
  if (counterexample === undefined) {
    const detail = `nothing that holds costs less than ${usd(limitMicroUsd)}: ${replays} stage replays`;
    return { check: 'lower bound', ok: true, detail };
  }
  const cost = counterexample.reduce((total, { hardware, replicas }, s) => {
    return total + replicas * options[s]!.find((option) => option.hardware === hardware)!.priceMicroUsd;
  }, 0);
  const text = counterexample.map((c) => `${c.stage}=${c.hardware}:${c.maxBatchSize}:${c.replicas}`).join(' ');
  return {
    check: 'lower bound',
    ok: false,
    detail: `${text} holds and costs ${usd(cost)}, less than ${usd(limitMicroUsd)}`,
  };
}

function finding<T>(
  check: CheckName,
  problems: readonly T[],
  inOrder: string,
  describeOne: (one: T) => string,
): Finding {
  const ok = problems.length === 0;
  return { check, ok, detail: ok ? inOrder : problems.map(describeOne).join('; ') };
}

function describe({ place, stated, found }: Mismatch): string {
  return `${place} = ${stated}, must be ${Math.round(found * 1e6) / 1e6}`;
}

function verification(findings: readonly Finding[], replays: number): Verification {
  return { accepted: findings.every(({ ok }) => ok), findings, replays };
}

/** Whether the plan states of itself out of sample what `found` says. */
function promiseFinding({ validated }: Plan, found: Validated): Finding {
  const { unpromisedCostUsdPerHour: _, ...stated } = validated!;
  const ok =
    JSON.stringify(stated) === JSON.stringify({ ...found, unpromisedCostUsdPerHour: undefined }) && found.promise.holds;
  return { check: 'promise', ok, detail: ok ? 'as drawn anew' : `must be ${JSON.stringify(found)}` };
}
