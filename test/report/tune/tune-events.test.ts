import { expect, it } from 'vitest';
import { formatLeft, formatLoopEvent, loopEventJson } from '../../../src/report/tune/tune-events.js';
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
  expect(formatLeft(undefined, 0)).toBe('The tuner ended. It could not read what is left running.\n');
  const left = [{ stage: 'a', planned: 1, wanted: 3, ready: 2 }];
  expect(formatLeft(left, 1.5)).toBe('The tuner ended. Left running, at $1.5000 per hour: a 3 (2 ready)\n');
});
