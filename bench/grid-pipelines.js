/** Pipelines of two to six stages over the shipped profiles, each with a range of objectives, rates and CVs: the grid of proof-grid.js. */
const always = (from, fanOut = 1) => ({ from, probability: 1, fanOut });
const sometimes = (from, probability, group) => ({ ...always(from), probability, ...(group ? { group } : {}) });

/** Name → stages as [name, model, …parents]. */
const SHAPES = {
  'chain of 2': [
    ['prepare', 'imagenet-preprocess', always('query')],
    ['classify', 'resnext101-32x4d', always('prepare')],
  ],
  'chain of 3': [
    ['prepare', 'imagenet-preprocess', always('query')],
    ['classify', 'resnet50-v1.5', always('prepare')],
    ['read', 'bert-base-seq128', always('classify')],
  ],
  'chain of 4': [
    ['prepare', 'imagenet-preprocess', always('query')],
    ['screen', 'resnet50-v1.5', always('prepare')],
    ['classify', 'se-resnext101-32x4d', always('screen')],
    ['read', 'bert-base-seq128', always('classify')],
  ],
  'chain of 5': [
    ['prepare', 'imagenet-preprocess', always('query')],
    ['screen', 'resnet50-v1.5', always('prepare')],
    ['classify', 'resnext101-32x4d', always('screen')],
    ['read', 'bert-base-seq128', always('classify')],
    ['record', 'feature-join', always('read')],
  ],
  'cascade of 3': [
    ['fast', 'alexnet', always('query')],
    ['better', 'resnet50-v1.5', sometimes('fast', 0.8)],
    ['best', 'se-resnext101-32x4d', sometimes('better', 0.5)],
  ],
  'two branches and a join': [
    ['text', 'bert-base-seq128', always('query')],
    ['prepare', 'imagenet-preprocess', sometimes('query', 0.5)],
    ['image', 'resnext101-32x4d', always('prepare')],
    ['combine', 'feature-join', always('text'), always('image')],
  ],
  'either of two, then a join': [
    ['identify', 'charcnn-langid', always('query')],
    ['short', 'bert-base-seq128', sometimes('identify', 0.7, 'way')],
    ['long', 'resnet50-v1.5', sometimes('identify', 0.3, 'way')],
    ['combine', 'feature-join', always('short'), always('long')],
  ],
  'one frame, many items': [
    ['prepare', 'imagenet-preprocess', always('query')],
    ['screen', 'resnet50-v1.5', always('prepare')],
    [
      'vehicles',
      'se-resnext101-32x4d',
      {
        ...sometimes('screen', 0.5),
        fanOut: [
          { items: 1, share: 0.7 },
          { items: 3, share: 0.3 },
        ],
      },
    ],
    ['persons', 'resnext101-32x4d', { ...sometimes('screen', 0.3), fanOut: 2 }],
  ],
  'six stages, two branches': [
    ['identify', 'charcnn-langid', always('query')],
    ['screen', 'resnet50-v1.5', sometimes('identify', 0.3)],
    ['categorise', 'bert-base-seq128', always('identify'), always('screen')],
    ['prepare', 'imagenet-preprocess', sometimes('query', 0.5)],
    ['classify', 'resnext101-32x4d', always('prepare')],
    ['combine', 'feature-join', always('categorise'), always('classify')],
  ],
};

/** Objective in ms, queries per second, CV of the gaps: every value of each occurs with every shape. */
const SETTINGS = [
  [100, 200, 1],
  [150, 1000, 2],
  [200, 500, 4],
  [250, 300, 3],
  [300, 100, 2],
  [400, 1000, 1],
  [500, 200, 4],
];

/** Every shape with every setting: 63 problems, but for profiles, hardware and arrivals. */
export function gridProblems() {
  return Object.entries(SHAPES).flatMap(([name, stages]) =>
    SETTINGS.map(([latencyMs, rateQps, cv], i) => ({
      name,
      pipeline: {
        name,
        stages: stages.map(([stage, model, ...parents]) => ({ name: stage, kind: 'model', model, parents })),
      },
      slo: { latencyMs, percentile: 99 },
      rateQps,
      cv,
      queries: 60_000 + 10_000 * (i % 5),
    })),
  );
}
