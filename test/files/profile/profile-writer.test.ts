import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readProfileFiles } from '../../../src/files/profile/profile-file.js';
import { putProfileRow, readMeasuredRows } from '../../../src/files/profile/profile-writer.js';
import { readSamplesFiles } from '../../../src/files/profile/samples-file.js';
import type { MeasuredRow } from '../../../src/model/measured/measured-row.js';
import { temporaryFolder } from '../../helpers/folder.js';

const folder = temporaryFolder();
let files = 0;
const newPath = () => join(folder.path, `p${files++}.csv`);

const rowOf = (given: Partial<MeasuredRow> = {}): MeasuredRow => ({
  model: 'm',
  hardware: 'cpu',
  curve: 'hot',
  batchSize: 1,
  meanMs: 2,
  p50Ms: 2,
  p95Ms: 3,
  p99Ms: 3,
  samples: 3,
  samplesMs: [3, 1, 2],
  runtime: 'onnxruntime, 1 thread',
  source: 'measured: "here"',
  stoppedBy: 'budget',
  p50WidthRatio: 0.5,
  remarks: [],
  ...given,
});

const HEADER =
  'model,hardware,batch_size,mean_ms,p50_ms,p95_ms,p99_ms,samples,runtime,source,curve,stopped_by,p50_width_ratio,p99_width_ratio,remark\n';

describe('putProfileRow', () => {
  it('makes a profile and its samples, which are read back', () => {
    const path = newPath();
    expect(putProfileRow(path, rowOf({ remarks: ['a', 'b, c'] }))).toBeUndefined();
    expect(readFileSync(path, 'utf8')).toBe(
      `${HEADER}m,cpu,1,2,2,3,3,3,"onnxruntime, 1 thread","measured: ""here""",hot,budget,0.5,,"a; b, c"\n`,
    );
    const [profile] = readSamplesFiles([path.replace('.csv', '.samples.csv')], readProfileFiles([path]));
    expect(profile!.rows[0]).toMatchObject({
      curve: 'hot',
      meanMs: 2,
      source: 'measured: "here"',
      samplesMs: [1, 2, 3],
    });
  });

  it('keeps the rows of others cell by cell, each group in its place with its sizes rising', () => {
    const path = newPath();
    const other = 'x,t4,1,3.0930,,3.1,,,"trt, fp16",a table\n';
    folder.write(
      path.slice(folder.path.length + 1),
      `model,hardware,batch_size,mean_ms,p50_ms,p95_ms,p99_ms,samples,runtime,source\n${other}`,
    );
    for (const [batchSize, curve] of [
      [4, 'hot'],
      [1, 'paced'],
      [2, 'hot'],
    ] as const)
      putProfileRow(path, rowOf({ batchSize, curve }));
    const [, first, ...rest] = readFileSync(path, 'utf8').split('\n');
    expect(first).toBe('x,t4,1,3.0930,,3.1,,,"trt, fp16",a table,,,,,');
    expect(rest.map((line) => line.split(',').slice(0, 3).join(','))).toEqual(['m,cpu,2', 'm,cpu,4', 'm,cpu,1', '']);
  });

  it('replaces the row of the same model, hardware, curve and size with its samples, and tells what it was', () => {
    const path = newPath();
    putProfileRow(path, rowOf({ source: 'before' }));
    putProfileRow(path, rowOf({ batchSize: 2 }));
    putProfileRow(path, rowOf({ curve: 'paced', samplesMs: [9] }));
    expect(putProfileRow(path, rowOf({ meanMs: 5, samplesMs: [5] }))).toEqual({ meanMs: '2', source: 'before' });
    const samples = readFileSync(path.replace('.csv', '.samples.csv'), 'utf8').trim().split('\n').slice(1);
    expect(samples).toEqual(['m,cpu,1,5,hot', 'm,cpu,2,3,hot', 'm,cpu,2,1,hot', 'm,cpu,2,2,hot', 'm,cpu,1,9,paced']);
  });

  it('takes a row without a curve for a hot one', () => {
    const path = newPath();
    folder.write(
      path.slice(folder.path.length + 1),
      'model,hardware,batch_size,mean_ms,p50_ms,p95_ms,p99_ms,samples,runtime,source\nm,cpu,1,7,,,,,r,old\n',
    );
    expect(putProfileRow(path, rowOf())).toEqual({ meanMs: '7', source: 'old' });
    expect(readProfileFiles([path])[0]!.rows).toHaveLength(1);
  });

  it('changes nothing in a file that is not what it must be', () => {
    const path = folder.write('broken.csv', 'model,hardware\nm,cpu\n');
    expect(() => putProfileRow(path, rowOf())).toThrow('header has no column batch_size');
    expect(readFileSync(path, 'utf8')).toBe('model,hardware\nm,cpu\n');
  });

  it('leaves the number of samples blank for a row that has none of its own', () => {
    const path = newPath();
    putProfileRow(path, rowOf({ samples: 0 }));
    expect(readProfileFiles([path])[0]!.rows[0]!.samples).toBeUndefined();
  });
});

it('reads what is there already of one hardware', () => {
  const path = newPath();
  expect(readMeasuredRows(path, 'cpu')).toEqual([]);
  putProfileRow(path, rowOf({ p50Ms: 1.5 }));
  putProfileRow(path, rowOf({ hardware: 't4', curve: 'paced' }));
  expect(readMeasuredRows(path, 'cpu')).toEqual([{ model: 'm', curve: 'hot', batchSize: 1, p50Ms: 1.5 }]);
});

describe('two curves of one model', () => {
  const path = newPath();
  for (const batchSize of [1, 2, 4])
    putProfileRow(path, rowOf({ batchSize, meanMs: batchSize, samplesMs: [batchSize] }));
  for (const batchSize of [1, 2]) {
    putProfileRow(path, rowOf({ curve: 'paced', batchSize, meanMs: 10 * batchSize, samplesMs: [10 * batchSize] }));
  }
  const read = (curve?: 'hot' | 'paced') => {
    const profiles = readSamplesFiles([path.replace('.csv', '.samples.csv')], readProfileFiles([path], curve));
    expect(profiles).toHaveLength(1);
    return profiles[0]!.rows.map(({ meanMs, samplesMs }) => [meanMs, ...samplesMs!]);
  };

  it('are read as the paced one alone', () => {
    expect(read()).toEqual([
      [10, 10],
      [20, 20],
    ]);
  });

  it('are read as the hot one alone when that is asked for', () => {
    expect(read('hot')).toEqual([
      [1, 1],
      [2, 2],
      [4, 4],
    ]);
  });

  it('refuses a curve of another name', () => {
    const bad = folder.write('curve.csv', readFileSync(path, 'utf8').replace(',paced,', ',warm,'));
    expect(folder.refusalOf(() => readProfileFiles([bad])).problems).toEqual([
      'curve.csv:5: curve = warm, must be hot or paced, or blank',
    ]);
  });

  it('refuses a paced sample without a paced row', () => {
    const hot = folder.write('h.csv', `${HEADER}m,cpu,1,2,,,,,r,s,hot,,,,\n`);
    const samples = folder.write('h.samples.csv', 'model,hardware,batch_size,service_time_ms,curve\nm,cpu,1,2,paced\n');
    expect(folder.refusalOf(() => readSamplesFiles([samples], readProfileFiles([hot]))).problems).toEqual([
      'h.samples.csv:2: m on cpu at batch size 1, paced, has no profile row, must have one',
    ]);
  });
});
