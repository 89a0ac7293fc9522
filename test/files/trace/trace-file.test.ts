import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { openTraceFile, readTraceFile } from '../../../src/files/trace/trace-file.js';
import { writeTraceFile } from '../../../src/files/trace/trace-writer.js';
import { type ArrivalSource, sourceOf } from '../../../src/model/trace.js';
import { randomStream } from '../../../src/random.js';
import { temporaryFolder } from '../../helpers/folder.js';

const folder = temporaryFolder();
const HINT = 'Convert other notations with: infer-plan trace import FILE -o TRACE';

function read(text: string | Uint8Array): number[] {
  return [...readTraceFile(folder.write('trace.csv', text)).arrivalsUs];
}

function problemsOf(text: string | Uint8Array): string[] {
  const path = folder.write('trace.csv', text);
  return folder.refusalOf(() => readTraceFile(path)).problems;
}

function traceOf(...arrivalsUs: number[]) {
  return { arrivalsUs: Float64Array.from(arrivalsUs) };
}

describe('a row', () => {
  it.each([
    ['0', 0],
    ['12', 12_000],
    ['12.5', 12_500],
    ['12.345', 12_345],
    ['0.001', 1],
    ['0.0004', 0],
    ['0.0005', 1], // half up
    ['0.00049999', 0],
    ['2.00050', 2001],
    ['1.0049995', 1005],
    ['999.9999', 1_000_000],
    ['007.50', 7500],
    ['1.005', 1005], // 1.005 · 1000 is 1004.9999… in binary fractions
    ['4503599627370.497', 4_503_599_627_370_497],
  ])('%s is %d µs', (row, us) => {
    expect(read(`arrival_ms\n${row}\n`)).toEqual([us]);
  });

  it.each([
    '-1',
    '+1',
    'NaN',
    'Infinity',
    '1e3',
    '1,2',
    ' 1',
    '1 ',
    '.5',
    '5.',
    '.',
    '1.2.3',
    '"1"',
    '12a',
    '9007199254741.000',
  ])('refuses %s', (row) => {
    expect(problemsOf(`arrival_ms\n0\n${row}\n`)).toEqual([
      `trace.csv:3: arrival_ms = ${row}, must be milliseconds ≥ 0, such as 1234.567`,
    ]);
  });
});

describe('a file', () => {
  it.each<[string, string | Uint8Array]>([
    ['plain', 'arrival_ms\n1\n1\n2.5\n'],
    ['without a last line end', 'arrival_ms\n1\n1\n2.5'],
    ['with Windows line ends', 'arrival_ms\r\n1\r\n1\r\n2.5\r\n'],
    ['with a byte order mark', '\uFEFFarrival_ms\n1\n1\n2.5\n'],
    ['compressed', gzipSync('arrival_ms\n1\n1\n2.5\n')],
  ])('%s', (_, text) => {
    expect(read(text)).toEqual([1000, 1000, 2500]);
  });

  it.each<[string, string | Uint8Array, string[]]>([
    ['nothing', '', ['trace.csv: is empty, must begin with the header arrival_ms']],
    ['one byte', '\x1f', ['trace.csv:1: header = ·, must be arrival_ms']],
    ['a header alone', 'arrival_ms\n', ['trace.csv: has no rows, must have at least one arrival']],
    ['no header', '1\n2\n', ['trace.csv:1: header = 1, must be arrival_ms']],
    ['another header', 'time_s\n1\n', ['trace.csv:1: header = time_s, must be arrival_ms']],
    ['more columns', 'arrival_ms,tokens\n1,2\n', ['trace.csv:1: header = arrival_ms,tokens, must be arrival_ms']],
    [
      'broken gzip',
      gzipSync('arrival_ms\n1\n').subarray(0, 20),
      ['trace.csv: begins like gzip, but is broken or cut short'],
    ],
  ])('refuses %s', (_, text, problems) => {
    expect(problemsOf(text)).toEqual(problems);
  });

  it('names every broken row at once, a descent as one', () => {
    expect(problemsOf('arrival_ms\n5\n\n3\n4\nx\n2\n10\n')).toEqual([
      'trace.csv:3: arrival_ms = (empty), must be milliseconds ≥ 0, such as 1234.567',
      'trace.csv:4: arrival_ms = 3, must not be before the row above',
      'trace.csv:6: arrival_ms = x, must be milliseconds ≥ 0, such as 1234.567',
      'trace.csv:7: arrival_ms = 2, must not be before the row above',
    ]);
  });

  it('counts what it does not show, and says what reads other files', () => {
    const path = folder.write('many.csv', `arrival_ms\n${'bad\n'.repeat(1000)}`);
    const { problems, hint } = folder.refusalOf(() => readTraceFile(path));
    expect(problems).toHaveLength(51);
    expect(problems.at(-1)).toBe('… and 950 more');
    expect(hint).toBe(HINT);
  });

  it('ten megabytes of garbage: one line, nothing a terminal would act on', () => {
    const uniform = randomStream(1, 'garbage');
    const garbage = Uint8Array.from({ length: 10_000_000 }, () => Math.floor(uniform() * 256));
    const [problem, ...others] = problemsOf(garbage);
    expect(others).toEqual([]);
    expect(problem).toMatch(/^trace\.csv:1: header = [\x20-\x7e·…]{1,45}, must be arrival_ms$/);
  });

  it('garbage without line ends behind a good header', () => {
    expect(problemsOf(`arrival_ms\n${'x'.repeat(1_000_000)}`)[0]).toMatch(
      /^trace\.csv:2: arrival_ms = x{40}…, must be/,
    );
  });

  it('that is a folder, missing, or not permitted', () => {
    const path = join(folder.path, 'some.csv');
    mkdirSync(path);
    expect(folder.refusalOf(() => readTraceFile(path)).problems).toEqual(['some.csv: is a folder, must be a file']);
    const missing = join(folder.path, 'missing.csv');
    expect(folder.refusalOf(() => readTraceFile(missing)).problems).toEqual(['missing.csv: no such file']);
  });

  it.skipIf(process.getuid?.() === 0)('that may not be read', () => {
    const path = folder.write('secret.csv', 'arrival_ms\n1\n');
    chmodSync(path, 0);
    expect(folder.refusalOf(() => readTraceFile(path)).problems).toEqual(['secret.csv: no permission']);
  });
});

