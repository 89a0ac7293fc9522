import { expect, it } from 'vitest';
import { formatEnd, formatLoopEvent, loopEventJson } from '../../../src/report/tune/tune-events.js';
import { NO_LIMITS } from '../../../src/tuner/tuner-limits.js';
import { LOOP_EVENTS } from '../../helpers/loop-events.js';

it('says each event on one line', async () => {
  const lines = LOOP_EVENTS.map((event, i) => formatLoopEvent(event, 1000 * 7 ** i));
  for (const line of lines) expect(line.indexOf('\n')).toBe(line.length - 1);
  await expect(lines.join('')).toMatchFileSnapshot('../../golden/report/tune-events.txt');
});

it('says each event as one line of JSON', async () => {
  const lines = LOOP_EVENTS.map((event) => loopEventJson(event, 12_345.6));
  for (const line of lines) {
    expect(line.indexOf('\n')).toBe(line.length - 1);
    expect(JSON.parse(line)).toMatchObject({ version: 1, up_ms: 12_346 });
  }
  await expect(lines.join('')).toMatchFileSnapshot('../../golden/report/tune-events.ndjson');
});

it('says what is left running', () => {
  const given = { costUsdPerHour: 1.5, limits: { ...NO_LIMITS, largestGrowth: 10 } };
  expect(formatEnd({ kind: 'ended', left: undefined, bound: [] }, given)).toBe(
    'The tuner ended. It could not read what is left running.\nLimits: 10 x the plan. None bound.\n',
  );
  const left = [{ stage: 'a', planned: 1, wanted: 3, ready: 2 }];
  const bound = [{ limit: 'largest growth' as const, stage: 'a', boundMs: 130_000, share: 0.016 }];
  expect(formatEnd({ kind: 'ended', left, bound }, given)).toBe(
    'The tuner ended. Left running, at $1.5000 per hour, $1,095.00 per month (730 h): a 3 (2 ready)\n' +
      'Limits: 10 x the plan. Largest growth held back a for 2m10s (1.6 % of the time).\n',
  );
});
