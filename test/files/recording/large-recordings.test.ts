// @module-tag slow
/** Recordings larger than memory should hold: long cells, many rows, large counts. */
import { execFileSync } from 'node:child_process';
import { closeSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { openTimestamps, readTimestamps } from '../../../src/files/recording/timestamps.js';
import { temporaryFolder } from '../../helpers/folder.js';

const folder = temporaryFolder();
const PROGRAM = join(import.meta.dirname, '../../../bin/infer-plan.js');

it('a long cell in another column is no problem, bare or quoted', () => {
  const body = 'QUJD'.repeat(500_000);
  const path = folder.write('body.csv', `1763805600,${body}\n1763805601,"${body}"\n1763805602,"a\nb""c"\n`);
  expect([...readTimestamps(path, { hasHeader: false, sort: false }).arrivalsUs]).toEqual([0, 1_000_000, 2_000_000]);
});

it('a first row longer than the buffer says how many columns there are', () => {
  const path = folder.write('first.csv', `1763805600,${'QUJD'.repeat(500_000)},a,b\n1763805601,x,a,b\n`);
  expect([...readTimestamps(path, { hasHeader: false, sort: false }).arrivalsUs]).toEqual([0, 1_000_000]);
});

it('the buffer may end anywhere in a line', () => {
  const rows = Array.from({ length: 60_000 }, (_, i) => `${i},"x ""${i}"" y"`);
  const path = folder.write('many.csv', `arrival_ms,text\n${rows.join('\n')}\n`);
  const { arrivalsUs } = readTimestamps(path, { hasHeader: true, sort: false });
  expect(arrivalsUs.every((us, i) => us === 1000 * i)).toBe(true);
  expect(arrivalsUs).toHaveLength(rows.length);
});

it('arrivals come block by block', () => {
  const path = folder.write('three.csv', 'arrival_ms\n1\n2\n3\n');
  const { arrivals } = openTimestamps(path, { hasHeader: true, sort: false });
  const block = new Float64Array(2);
  expect([arrivals.read(block), [...block]]).toEqual([2, [1000, 2000]]);
  expect([arrivals.read(block), block[0]]).toEqual([1, 3000]);
  expect(arrivals.read(block)).toBe(0);
  arrivals.close();
});

// All cells, or all arrivals of the interval, would take 100 MiB and more. The process itself says its largest resident size.
it('imports a million rows, and 12 million counted queries, in flat memory', () => {
  const path = join(folder.path, 'week.csv');
  const file = openSync(path, 'w');
  writeSync(file, 'TIMESTAMP,ContextTokens,GeneratedTokens\n');
  const rows = '2024-05-12 00:00:00.001163+00:00,1452,3\n'.repeat(30_000);
  for (let i = 0; i < 34; i++) writeSync(file, rows);
  closeSync(file);
  folder.write('counts.csv', 'n\n12000000\n');
  const peakMib = (...args: string[]) => {
    const report =
      "process.on('exit', () => process.stderr.write('peak ' + Math.round(process.resourceUsage().maxRSS / 1024)))";
    const preload = `data:text/javascript,${encodeURIComponent(report)}`;
    const stderr = execFileSync(
      'sh',
      [
        '-c',
        '"$@" 2>&1 >/dev/null',
        'sh',
        process.execPath,
        '--max-old-space-size=48',
        '--import',
        preload,
        PROGRAM,
        ...args,
      ],
      { cwd: folder.path, encoding: 'utf8' },
    );
    return Number(/peak (\d+)/.exec(stderr)![1]);
  };
  const least = peakMib('--version');
  expect(peakMib('trace', 'import', 'week.csv', '-o', 'week-out.csv')).toBeLessThan(least + 85);
  const counts = ['--counts', 'n', '--interval', '1m', '--max-rate', '1000000/s'];
  expect(peakMib('trace', 'import', 'counts.csv', ...counts, '-o', '-')).toBeLessThan(least + 85);
}, 120_000);
