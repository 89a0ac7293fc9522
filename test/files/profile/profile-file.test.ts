import { describe, expect, it } from 'vitest';
import { readProfileFiles } from '../../../src/files/profile/profile-file.js';
import { readSamplesFiles } from '../../../src/files/profile/samples-file.js';
import { temporaryFolder } from '../../helpers/folder.js';

const folder = temporaryFolder();

const HEADER = 'model,hardware,batch_size,mean_ms,p50_ms,p95_ms,p99_ms,samples,runtime,source';
const ROWS = ['resnet,t4,1,4.5,4.4,5,5.5,200,onnx,measured', 'resnet,t4,4,9,,,,,onnx,"a table, page 3"'];
const VALID = `${HEADER}\n${ROWS.join('\n')}\n`;

describe('readProfileFiles', () => {
  it('reads rows by model and hardware, leaving out what is blank', () => {
    const more = `${HEADER}\nresnet,t4,8,16,,,,,onnx,measured\nbert,cpu,1,1e1,,,,,onnx,measured\n`;
    const paths = [folder.write('a.csv', VALID), folder.write('b.csv', more)];
    const common = { runtime: 'onnx', source: 'measured' };
    expect(readProfileFiles(paths)).toEqual([
      {
        model: 'resnet',
        hardware: 't4',
        rows: [
          { batchSize: 1, meanMs: 4.5, p50Ms: 4.4, p95Ms: 5, p99Ms: 5.5, samples: 200, ...common },
          { batchSize: 4, meanMs: 9, runtime: 'onnx', source: 'a table, page 3' },
          { batchSize: 8, meanMs: 16, ...common },
        ],
      },
      { model: 'bert', hardware: 'cpu', rows: [{ batchSize: 1, meanMs: 10, ...common }] },
    ]);
  });

  it('reads columns in any order, a byte order mark, CRLF and blank lines', () => {
    const text =
      '\ufeffsource,runtime,samples,p99_ms,p95_ms,p50_ms,mean_ms,batch_size,hardware,model\r\n\r\ns,r,,,,,2.5,1,t4,m\r\n\r\n';
    const row = { batchSize: 1, meanMs: 2.5, runtime: 'r', source: 's' };
    expect(readProfileFiles([folder.write('x.csv', text)])).toEqual([{ model: 'm', hardware: 't4', rows: [row] }]);
  });

  const TIME = 'must be a time in ms between 0.001 and 86400000';
  // Name, what is changed in the valid file, and every line of the error.
  it.each<readonly [string, string, string, readonly string[]]>([
    [
      'a header with a wrong name',
      'mean_ms',
      'mean',
      [
        `x.csv:1: header has no column mean_ms, must be ${HEADER}`,
        'x.csv:1: header: mean is not a known column (did you mean mean_ms?)',
      ],
    ],
    [
      'a header without two columns',
      ',runtime,source',
      '',
      [`x.csv:1: header has no column runtime, source, must be ${HEADER}`],
    ],
    [
      'a column that is given twice',
      ',runtime,source',
      ',runtime,source,source',
      ['x.csv:1: header: source is given twice, must be given once'],
    ],
    [
      'rows without a header',
      `${HEADER}\n`,
      '',
      [
        `x.csv:1: header has no column model, hardware, batch_size, mean_ms, p50_ms, p95_ms, p99_ms, samples, runtime, source, must be ${HEADER}`,
        ...['resnet', 't4', '"1"', '"4.5"', '"4.4"', '"5"', '"5.5"', '"200"', 'onnx', 'measured'].map(
          (cell) => `x.csv:1: header: ${cell} is not a known column`,
        ),
      ],
    ],
    ['no rows', `\n${ROWS.join('\n')}\n`, '\n', ['x.csv: has no rows, must have at least one']],
    ['an empty file', VALID, '', [`x.csv: is empty, must begin with the header ${HEADER}`]],
    ['a row with a cell too few', ',200,', ',', ['x.csv:2: cells = 9, must be 10']],
    ['a time in words', '4.5', 'fast', [`x.csv:2: mean_ms = fast, ${TIME}`]],
    ['a time with a unit', '4.5', '4.5ms', [`x.csv:2: mean_ms = 4.5ms, ${TIME}`]],
    ['a negative time', '4.5', '-4.5', [`x.csv:2: mean_ms = -4.5, ${TIME}`]],
    ['a time of zero', '4.5', '0', [`x.csv:2: mean_ms = 0, ${TIME}`]],
    ['a time that is NaN', '4.5', 'NaN', [`x.csv:2: mean_ms = NaN, ${TIME}`]],
    ['a time without end', '4.5', 'Infinity', [`x.csv:2: mean_ms = "Infinity", ${TIME}`]],
    ['a time too large for a number', '4.5', '1e999', [`x.csv:2: mean_ms = 1e999, ${TIME}`]],
    ['a blank mean', '4.5', '', [`x.csv:2: mean_ms = (empty), ${TIME}`]],
    ['a negative percentile', '4.4', '-4', [`x.csv:2: p50_ms = -4, ${TIME}`]],
    ['percentiles that fall', '5.5', '4.9', ['x.csv:2: p99_ms = 4.9, must be at least p95_ms = 5']],
    ['a batch size of zero', 't4,1,', 't4,0,', ['x.csv:2: batch_size = 0, must be an integer of at least 1']],
    [
      'a batch size of one and a half',
      't4,1,',
      't4,1.5,',
      ['x.csv:2: batch_size = 1.5, must be an integer of at least 1'],
    ],
    [
      'batch sizes that fall',
      't4,1,',
      't4,8,',
      ['x.csv:3: batch_size = 4, must be larger than 8 in x.csv:2 (resnet on t4)'],
    ],
    [
      'a batch size measured twice',
      't4,1,',
      't4,4,',
      ['x.csv:3: batch_size = 4, must be measured once for resnet on t4: x.csv:2 has it too'],
    ],
    ['part of a sample', ',200,', ',0.5,', ['x.csv:2: samples = 0.5, must be an integer of at least 1']],
    ['no source', ',measured', ',', ['x.csv:2: source = (empty), must be a line of text']],
    [
      'a quote that is never closed',
      '"a table, page 3"',
      '"a table',
      ['x.csv:3: not CSV: a quote that is opened and never closed'],
    ],
    [
      'text after a quote',
      '"a table, page 3"',
      '"a table" page 3',
      ['x.csv:3: not CSV: text after a closing quote, must be a comma or the end of the line'],
    ],
    [
      'several problems at once',
      'resnet,t4,1,4.5',
      ',t4,none,0',
      [
        'x.csv:2: model = (empty), must be a line of text',
        'x.csv:2: batch_size = none, must be an integer of at least 1',
        `x.csv:2: mean_ms = 0, ${TIME}`,
      ],
    ],
  ])('refuses %s', (_name, from, to, problems) => {
    expect(VALID).toContain(from);
    const path = folder.write('x.csv', VALID.replace(from, to));
    expect(folder.refusalOf(() => readProfileFiles([path])).problems).toEqual(problems);
  });

  it('refuses a row that two files hold, and tells the problems of every file', () => {
    const paths = [folder.write('a.csv', VALID), folder.write('b.csv', VALID), `${folder.path}/none.csv`];
    expect(folder.refusalOf(() => readProfileFiles(paths)).problems).toEqual([
      'none.csv: no such file',
      'b.csv:2: batch_size = 1, must be measured once for resnet on t4: a.csv:2 has it too',
      'b.csv:3: batch_size = 4, must be measured once for resnet on t4: a.csv:3 has it too',
    ]);
  });
});

