import { expect, it } from 'vitest';
import { brokenText } from '../../src/report/fit-table.js';

it.each([
  ['short', 10, 'short'],
  ['one two three', 8, 'one two\n  three'],
  ['one two three', 7, 'one two\n  three'],
  ['one two three four', 7, 'one two\n  three\n  four'],
  ['https://a.example/long-path is whole', 10, 'https://a.example/long-path\n  is whole'],
  ['  set in and long', 10, '  set in\n  and long'],
  ['\u001b[31mone two\u001b[39m three', 8, '\u001b[31mone two\u001b[39m\n  three'],
  ['one\ntwo three\n', 5, 'one\ntwo\n  three\n'],
  ['it took 3.00 ms, 5 % late', 12, 'it took\n  3.00 ms,\n  5 % late'],
  ['', 5, ''],
])('breaks %j at %i', (text, width, broken) => expect(brokenText(text, width)).toBe(broken));
