import { expect, it } from 'vitest';
import { AlarmRing } from '../../../src/serving/timing/alarm-ring.js';

function read(ring: AlarmRing): [number, number][] {
  const found: [number, number][] = [];
  ring.read((atMs, token) => void found.push([atMs, token]));
  return found;
}

it('hands alarms over once, in the order in which they were written, to whoever shares its memory', () => {
  const ring = new AlarmRing();
  const other = new AlarmRing(ring.memory);
  ring.write(5.25, 1);
  ring.write(1.5, 2);
  expect(read(other)).toEqual([
    [5.25, 1],
    [1.5, 2],
  ]);
  expect(read(other)).toEqual([]);
  ring.write(7, 3);
  expect(read(other)).toEqual([[7, 3]]);
});

it('goes round and refuses what has no room', () => {
  const ring = new AlarmRing();
  for (let round = 0; round < 3; round++) {
    let written = 0;
    while (ring.write(written, written)) written++;
    expect(written).toBe(65_536);
    expect(read(ring).map(([, token]) => token)).toEqual(Array.from({ length: written }, (_, n) => n));
  }
});

it('does not sleep while there is something to read', () => {
  const ring = new AlarmRing();
  ring.write(1, 1);
  ring.sleepUntil(Number.POSITIVE_INFINITY, 0); // would not return
  expect(read(ring)).toEqual([[1, 1]]);
});
