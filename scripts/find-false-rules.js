/**
 * node scripts/find-false-rules.js (after npm run build)
 *
 * Finds, for each rule that sounds right and is not, the first small random problem on which it is false, and writes it to
 * test/fixtures/false-rules/. The same seeds give the same files.
 */
import { writeFileSync } from 'node:fs';
import { arrivalsUsOf } from '../bench/arrivals.js';
import { cheapestByEnumeration } from '../bench/full-enumeration.js';
import { configurationsByCost, smallInstance } from '../bench/small-instances.js';
import { allowedMisses } from '../dist/model/slo.js';
import { randomStream } from '../dist/random.js';
import { kindOptions } from '../dist/verifier/options.js';
import { enteringItems, replayStage, trafficOf } from '../dist/verifier/stage-replay.js';

const FOLDER = new URL('../test/fixtures/false-rules/', import.meta.url);
const REPLAY = { trafficOf, kindOptions, enteringItems, replayStage, allowedMisses };
const SIZES = [40, 80, 160, 320];
const SEEDS = 400;
/** Configurations looked at in one problem. */
const MOST_CONFIGURATIONS = 400;

const finders = {
  'more-replicas': ({ configurations, holds }) =>
    firstPair(configurations, oneReplicaMore, (before, after) => holds(before) && !holds(after)),
  'optimum-and-more-replicas': ({ instance, holds }) => {
    const { best } = cheapestByEnumeration(instance, REPLAY);
    if (best === undefined) return undefined;
    return firstPair([best.configuration], upToThreeReplicasMore, (_, after) => !holds(after));
  },
  'faster-hardware': ({ instance, configurations, holds }) =>
    firstPair(
      configurations,
      (before) => onFasterHardware(before, instance),
      (before, after) => holds(before) && !holds(after),
    ),
  'larger-batch-hurts': ({ instance, configurations, holds }) =>
    firstPair(
      configurations,
      (before) => inLargerBatches(before, instance),
      (before, after) => holds(before) && !holds(after),
    ),
  'larger-batch-helps': ({ instance, configurations, holds }) =>
    firstPair(
      configurations,
      (before) => inLargerBatches(before, instance),
      (before, after) => !holds(before) && holds(after),
    ),
  'busy-window': ({ instance, configurations, misses, holds }) => {
    const isPlain = instance.pipeline.stages.every(({ parents }) =>
      parents.every(({ probability, fanOut }) => probability === 1 && fanOut === 1),
    );
    if (!isPlain) return undefined;
    const { arrivalsUs } = instance.trace;
    const allowed = allowedMisses(arrivalsUs.length, instance.slo.percentile);
    for (const before of configurations) {
      if (!holds(before)) continue;
      for (let from = 1; from + 8 < arrivalsUs.length; from += 3) {
        for (const to of [from + 8, from + 16, from + 32, arrivalsUs.length]) {
          const alone = { ...instance, trace: { arrivalsUs: arrivalsUs.slice(from, to) } };
          if (misses(before, alone) > allowed) return { before, from, to: Math.min(to, arrivalsUs.length) };
        }
      }
    }
    return undefined;
  },
};

for (const rule of [...Object.keys(finders), 'joint-window']) {
  const found = rule === 'joint-window' ? jointWindow() : search(finders[rule]);
  if (found === undefined) throw new Error(`no counterexample to ${rule}`);
  const { instance, ...rest } = found;
  const { trace, ...problem } = instance;
  const text = JSON.stringify({ ...rest, ...problem, arrivalsUs: [...trace.arrivalsUs] }, undefined, 2);
  writeFileSync(new URL(`${rule}.json`, FOLDER), `${text}\n`);
  console.log(`${rule}: ${trace.arrivalsUs.length} queries, ${instance.pipeline.stages.length} stages`);
}

function search(find) {
  for (const queries of SIZES) {
    for (let seed = 0; seed < SEEDS; seed++) {
      const stageCount = (seed % 2) + 1;
      const random = randomStream(seed, 'false rules', `${queries}`);
      const instance = smallInstance({ random, drawArrivalsUs: arrivalsUsOf, stageCount, cv: 2, queries });
      const all = configurationsByCost(instance);
      const step = Math.max(1, Math.floor(all.length / MOST_CONFIGURATIONS));
      const configurations = all.filter((_, i) => i % step === 0).map(({ configuration }) => configuration);
      const known = new Map();
      const misses = (configuration, given = instance) => missesOf(configuration, given);
      const holds = (configuration) => {
        const key = JSON.stringify(configuration);
        if (!known.has(key)) {
          known.set(key, misses(configuration) <= allowedMisses(queries, instance.slo.percentile));
        }
        return known.get(key);
      };
      const found = find({ instance, configurations, misses, holds });
      if (found !== undefined) return { ...found, instance };
    }
  }
  return undefined;
}

