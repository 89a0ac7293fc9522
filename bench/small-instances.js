/**
 * Random planning problems small enough to try every configuration: one to four stages, two or three kinds of hardware,
 * max batch sizes 1, 2 and 4, up to four replicas (with four stages two kinds and three replicas), a few thousand queries.
 * Between them: chains, parallel branches that join, conditional edges, exclusive choices, fan-outs, tables that are faster at a
 * larger size, inventories, batch timeouts.
 *
 * Random numbers and arrivals are given, so that tests draw them from src/ and benchmarks from dist/.
 */
const BATCH_SIZES = [1, 2, 4];
const MAX_REPLICAS = 4;

export function smallInstance({ random, drawArrivalsUs, stageCount, cv, queries = 2000 }) {
  const from = (values) => values[Math.floor(random() * values.length)];
  const between = (low, high) => low + random() * (high - low);
  const isLong = stageCount === 4;
  const hardware = drawHardware(between, isLong ? 2 : from([2, 3]));
  const pipeline = { name: 'small', stages: drawStages({ random, from, stageCount }) };
  const profiles = pipeline.stages.flatMap(({ model }) => drawProfiles({ between, random, model, hardware }));

  const fastestMs = pipeline.stages.map(({ model }) => {
    return Math.min(...profiles.filter((p) => p.model === model).map(({ rows }) => rows[0].meanMs));
  });
  const slowestStageMs = Math.max(...fastestMs);
  const rateQps = (1000 / slowestStageMs) * between(0.3, 1.8);
  return {
    pipeline,
    profiles,
    hardware,
    trace: { arrivalsUs: drawArrivalsUs({ rateQps, cv, count: queries, seed: Math.floor(random() * 2 ** 31) }) },
    slo: {
      latencyMs: Math.round(longestPathMs(pipeline, fastestMs) * between(1.5, 10) * 1000) / 1000,
      percentile: from([99, 99, 99, 95, 90]),
    },
    serviceModel: 'mean',
    seed: Math.floor(random() * 1000),
    maxReplicas: isLong ? MAX_REPLICAS - 1 : MAX_REPLICAS,
    ...(random() < 0.2 ? { inventory: { [hardware[0].name]: from([0, 1, 2]) } } : {}),
  };
}

/** Every configuration within the limits, cheapest first; equal costs in the order of the product. */
export function configurationsByCost({ pipeline, profiles, hardware, maxReplicas, inventory = {} }) {
  const prices = new Map(hardware.map(({ name, costUsdPerHour }) => [name, Math.round(costUsdPerHour * 1e6)]));
  let partial = [{ costMicroUsd: 0, configuration: [] }];
  for (const { name, model, minReplicas = 1 } of pipeline.stages) {
    const choices = profiles
      .filter((profile) => profile.model === model)
      .flatMap((profile) => profile.rows.map(({ batchSize }) => ({ hardware: profile.hardware, batchSize })))
      .flatMap((at) => Array.from({ length: maxReplicas }, (_, i) => ({ ...at, replicas: i + 1 })))
      .filter(({ replicas }) => replicas >= minReplicas);
    partial = partial.flatMap(({ costMicroUsd, configuration }) =>
      choices.map(({ hardware: on, batchSize, replicas }) => ({
        costMicroUsd: costMicroUsd + replicas * prices.get(on),
        configuration: [...configuration, { stage: name, hardware: on, maxBatchSize: batchSize, replicas }],
      })),
    );
  }
  return partial
    .filter(({ configuration }) =>
      Object.entries(inventory).every(([kind, limit]) => {
        return configuration.reduce((used, c) => used + (c.hardware === kind ? c.replicas : 0), 0) <= limit;
      }),
    )
    .sort((a, b) => a.costMicroUsd - b.costMicroUsd);
}

/** Dearer is mostly faster, not always. The first is the dearest. */
function drawHardware(between, kinds) {
  return ['fast', 'middling', 'slow'].slice(0, kinds).map((name, i) => ({
    name,
    kind: i === 0 ? 'gpu' : 'cpu',
    costUsdPerHour: Math.round(between(2, 4) * 0.45 ** i * 100) / 100,
    activationDelayMs: 0,
  }));
}

function drawStages({ random, from, stageCount }) {
  const probability = () => (random() < 0.6 ? 1 : from([0.3, 0.5, 0.8]));
  const fanOut = () => {
    if (random() < 0.75) return 1;
    return random() < 0.5
      ? 2
      : [
          { items: 1, share: 0.5 },
          { items: 3, share: 0.5 },
        ];
  };
  const edge = (parent) => ({ from: parent, probability: probability(), fanOut: fanOut() });
  const always = (parent) => ({ from: parent, probability: 1, fanOut: 1 });
  const choice = (parent, share) => ({ from: parent, probability: share, fanOut: 1, group: 'either' });
  const shapes = {
    1: [[[always('query')]], [[{ ...always('query'), fanOut: fanOut() }]]],
    2: [
      [[always('query')], [edge('a')]],
      [[always('query')], [edge('query')]],
      [[always('query')], [edge('query'), edge('a')]],
    ],
    3: [
      [[always('query')], [edge('a')], [edge('b')]],
      [[always('query')], [edge('a')], [edge('a')]],
      [[always('query')], [choice('a', 0.4)], [choice('a', 0.5)]],
      [[always('query')], [edge('query')], [always('a'), always('b')]],
      [[always('query')], [edge('a')], [edge('a'), edge('b')]],
    ],
    4: [
      [[always('query')], [edge('a')], [edge('b')], [edge('c')]],
      [[always('query')], [edge('a')], [edge('a')], [always('b'), always('c')]],
      [[always('query')], [choice('a', 0.4)], [choice('a', 0.5)], [always('b'), edge('c')]],
      [[always('query')], [edge('query')], [edge('a')], [edge('b'), edge('c')]],
    ],
  };
  return from(shapes[stageCount]).map((parents, s) => ({
    name: 'abcd'[s],
    kind: 'model',
    model: `model-${'abcd'[s]}`,
    parents,
    ...(random() < 0.1 ? { batchTimeoutMs: from([1, 3]) } : {}),
  }));
}

function drawProfiles({ between, random, model, hardware }) {
  const baseMs = between(2, 20);
  const growth = between(0.05, 0.9);
  return hardware.map(({ name }, i) => {
    const oneMs = baseMs * 2 ** i * between(0.8, 1.5);
    const jagged = random() < 0.2;
    return {
      model,
      hardware: name,
      rows: BATCH_SIZES.map((batchSize) => ({
        batchSize,
        meanMs: Math.round(oneMs * (1 + growth * (batchSize - 1)) * (jagged ? between(0.7, 1.3) : 1) * 1000) / 1000,
        runtime: 'drawn',
        source: 'drawn',
      })),
    };
  });
}

function longestPathMs(pipeline, serviceMs) {
  const endMs = new Map([['query', 0]]);
  pipeline.stages.forEach(({ name, parents }, s) => {
    endMs.set(name, serviceMs[s] + Math.max(...parents.map(({ from }) => endMs.get(from))));
  });
  return Math.max(...endMs.values());
}
