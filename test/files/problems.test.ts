import { relative } from 'node:path';
import { describe, expect, it } from 'vitest';
import { InputError } from '../../src/errors.js';
import { readPipelineFile } from '../../src/files/pipeline/pipeline-file.js';
import { Problems } from '../../src/files/problems.js';
import { readHardwareFile } from '../../src/files/profile/hardware-file.js';
import { readProfileFiles } from '../../src/files/profile/profile-file.js';

const BAD = relative('', `${import.meta.dirname}/../fixtures/bad-pipeline`);

function thrownBy(problems: Problems): InputError | undefined {
  try {
    problems.throwIfAny('TEST');
  } catch (error) {
    if (error instanceof InputError) return error;
    throw error;
  }
  return undefined;
}

describe('Problems', () => {
  it('throws nothing when there are none', () => {
    const problems = new Problems();
    expect(problems.attempt(() => 7)).toBe(7);
    expect(thrownBy(problems)).toBeUndefined();
  });

  it('keeps the first fifty and counts the rest, through several readers', () => {
    const inner = new Problems();
    for (let index = 0; index < 60; index++) inner.add(`inner ${index}`);
    const outer = new Problems();
    outer.add('outer');
    outer.attempt(() => inner.throwIfAny('INNER', 'try again'));
    // 1 + 60 = 61 problems: 50 are shown and 11 are not.
    const error = thrownBy(outer)!;
    expect(error.problems).toHaveLength(51);
    expect(error.problems.slice(0, 2)).toEqual(['outer', 'inner 0']);
    expect(error.problems.at(-1)).toBe('… and 11 more');
    expect(error.hint).toBe('try again');
  });

  it('lets our own faults through', () => {
    const fault = () => {
      throw new TypeError('ours');
    };
    expect(() => new Problems().attempt(fault)).toThrow(TypeError);
  });

  it('gathers what is wrong in several files', () => {
    const problems = new Problems();
    problems.attempt(() => readPipelineFile(`${BAD}/pipeline.yaml`));
    problems.attempt(() => readHardwareFile(`${BAD}/hardware.yaml`));
    problems.attempt(() => readProfileFiles([`${BAD}/profiles.csv`]));
    const lines = thrownBy(problems)!.problems.map((line) => line.replaceAll(`${BAD}/`, ''));
    const PRICE = 'must be between 0.000001 and 1000000';
    const TIME = 'must be a time in ms between 0.001 and 86400000';
    expect(lines).toEqual([
      'pipeline.yaml:5: percentil is not a known key (did you mean percentile?)',
      'pipeline.yaml:4: slo = 200, must be a duration with a unit, such as 200ms or 1.5s',
      'pipeline.yaml:10: stages[0].kind = modle, must be one of model, transform (did you mean model?)',
      'pipeline.yaml:14: stages[1].parents[0].probability = 1.5, must be between 0 and 1',
      'pipeline.yaml:12: stages[1].batch_timeout = 5, must be a duration with a unit, such as 200ms or 1.5s',
      'pipeline.yaml:22: stages[4].parents[0].fan_out = 0, must be an integer between 1 and 65535',
      "pipeline.yaml:16: stages[2].name = query, must be another name: query stands for the pipeline's entry",
      'pipeline.yaml:15: stages[1].parents[1] = detct, must be query or another stage (did you mean detect?)',
      'pipeline.yaml:25: stages[5].parents[0].group = choice: the probabilities of its edges from last sum to 0.6 + 0.6 = 1.2, must be at most 1',
      'pipeline.yaml:18: stages[3].parents close a cycle: first -> last -> first',
      `hardware.yaml:5: hardware[0].price_usd_per_hour = -1, ${PRICE}`,
      'hardware.yaml:6: hardware[1].price_usd_per_hour is missing',
      'hardware.yaml:6: hardware[1].name = t4, must be unique: hardware[0] has the same name',
      'profiles.csv:6: cells = 3, must be 10',
      `profiles.csv:3: mean_ms = -9, ${TIME}`,
      'profiles.csv:5: batch_size = 2, must be measured once for detect on t4: profiles.csv:4 has it too',
    ]);
  });
});