function missesOf(configuration, instance) {
  const { pipeline, trace, slo, seed } = instance;
  const { arrivalsUs } = trace;
  const traffic = trafficOf({ pipeline, arrivalsUs, seed });
  const options = kindOptions(instance);
  const leftUs = [];
  configuration.forEach(({ hardware, maxBatchSize, replicas }, s) => {
    const { service } = options[s].find((option) => option.hardware === hardware);
    const items = enteringItems(traffic, s, leftUs);
    leftUs.push(replayStage(traffic, s, { items, choice: { service, maxBatchSize, replicas } }).leftUs);
  });
  const sloUs = Math.floor(slo.latencyMs * 1000 + 0.5);
  return arrivalsUs.filter((at, q) => Math.max(at, ...leftUs.map((left) => left[q])) - at > sloUs).length;
}

/** The first configuration and successor of it that make the rule false. */
function firstPair(configurations, successors, isFalse) {
  for (const before of configurations) {
    for (const after of successors(before)) if (isFalse(before, after)) return { before, after };
  }
  return undefined;
}

function oneReplicaMore(configuration) {
  return configuration.map((c, s) => configuration.with(s, { ...c, replicas: c.replicas + 1 }));
}

function upToThreeReplicasMore(configuration) {
  return configuration.flatMap((c, s) =>
    [1, 2, 3].map((more) => configuration.with(s, { ...c, replicas: c.replicas + more })),
  );
}

function inLargerBatches(configuration, { pipeline, profiles }) {
  return configuration.flatMap((c, s) => {
    const { model } = pipeline.stages[s];
    const { rows } = profiles.find((p) => p.model === model && p.hardware === c.hardware);
    const larger = rows.filter(({ batchSize }) => batchSize > c.maxBatchSize);
    return larger.map(({ batchSize }) => configuration.with(s, { ...c, maxBatchSize: batchSize }));
  });
}

/** Moves of one stage to hardware that is faster at every batch size. */
function onFasterHardware(configuration, { pipeline, profiles }) {
  return configuration.flatMap((c, s) => {
    const own = profiles.filter(({ model }) => model === pipeline.stages[s].model);
    const { rows } = own.find(({ hardware }) => hardware === c.hardware);
    const faster = own.filter((p) => p.rows.every(({ meanMs }, i) => meanMs < rows[i].meanMs));
    return faster.map(({ hardware }) => configuration.with(s, { ...c, hardware }));
  });
}

/**
 * Built, not searched: two ways through one shared stage (5 ms an item), one with 10 ms before it, the other with 10 ms after it. Of
 * each burst of four, two go each way, so that one replica serves two in the first ten milliseconds and two in the next ten.
 */
function jointWindow() {
  const always = (from) => ({ from, probability: 1, fanOut: 1 });
  const either = { from: 'query', probability: 0.5, fanOut: 1, group: 'way' };
  const stage = (name, ...parents) => ({ name, kind: 'model', model: name, parents });
  const pipeline = {
    name: 'two-ways',
    stages: [
      stage('before', either),
      stage('around', either),
      stage('shared', always('before'), always('around')),
      // It waits for the shared stage because its queries visit that, but is not reached by it.
      stage('after', always('around'), { ...always('shared'), probability: 0 }),
    ],
  };
  const meanMs = { before: 10, around: 0.1, shared: 5, after: 10 };
  const profiles = pipeline.stages.map(({ model }) => {
    const rows = [{ batchSize: 1, meanMs: meanMs[model], runtime: 'drawn', source: 'drawn' }];
    return { model, hardware: 'cpu', rows };
  });
  const seed = 1;
  const queries = 100;
  const { routing } = trafficOf({ pipeline, arrivalsUs: new Float64Array(queries), seed });
  const goesBefore = (q) => routing.itemsAt(0, q);
  const arrivalsUs = new Float64Array(queries);
  let nowUs = 0;
  for (let q = 0; q < queries; nowUs += 100_000) {
    const isEven = q + 4 <= queries && [0, 1, 2, 3].reduce((sum, i) => sum + goesBefore(q + i), 0) === 2;
    for (const end = q + (isEven ? 4 : 1); q < end; q++) arrivalsUs[q] = nowUs;
  }
  return {
    stage: 'shared',
    instance: {
      pipeline,
      profiles,
      hardware: [{ name: 'cpu', kind: 'cpu', costUsdPerHour: 1, activationDelayMs: 0 }],
      trace: { arrivalsUs },
      slo: { latencyMs: 20.5, percentile: 99 },
      serviceModel: 'mean',
      seed,
      maxReplicas: 3,
    },
  };
}
