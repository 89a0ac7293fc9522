/**
 * A simulated week of diurnal traffic with spikes (video-monitoring, 50 queries/s on average, CV 1.5, planned for ten minutes at the mean rate, CV 1): what the tuner's rules attain
 * and cost beside the yardsticks, how much faster than real time, and the peak memory of a day and of a week, which must be nearly the same.
 */
import { fileURLToPath } from 'node:url';
import { figure, printTable, runNode } from './measure.js';

const CHILD = fileURLToPath(new URL('tune-week-child.js', import.meta.url));
const NAMES = { untuned: 'no tuner', peak: 'fixed for the peak', clairvoyant: 'clairvoyant tuner' };

export function bench({ isQuick }) {
  const days = isQuick ? 0.05 : 7;
  const runOf = (length, ...args) => JSON.parse(runNode([CHILD, String(length), ...args]));
  const day = runOf(days / 7, 'guarded', 'alone');
  const guarded = runOf(days, 'guarded');
  const others = ['lean', 'inferline'].map((rules) => ({ rules, ...runOf(days, rules, 'alone') }));
  const rows = [
    ['tuner, guarded', guarded.outcomes[0]],
    ...others.map(({ rules, outcomes }) => [`tuner, ${rules}`, outcomes[0]]),
    ...guarded.outcomes.slice(1).map((outcome) => [NAMES[outcome.name], outcome]),
  ].map(([name, { sloAttainment, misses, allowedMisses, costUsd, meanUsdPerHour, changes }]) => [
    name,
    misses <= allowedMisses ? 'met' : 'NOT MET',
    `${(100 * sloAttainment).toFixed(3)} %`,
    misses,
    costUsd.toFixed(2),
    meanUsdPerHour.toFixed(4),
    changes,
  ]);
  const { queries, slo, planned } = guarded;
  printTable(
    `tune-week: ${days} days, ${queries} queries, p${slo.percentile} <= ${slo.latencyMs} ms, planned ${planned.join(', ')}`,
    ['', 'SLO', 'attainment', 'late', 'cost $', 'mean $/h', 'changes'],
    rows,
  );
  printTable(
    'tune-week: one process each',
    ['', 'queries', 'peak MiB', 'processor s', '× real time'],
    [
      ['a seventh, tuner alone', day],
      ['the whole, tuner alone', others[0]],
      ['the whole, with the yardsticks', guarded],
    ].map(([name, run]) => [
      name,
      run.queries,
      figure(run.peakMiB),
      figure(run.seconds),
      Math.round(run.spanMs / 1000 / run.seconds),
    ]),
  );
}
