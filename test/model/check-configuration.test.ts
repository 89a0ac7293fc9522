import { describe, expect, it } from 'vitest';
import { checkConfiguration, inPipelineOrder } from '../../src/model/check-configuration.js';
import type { StageConfiguration } from '../../src/model/configuration.js';
import type { Hardware } from '../../src/model/hardware.js';
import type { Pipeline, Stage } from '../../src/model/pipeline.js';
import type { Profile } from '../../src/model/profile.js';

const stageOf = (name: string, model: string): Stage => ({
  name,
  model,
  kind: 'model',
  parents: [{ from: 'query', probability: 1, fanOut: 1 }],
});
const profileOf = (model: string, hardware: string, sizes: readonly number[]): Profile => ({
  model,
  hardware,
  rows: sizes.map((batchSize) => ({ batchSize, meanMs: batchSize, runtime: 'onnx', source: 'test' })),
});
const hardwareOf = (name: string): Hardware => ({ name, kind: 'gpu', costUsdPerHour: 1, activationDelayMs: 0 });

const pipeline: Pipeline = { name: 'pair', stages: [stageOf('detect', 'yolo'), stageOf('classify', 'resnet')] };
const profiles = [
  profileOf('yolo', 't4', [1, 2, 8]),
  profileOf('yolo', 'v100', [1, 16]),
  profileOf('resnet', 't4', [1, 4]),
];
const hardware = ['t4', 'v100', 'cpu-1'].map(hardwareOf);

const DETECT: StageConfiguration = { stage: 'detect', hardware: 't4', maxBatchSize: 8, replicas: 1 };
const CLASSIFY: StageConfiguration = { stage: 'classify', hardware: 't4', maxBatchSize: 3, replicas: 2 };

describe('checkConfiguration', () => {
  it.each<readonly [string, readonly StageConfiguration[], readonly string[]]>([
    // A size between measured ones (3 within 1..4) is read off the line between them.
    ['accepts what was measured, up to the largest size', [DETECT, CLASSIFY], []],
    ['does not mind the order', [CLASSIFY, DETECT], []],
    ['misses a stage', [DETECT], ['configuration: stage classify is missing']],
    ['refuses a stage twice', [DETECT, DETECT, CLASSIFY], ['configuration: stage = detect, must be given once']],
    [
      'refuses an unknown stage',
      [{ ...DETECT, stage: 'detct' }, CLASSIFY],
      [
        'configuration: stage = detct, must be a stage of pair (did you mean detect?)',
        'configuration: stage detect is missing',
      ],
    ],
    [
      'refuses unknown hardware',
      [{ ...DETECT, hardware: 'v10' }, CLASSIFY],
      ['stage detect: hardware = v10, must be listed hardware (did you mean v100?)'],
    ],
    [
      'refuses hardware that the model was not measured on',
      [DETECT, { ...CLASSIFY, hardware: 'v100' }],
      ['stage classify: hardware = v100, must be hardware that resnet was measured on: t4'],
    ],
    [
      'refuses a batch beyond the largest measured',
      [DETECT, { ...CLASSIFY, maxBatchSize: 5 }],
      ['stage classify: max_batch_size = 5, must be at most 4, the largest measured for resnet on t4'],
    ],
    [
      'refuses counts that are none, all at once',
      [
        { ...DETECT, replicas: 0, maxBatchSize: Number.NaN },
        { ...CLASSIFY, replicas: 1.5 },
      ],
      [
        'stage detect: replicas = 0, must be an integer ≥ 1',
        'stage detect: max_batch_size = NaN, must be an integer ≥ 1',
        'stage classify: replicas = 1.5, must be an integer ≥ 1',
      ],
    ],
  ])('%s', (_name, configuration, problems) => {
    expect(checkConfiguration({ pipeline, profiles, hardware, configuration })).toEqual(problems);
  });

  it('names no hardware where the model was never measured', () => {
    const configuration = [DETECT, CLASSIFY];
    const measured = profiles.filter(({ model }) => model === 'yolo');
    expect(checkConfiguration({ pipeline, profiles: measured, hardware, configuration })).toEqual([
      'stage classify: hardware = t4, must be hardware that resnet was measured on: none',
    ]);
  });
});

it('puts a configuration into the order of the stages', () => {
  expect(inPipelineOrder(pipeline, [CLASSIFY, DETECT])).toEqual([DETECT, CLASSIFY]);
});