describe('reading block by block', () => {
  it('gives the same arrivals in blocks of any size, across the edges of the buffer', () => {
    const arrivalsUs = Array.from({ length: 100_000 }, (_, i) => i * 37);
    const text = `arrival_ms\n${arrivalsUs.map((us) => us / 1000).join('\n')}\n`;
    const path = folder.write('long.csv', text);
    for (const size of [1, 1000, 65_536, 200_000]) {
      const source = openTraceFile(path);
      const block = new Float64Array(size);
      let next = 0;
      let isSame = true;
      for (let count = source.read(block); count > 0; count = source.read(block)) {
        for (let i = 0; i < count; i++) isSame &&= block[i] === arrivalsUs[next++];
      }
      source.close();
      expect([isSame, next]).toEqual([true, arrivalsUs.length]);
    }
  });

  it('tells of a broken row when it comes to it', () => {
    const source = openTraceFile(folder.write('late.csv', 'arrival_ms\n1\n2\nx\n3\ny\n'));
    expect(source.read(new Float64Array(2))).toBe(2);
    expect(folder.refusalOf(() => source.read(new Float64Array(2))).problems).toHaveLength(2);
    source.close();
  });
});

describe('writing', () => {
  it('shortest decimals, read back exactly', async () => {
    const path = join(folder.path, 'out.csv');
    const trace = traceOf(0, 1, 10, 100, 1000, 1500, 12_345, 60_000_000, 4_503_599_627_370_497);
    expect(await writeTraceFile(path, sourceOf(trace))).toEqual({
      arrivals: 9,
      firstArrivalUs: 0,
      lastArrivalUs: 4_503_599_627_370_497,
    });
    expect(readFileSync(path, 'utf8')).toBe(
      'arrival_ms\n0\n0.001\n0.01\n0.1\n1\n1.5\n12.345\n60000\n4503599627370.497\n',
    );
    expect(readTraceFile(path)).toEqual(trace);
  });

  it('law: what is written is what is read', async () => {
    const uniform = randomStream(1, 'write');
    let us = 0;
    const trace = traceOf(...Array.from({ length: 50_000 }, () => (us += Math.floor(uniform() ** 8 * 1e7))));
    const path = join(folder.path, 'law.csv');
    await writeTraceFile(path, sourceOf(trace));
    expect(readTraceFile(path)).toEqual(trace);
  });

  it('a failing source leaves the old file and no temporary one', async () => {
    const path = folder.write('kept/old.csv', 'arrival_ms\n1\n');
    const failing: ArrivalSource = {
      read: () => {
        throw new Error('no more');
      },
    };
    await expect(writeTraceFile(path, failing)).rejects.toThrow('no more');
    await expect(writeTraceFile(path, sourceOf(traceOf()))).rejects.toThrow('would have no arrivals');
    expect(readFileSync(path, 'utf8')).toBe('arrival_ms\n1\n');
    expect(readdirSync(join(folder.path, 'kept'))).toEqual(['old.csv']);
    expect(process.listenerCount('SIGINT')).toBe(0);
  });

  it('refuses a folder and a missing folder', async () => {
    mkdirSync(join(folder.path, 'folder.csv'));
    await expect(writeTraceFile(join(folder.path, 'folder.csv'), sourceOf(traceOf(1)))).rejects.toThrow('is a folder');
    await expect(writeTraceFile(join(folder.path, 'no/x.csv'), sourceOf(traceOf(1)))).rejects.toThrow(
      'its folder does not exist',
    );
    expect(existsSync(join(folder.path, 'no'))).toBe(false);
  });

  it('keeps a symbolic link and replaces what it leads to', async () => {
    const target = join(folder.path, 'target.csv');
    writeFileSync(target, 'old');
    const link = join(folder.path, 'link.csv');
    symlinkSync(target, link);
    await writeTraceFile(link, sourceOf(traceOf(1000)));
    expect(readFileSync(target, 'utf8')).toBe('arrival_ms\n1\n');
  });
});
