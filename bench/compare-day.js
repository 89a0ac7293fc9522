/**
 * A simulated day of 200 queries/s (CV 1) through a chain of four stages under eight policies: the time it takes, and the peak memory of a
 * day and of an eighth of it, which must be nearly the same.
 */
import { fileURLToPath } from 'node:url';
import { figure, printTable, runNode } from './measure.js';

const CHILD = fileURLToPath(new URL('compare-day-child.js', import.meta.url));

export function bench({ isQuick }) {
  const hours = isQuick ? 0.1 : 24;
  const runs = [hours / 8, hours].map((length) => JSON.parse(runNode([CHILD, String(length)])));
  printTable(
    'compare-day: 200 queries/s through four stages, eight policies, one process each',
    ['', 'queries', 'seconds', 'processor s', 'peak MiB'],
    runs.map(({ queries, elapsedS, seconds, peakMiB }, i) => [
      i === 0 ? 'an eighth' : `${hours} hours`,
      queries,
      figure(elapsedS),
      figure(seconds),
      figure(peakMiB),
    ]),
  );
  printTable(
    'compare-day: the day',
    ['', 'late', 'cost $', 'changes', 'flips'],
    runs[1].rows.map(({ policy, misses, costUsd, changes, flips }) => [
      policy,
      misses,
      costUsd.toFixed(2),
      changes,
      flips,
    ]),
  );
}
