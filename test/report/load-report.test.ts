import { expect, it } from 'vitest';
import type { LoadSecond } from '../../src/load/load-result.js';
import { formatLoadSecond, loadSecondHeading } from '../../src/report/load-report.js';

const SECOND: LoadSecond = {
  second: 12,
  sent: 1200,
  answered: 1180,
  failed: 3,
  p50Ms: 12.5,
  p99Ms: 48.25,
  sloAttainment: 0.9942,
  inFlight: 17,
  sendLagP99Ms: 0.4,
};

it('keeps of a second what a line has room for', () => {
  const both = (width: number) => `${loadSecondHeading(width)}${formatLoadSecond(SECOND, width)}`;
  expect(both(89)).toBe(
    'second     sent  answered  failed     p50 ms     p99 ms    on time  in flight  lag p99 ms\n' +
      '    12    1,200     1,180       3      12.50      48.25    99.42 %         17        0.40\n',
  );
  expect(both(80)).toBe(
    'second     sent  answered  failed     p99 ms    on time  in flight  lag p99 ms\n' +
      '    12    1,200     1,180       3      48.25    99.42 %         17        0.40\n',
  );
  expect(both(40)).toBe(
    'second     sent  failed     p99 ms\n    12    1,200       3      48.25\n', // no room for `on time`
  );
});
