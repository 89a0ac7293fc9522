/** Remarks of `trace import`: rows that were skipped, and bursts that a recording does not show. */
import { formatDuration } from '../model/notation/quantity.js';
import { msFromUs } from '../units.js';
import { formatCount, formatNumber } from './figures.js';

/** How many rows were skipped, and the problems of the first ones. */
export function formatSkippedRows({ count, first }: { count: number; first: readonly string[] }): string {
  const rows = count === 1 ? '1 row was skipped' : `${formatCount(count)} rows were skipped`;
  return [rows, ...first.map((problem) => `  ${problem}`), ...(count > first.length ? ['  …'] : [])].join('\n');
}

/** Local times that come twice, since the clock of their zone is set back. */
export function formatDoubledTimes({ name, doubled }: { name: string; doubled: number }): string {
  const are = doubled === 1 ? '1 instant is' : `${formatCount(doubled)} instants are`;
  return (
    `${are} at a local time that ${name} has twice, when its clock is set back: each is read as the first of the two ` +
    'until the recording goes back, and then as the second'
  );
}

/** What a resolution hides from queries with a shorter objective. Widths are whole microseconds. */
export function formatResolution({
  intervalUs,
  sloUs,
  spread,
  bursts,
}: {
  intervalUs: number;
  sloUs: number | undefined;
  spread: 'even' | 'poisson';
  bursts: { dispersion: number; drawn: number; possible: number } | undefined;
}): string {
  const width = formatDuration(msFromUs(intervalUs));
  const placed = spread === 'even' ? 'evenly, without any burst' : 'as a Poisson process';
  const shown =
    bursts === undefined ? '' : ` (their index of dispersion is ${formatNumber(bursts.dispersion)}, Poisson 1)`;
  const first = `the recording counts arrivals per ${width}${shown} and hides bursts within ${width}: they are placed ${placed}`;
  if (sloUs === undefined || bursts === undefined) {
    return `${first}. A plan for an SLO below ${width} may miss it on real traffic; --slo says what is hidden from yours`;
  }
  const slo = formatDuration(msFromUs(sloUs));
  return (
    `${first}. In all but 1 of 1000 windows of ${slo} a Poisson process has at most ${formatCount(bursts.drawn)} queries; ` +
    `with bursts like those between the counts it would be ${formatCount(bursts.possible)}`
  );
}
