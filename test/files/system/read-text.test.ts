import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readPipelineFile } from '../../../src/files/pipeline/pipeline-file.js';
import { readProfileFiles } from '../../../src/files/profile/profile-file.js';
import { readSamplesFiles } from '../../../src/files/profile/samples-file.js';
import { readTextFile, shownPath } from '../../../src/files/system/read-text.js';
import { systemProblem } from '../../../src/files/system/system-problem.js';
import { randomStream } from '../../../src/random.js';
import { temporaryFolder } from '../../helpers/folder.js';

const folder = temporaryFolder();
const TEN_MILLION = 10_000_000;

/** Ten million bytes in [from, to): one random block over and over. */
function garbage(from: number, to: number): Uint8Array {
  const next = randomStream(7, 'garbage');
  const block = Buffer.from(Array.from({ length: 50_000 }, () => from + Math.floor(next() * (to - from))));
  return Buffer.alloc(TEN_MILLION, block);
}

describe('readTextFile', () => {
  it('reads UTF-8 and leaves out a byte order mark', () => {
    expect(readTextFile(folder.write('text', '\ufeffgrüße\n'))).toBe('grüße\n');
    expect(readTextFile(folder.write('text', ''))).toBe('');
  });

  it.skipIf(!existsSync('/proc/version'))('reads what has no size', () => {
    expect(readTextFile('/proc/version')).toMatch(/\n$/);
  });

  it('names the nearest file when there is none of the name', () => {
    folder.write('pipeline.yaml', '');
    expect(folder.refusalOf(() => readTextFile(join(folder.path, 'pipelin.yaml')))).toEqual({
      code: 'FILE',
      problems: ['pipelin.yaml: no such file'],
      hint: 'Did you mean pipeline.yaml?',
    });
  });

  it('names the folder when that is missing', () => {
    expect(folder.refusalOf(() => readTextFile(join(folder.path, 'none/x.csv')))).toMatchObject({
      problems: ['none/x.csv: no such file'],
      hint: 'There is no folder none.',
    });
  });

  it('refuses a folder, and a path through a file', () => {
    mkdirSync(join(folder.path, 'traces'));
    const file = folder.write('file', '');
    const problemsOf = (path: string) => folder.refusalOf(() => readTextFile(path)).problems;
    expect(problemsOf(join(folder.path, 'traces'))).toEqual(['traces: is a folder, must be a file']);
    expect(problemsOf(join(file, 'x'))).toEqual(['file/x: a part of the path is a file, must be a folder']);
    expect(problemsOf(`${file}\0`)).toEqual(['file\uFFFD: is not a path']);
  });

  it('refuses bytes that are no text', () => {
    const nul = folder.write('nul', 'version: 1\n\0');
    const latin = folder.write('latin', Uint8Array.of(0x67, 0x72, 0xfc, 0xdf));
    expect(folder.refusalOf(() => readTextFile(nul)).problems).toEqual([
      'nul: holds a NUL byte at byte 12, must be UTF-8 text',
    ]);
    expect(folder.refusalOf(() => readTextFile(latin)).problems).toEqual([
      'latin: holds bytes that are no UTF-8, must be UTF-8 text',
    ]);
  });

  it('refuses what is larger than allowed', () => {
    const path = folder.write('large', 'x'.repeat(1_100_000));
    expect(readTextFile(path, 2)).toHaveLength(1_100_000);
    // 1 100 000 / 2^20 = 1.05 MiB, shown rounded up.
    expect(folder.refusalOf(() => readTextFile(path, 1)).problems).toEqual([
      'large: size = 1.1 MiB, must be at most 1 MiB',
    ]);
  });
});

describe('10 MB of garbage is refused', () => {
  it.each<readonly [string, Uint8Array]>([
    ['binary', garbage(0, 256)],
    ['letters without a line', garbage(97, 123)],
    ['text with commas, quotes and lines', garbage(10, 127)],
  ])('for its size, where a profile or YAML belongs: %s', (_name, bytes) => {
    const path = folder.write('garbage', bytes);
    // 10 000 000 / 2^20 = 9.54 MiB, shown rounded up.
    expect(folder.refusalOf(() => readProfileFiles([path])).problems).toEqual([
      'garbage: size = 9.6 MiB, must be at most 4 MiB',
    ]);
    expect(folder.refusalOf(() => readPipelineFile(path)).problems).toEqual([
      'garbage: size = 9.6 MiB, must be at most 0.5 MiB',
    ]);
  });

  it.each<readonly [string, Uint8Array, string]>([
    ['binary', garbage(0, 256), 'garbage: holds a NUL byte at byte'],
    ['binary without a NUL', garbage(1, 256), 'garbage: holds bytes that are no UTF-8, must be UTF-8 text'],
    ['letters without a line', garbage(97, 123), 'garbage:1: header has no column model'],
    ['text with commas, quotes and lines', garbage(10, 127), 'garbage:1: '],
  ])('for what it holds, where samples belong: %s', (_name, bytes, start) => {
    const { problems } = folder.refusalOf(() => readSamplesFiles([folder.write('garbage', bytes)], []));
    expect(problems[0]).toContain(start);
    expect(problems.join('').length).toBeLessThan(10_000);
  });
});

it('tells the first fifty problems of a profile with a right header and rubbish in every row', () => {
  const header = 'model,hardware,batch_size,mean_ms,p50_ms,p95_ms,p99_ms,samples,runtime,source\n';
  const path = folder.write('garbage', header + 'rubbish,'.repeat(9).concat('\n').repeat(1000));
  const { problems } = folder.refusalOf(() => readProfileFiles([path]));
  expect(problems[0]).toBe('garbage:2: batch_size = rubbish, must be an integer of at least 1');
  // Seven bad cells in each row: batch size, four times, the count of samples and an empty source.
  expect(problems.at(-1)).toBe('… and 6950 more');
});

it.each([
  ['EACCES', 'x.csv: no permission'],
  ['ENOSPC', 'x.csv: the disk is full'],
  ['EROFS', 'x.csv: the file system is read-only'],
  ['EXYZ', 'x.csv: the system refused it (EXYZ)'],
])('says %s in words', (code, line) => {
  const error = systemProblem(Object.assign(new Error('refused'), { code }), 'x.csv');
  expect(error).toMatchObject({ name: 'InputError', problems: [line] });
});

it('hands back an error that is not the system’s', () => {
  const error = new TypeError('ours');
  expect(systemProblem(error, 'x.csv')).toBe(error);
});

it('shows a path as it would be typed', () => {
  expect(shownPath(join(process.cwd(), 'profiles/a.csv'))).toBe(join('profiles', 'a.csv'));
  expect(shownPath('/x')).toBe('/x');
});