describe('readSamplesFiles', () => {
  const SAMPLES = 'model,hardware,batch_size,service_time_ms\n';
  const profiles = readProfileFiles([folder.write('p.csv', VALID)]);

  it('attaches the measurements to their row, ascending', () => {
    const path = folder.write('p.samples.csv', `${SAMPLES}resnet,t4,4,9.5\nresnet,t4,4,8.5\nresnet,t4,4,10\n`);
    const [first, second] = readSamplesFiles([path], profiles)[0]!.rows;
    expect(first).not.toHaveProperty('samplesMs');
    expect(second?.samplesMs).toEqual([8.5, 9.5, 10]);
  });

  it('refuses measurements without a profile row, and times that are none', () => {
    const path = folder.write('p.samples.csv', `${SAMPLES}resnet,t4,2,9\nresnett,t4,1,9\nresnet,t4,1,-1\n`);
    expect(folder.refusalOf(() => readSamplesFiles([path], profiles)).problems).toEqual([
      'p.samples.csv:2: resnet on t4 at batch size 2 has no profile row, must have one',
      'p.samples.csv:3: resnett on t4 at batch size 1 has no profile row, must have one (did you mean resnet?)',
      'p.samples.csv:4: service_time_ms = -1, must be a time in ms between 0.001 and 86400000',
    ]);
  });
});
