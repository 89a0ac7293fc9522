/** Random small cases for laws: pipelines, profiles, configurations and bursty traces, all from one seed. */
import type { Configuration } from '../../src/model/configuration.js';
import type { Hardware } from '../../src/model/hardware.js';
import { ENTRY, type FanOut, type Pipeline } from '../../src/model/pipeline.js';
import type { Profile, ServiceModel } from '../../src/model/profile.js';
import { randomStream } from '../../src/random.js';
import { stageSetups } from '../../src/simulation/stage-setups.js';
import { msFromUs } from '../../src/units.js';
import { type EdgeGiven, HARDWARE, hardwareOf, pipelineOf, type StageGiven } from './builders.js';
import type { ReplicaChange, RunInput } from './event-loop.js';

/** Times are a few microseconds, so that events often fall on one instant. */
const LONGEST_SERVICE_US = 12;
const LONGEST_TIMEOUT_US = 9;
const LARGEST_BATCH = 5;
const MOST_REPLICAS = 4;

export interface RandomCase extends RunInput {
  readonly configuration: Configuration;
  readonly profiles: readonly Profile[];
  readonly hardware: readonly Hardware[];
  readonly serviceModel: ServiceModel;
}

export interface CaseOptions {
  readonly queries?: number;
  readonly mostStages?: number;
  /** Whether stages may hold a batch back; by default they may. */
  readonly hasTimeouts?: boolean;
  /** Whether replicas come and go; by default they do not. */
  readonly hasChanges?: boolean;
}

/** Uniform draws of the kinds that cases need. */
export interface Dice {
  /** A whole number in [from, to]. */
  readonly whole: (from: number, to: number) => number;
  readonly chance: (probability: number) => boolean;
  readonly oneOf: <T>(list: readonly T[]) => T;
}

export function diceOf(seed: number, ...names: readonly string[]): Dice {
  const next = randomStream(seed, ...names);
  const whole = (from: number, to: number) => from + Math.floor(next() * (to - from + 1));
  return { whole, chance: (probability) => next() < probability, oneOf: (list) => list[whole(0, list.length - 1)]! };
}

export function randomCase(seed: number, options: CaseOptions = {}): RandomCase {
  const dice = diceOf(seed, 'case');
  const { queries = dice.whole(1, 60), mostStages = 6, hasTimeouts = true, hasChanges = false } = options;
  const pipeline = randomPipeline(dice, { mostStages, hasTimeouts });
  const serviceModel = dice.chance(0.25) ? 'empirical' : 'mean';
  const profiles = pipeline.stages.map(({ model }) => randomProfile(dice, model));
  const hardware = [hardwareOf()];
  const configuration = randomConfiguration(dice, pipeline, profiles);
  const arrivalsUs = randomArrivals(dice, queries);
  return {
    pipeline,
    configuration,
    profiles,
    hardware,
    serviceModel,
    seed,
    arrivalsUs,
    stages: stageSetups({ pipeline, configuration, profiles, hardware, serviceModel, seed }),
    changes: hasChanges ? randomChanges(dice, pipeline, arrivalsUs.at(-1)!) : [],
  };
}

/** The same case in another configuration. */
export function reconfigured(given: RandomCase, configuration: Configuration): RandomCase {
  return { ...given, configuration, stages: stageSetups({ ...given, configuration }) };
}

/** Chains, branches, joins, conditional edges, exclusive choices and fan-outs. */
export function randomPipeline(dice: Dice, options: { mostStages: number; hasTimeouts: boolean }): Pipeline {
  const names = Array.from({ length: dice.whole(1, options.mostStages) }, (_, s) => `s${s}`);
  const stages = names.map((_, s): StageGiven => {
    const candidates = dice.chance(0.6) && s > 0 ? names.slice(0, s) : [ENTRY, ...names.slice(0, s)];
    const count = Math.min(candidates.length, dice.oneOf([1, 1, 1, 2, 2, 3]));
    const first = dice.whole(0, candidates.length - 1);
    const parents = Array.from({ length: count }, (_, n) => candidates[(first + n) % candidates.length]!);
    return {
      parents: parents.map((from) => randomEdge(dice, from)),
      ...(options.hasTimeouts && dice.chance(0.3)
        ? { batchTimeoutMs: msFromUs(dice.whole(1, LONGEST_TIMEOUT_US)) }
        : {}),
    };
  });
  return withFullGroups(pipelineOf(Object.fromEntries(names.map((name, s) => [name, stages[s]!]))));
}

