/** Peak memory of a whole process that draws a trace and simulates it block by block: it must not follow the trace's length. */
import { fileURLToPath } from 'node:url';
import { figure, printTable, runNode } from './measure.js';

const CHILD = fileURLToPath(new URL('memory-child.js', import.meta.url));
const LIMIT_MIB = 512;

export function bench({ isQuick }) {
  const counts = isQuick ? [10_000, 100_000] : [1_000_000, 10_000_000, 100_000_000];
  const peaks = counts.map((count) => ({ count, ...JSON.parse(runNode([CHILD, String(count)])) }));
  const rows = peaks.map(({ count, seconds, peakMiB, p99Ms }) => [
    count,
    figure(peakMiB),
    figure(peakMiB / peaks[0].peakMiB),
    peakMiB < LIMIT_MIB ? 'yes' : 'NO',
    figure(seconds),
    figure(count / seconds / 1e6),
    p99Ms,
  ]);
  const header = ['queries', 'peak MiB', '× the first', `under ${LIMIT_MIB} MiB`, 'seconds', 'M queries/s', 'p99 ms'];
  printTable('memory: drawn and simulated through two stages, one process each', header, rows);
}
