import { expect, it } from 'vitest';
import { guessSeparator, isCommaAmbiguous } from '../../../../src/files/recording/text/separator.js';

it.each([
  ['commas', 'a,b\n1,2\n', ','],
  ['semicolons, with a comma in the header', 'time;rate, per s\n1;2\n', ';'],
  ['semicolons, with decimal commas', 't;x\n2026-11-22 10:00:00,123;5\n', ';'],
  ['tabs', 'a\tb c\n1\t2\n', '\t'],
  ['bars', 'a|b\n1|2\n', '|'],
  ['spaces, with commas in quotes', 'x 1 "a, b"\ny 2 "c"\n', ' '],
  ['one column', 'timestamp\n2026-11-22 10:00:00,123\n', ''],
  ['one column of dates with a space', '2026-11-22 10:00:00\n2026-11-22 10:00:01\n', ''],
  ['a newline in quotes', 'a,"b\n;;c"\n1,2\n', ','],
])('%s', (_, text, separator) => {
  expect(guessSeparator(text)).toBe(separator);
});

it.each([
  ['2026-11-22 10:00:00,123\n', true],
  ['2026-11-22 10:00:00,200,x\n', true],
  ['2026-11-22 10:00:00,12.5\n', false],
  ['1763805600,123\n', false],
])('whether the comma of %s may be a decimal one', (text, isAmbiguous) => {
  expect(isCommaAmbiguous(text)).toBe(isAmbiguous);
});