function randomEdge(dice: Dice, from: string): EdgeGiven {
  const fanOut = dice.oneOf<FanOut>([1, 1, 1, 2, 3, EVEN_SHARES]);
  // The edges of one group are all drawn per query, or all per item.
  if (dice.chance(0.25)) return { from, fanOut, probability: 1, ...dice.oneOf([GROUP, GROUP, GROUP_OF_ITEMS]) };
  const probability = dice.oneOf([1, 1, 1, 0.75, 0.4]);
  return dice.chance(0.4) ? { from, fanOut, probability, per: 'item' } : { from, fanOut, probability };
}

const GROUP = { group: 'choice' } as const;
const GROUP_OF_ITEMS = { group: 'choice of items', per: 'item' } as const;

const EVEN_SHARES = [
  { items: 1, share: 0.5 },
  { items: 4, share: 0.5 },
];

/** Gives the edges of each group equal shares that sum to 1. */
function withFullGroups(pipeline: Pipeline): Pipeline {
  const edges = pipeline.stages.flatMap(({ parents }) => parents);
  const stages = pipeline.stages.map((stage) => ({
    ...stage,
    parents: stage.parents.map((edge) => {
      if (edge.group === undefined) return edge;
      const members = edges.filter(({ from, group }) => from === edge.from && group === edge.group).length;
      return { ...edge, probability: 1 / members };
    }),
  }));
  return { ...pipeline, stages };
}

/** Jagged: a larger batch may well be faster, and some sizes are left to the line between their neighbours. */
export function randomProfile(dice: Dice, model: string, hardware = HARDWARE): Profile {
  const sizes = Array.from({ length: LARGEST_BATCH }, (_, index) => index + 1);
  const measured = sizes.filter((size) => size === 1 || size === LARGEST_BATCH || dice.chance(0.5));
  const rows = measured.map((batchSize) => {
    const samplesMs = Array.from({ length: dice.whole(1, 6) }, () => msFromUs(dice.whole(1, LONGEST_SERVICE_US)));
    samplesMs.sort((a, b) => a - b);
    const meanMs = msFromUs(dice.whole(1, LONGEST_SERVICE_US));
    return { batchSize, meanMs, samplesMs, runtime: 'test', source: 'test' };
  });
  return { model, hardware, rows };
}

/** Any hardware that a stage's model is profiled on, any batch size, one to four replicas. */
export function randomConfiguration(dice: Dice, pipeline: Pipeline, profiles: readonly Profile[]): Configuration {
  return pipeline.stages.map(({ name, model }) => {
    const { hardware, rows } = dice.oneOf(profiles.filter((profile) => profile.model === model));
    const replicas = dice.whole(1, MOST_REPLICAS);
    return { stage: name, hardware, maxBatchSize: dice.whole(1, rows.at(-1)!.batchSize), replicas };
  });
}

/** Bursts of equal instants between gaps of a few microseconds, now and then a long silence. */
export function randomArrivals(dice: Dice, queries: number): number[] {
  const longestGap = dice.oneOf([1, 3, 8]);
  let nowUs = dice.whole(0, 3);
  return Array.from({ length: queries }, () => {
    nowUs += dice.chance(0.3) ? 0 : dice.whole(0, dice.chance(0.03) ? 60 : longestGap);
    return nowUs;
  });
}

function randomChanges(dice: Dice, pipeline: Pipeline, lastUs: number): ReplicaChange[] {
  const changes = Array.from({ length: dice.whole(1, 8) }, () => ({
    atUs: dice.whole(0, lastUs + 20),
    stage: dice.whole(0, pipeline.stages.length - 1),
    replicas: dice.whole(1, MOST_REPLICAS),
    activationDelayUs: dice.oneOf([0, 1, 5, 20]),
  }));
  return changes.sort((a, b) => a.atUs - b.atUs);
}
