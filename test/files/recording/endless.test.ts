// @module-tag slow
/** A recording may have no end, or be made to take long: the work stays in proportion to what is read. */
import { expect, it } from 'vitest';
import { BadRows } from '../../../src/files/recording/bad-rows.js';
import { readCounts } from '../../../src/files/recording/count-columns.js';
import { arrivalsOf, type Instants } from '../../../src/files/recording/instant-source.js';
import { readTimestamps } from '../../../src/files/recording/timestamps.js';
import { readTraceFile } from '../../../src/files/trace/trace-file.js';
import { temporaryFolder } from '../../helpers/folder.js';

const folder = temporaryFolder();

/** Rows without end. */
function endless(instantUs: number | undefined): Instants & { readonly rows: number } {
  let rows = 0;
  return {
    next: () => ++rows > 0,
    instantUs,
    isFromStart: true,
    place: () => `endless:${rows}: t = 5`,
    problem: () => `endless:${rows}: t = x`,
    shown: 'endless',
    close: () => {},
    get rows() {
      return rows;
    },
  };
}

/** Reads a source to its end. */
function readAll(instants: Instants, { skips = false, sort = false } = {}): void {
  const arrivals = arrivalsOf(instants, { bad: new BadRows(skips), sort });
  const block = new Float64Array(1 << 16);
  while (arrivals.read(block) > 0);
}

it('an endless recording is refused after a hundred million arrivals', () => {
  const { problems, hint } = folder.refusalOf(() => readAll(endless(5)));
  expect(problems).toEqual(['endless: has more than 100,000,000 arrivals, must have at most that many']);
  expect(hint).toBe('Import it in parts, or --to leaves the rest out.');
});

it('what must be held in memory is refused earlier', () => {
  const { problems } = folder.refusalOf(() => readAll(endless(5), { sort: true }));
  expect(problems).toEqual([
    'endless: has more than 67,108,864 arrivals, must have at most that many where all are held in memory (--sort, --peak, --split)',
  ]);
});

it('endless rows that cannot be read are refused when there are enough of them', () => {
  const bad = endless(undefined);
  const { problems } = folder.refusalOf(() => readAll(bad));
  expect(problems).toHaveLength(51);
  expect(bad.rows).toBe(100_000);
});

it('endless rows that may be skipped are refused when none can be read', () => {
  const bad = endless(undefined);
  folder.refusalOf(() => readAll(bad, { skips: true }));
  expect(bad.rows).toBe(1_000_000);
});

it('a trace with broken rows without end is refused when there are enough of them', () => {
  const text = `arrival_ms\n${'x\n'.repeat(150_000)}`;
  const { problems } = folder.refusalOf(() => readTraceFile(folder.write('broken.csv', text)));
  expect(problems.at(-1)).toBe('… and 99950 more');
});

it('a cell of a billion queries is refused', () => {
  const path = folder.write('counts.csv', 'n\n1000000000\n');
  const options = { hasHeader: true, column: 'n', intervalUs: 3600e6, isRate: false, fillGaps: false };
  expect(folder.refusalOf(() => readCounts(path, options)).problems).toEqual([
    'counts.csv: has more than 100,000,000 arrivals, must have at most that many',
  ]);
});

it('a quoted cell with a million lines is read line by line', () => {
  const cell = '\n'.repeat(1_000_000);
  const path = folder.write('lines.csv', `t,body\n1,"${cell}"\n2,b\n`);
  const read = () => readTimestamps(path, { hasHeader: true, sort: false, notation: 'ms' });
  expect([...read().arrivalsUs]).toEqual([1000, 2000]);
  const open = folder.write('open.csv', `t,body\n1,"${cell}`);
  expect(() => readTimestamps(open, { hasHeader: true, sort: false, notation: 'ms' })).toThrow('never closed');
});
