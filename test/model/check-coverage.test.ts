import { describe, expect, it } from 'vitest';
import { checkCoverage } from '../../src/model/check-coverage.js';
import type { Hardware } from '../../src/model/hardware.js';
import type { Pipeline } from '../../src/model/pipeline.js';
import type { Profile, ProfileRow, ServiceModel } from '../../src/model/profile.js';

const names = { pipeline: 'pipeline.yaml', profiles: 'p.csv', hardware: 'hardware.yaml' };
const pipelineOf = (model: string): Pipeline => ({
  name: 'one',
  stages: [{ name: 'classify', kind: 'model', model, parents: [{ from: 'query', probability: 1, fanOut: 1 }] }],
});
const rowOf = (batchSize: number, given: Partial<ProfileRow> = {}): ProfileRow => ({
  batchSize,
  meanMs: 5,
  runtime: 'onnx',
  source: 'test',
  ...given,
});
const profileOf = (model: string, hardware: string, rows: readonly ProfileRow[]): Profile => ({
  model,
  hardware,
  rows,
});
const T4: Hardware = { name: 't4', kind: 'gpu', costUsdPerHour: 1, activationDelayMs: 0 };

describe('checkCoverage', () => {
  it.each<readonly [string, Pipeline, readonly Profile[], ServiceModel, readonly string[]]>([
    ['is content with means alone', pipelineOf('resnet50'), [profileOf('resnet50', 't4', [rowOf(1)])], 'mean', []],
    [
      'names the nearest model',
      pipelineOf('resnet-50'),
      [profileOf('resnet50', 't4', [rowOf(1)])],
      'mean',
      ['pipeline.yaml: model of stage classify = resnet-50, must be a model in p.csv (did you mean resnet50?)'],
    ],
    [
      'lists the models when none is near',
      pipelineOf('bert'),
      [profileOf('resnet50', 't4', [rowOf(1)]), profileOf('yolo', 't4', [rowOf(1)])],
      'mean',
      ['pipeline.yaml: model of stage classify = bert, must be a model in p.csv: resnet50, yolo'],
    ],
    [
      'asks for the price of hardware',
      pipelineOf('resnet50'),
      [profileOf('resnet50', 't4', [rowOf(1)]), profileOf('resnet50', 'v100', [rowOf(1)])],
      'mean',
      ['p.csv: hardware of resnet50 = v100, must be listed in hardware.yaml (inventory: 0 leaves it unused)'],
    ],
    [
      'names the nearest hardware',
      pipelineOf('resnet50'),
      [profileOf('resnet50', 'T4', [rowOf(1)])],
      'mean',
      ['p.csv: hardware of resnet50 = T4, must be listed in hardware.yaml (did you mean t4?)'],
    ],
    [
      'passes over models that the pipeline does not use',
      pipelineOf('resnet50'),
      [profileOf('resnet50', 't4', [rowOf(1, { p95Ms: 6 })]), profileOf('bert', 'v100', [rowOf(1)])],
      'p95',
      [],
    ],
    [
      'asks for the percentile that the service model reads',
      pipelineOf('resnet50'),
      [profileOf('resnet50', 't4', [rowOf(1), rowOf(2, { p95Ms: 6 }), rowOf(4)])],
      'p95',
      ['p.csv: p95_ms of resnet50 on t4 at batch size 1, 4 = (empty), must be given for the service model p95'],
    ],
    [
      'asks for samples',
      pipelineOf('resnet50'),
      [profileOf('resnet50', 't4', [rowOf(1, { samplesMs: [5] }), rowOf(2, { samplesMs: [] })])],
      'empirical',
      ['p.csv: samples of resnet50 on t4 at batch size 2 = (empty), must be given for the service model empirical'],
    ],
  ])('%s', (_name, pipeline, profiles, serviceModel, problems) => {
    expect(checkCoverage({ pipeline, profiles, hardware: [T4], serviceModel, names })).toEqual(problems);
  });
});
