import { expect, it } from 'vitest';
import { usFromMs } from '../src/units.js';

it.each([
  // As binary fractions 0.5005 and 1.0015 times 1000 are a little less than 500.5 and 1001.5.
  [0.5005, 501],
  [1.0015, 1002],
  [0.0005, 1],
  [0.0004999, 0],
  [12.3454999, 12345],
  [12.3455, 12346],
  [604_800_000.0005, 604_800_000_001],
  [604_800_000.0004, 604_800_000_000],
  [0, 0],
  // An instant of 2023, since 1970.
  [1_700_158_623_979.96, 1_700_158_623_979_960],
])('%d ms are %d us, half up', (ms, us) => {
  expect(usFromMs(ms)).toBe(us);
});
