import { expect, it } from 'vitest';
import { visibleWidth, wrapped } from '../../src/report/fit-table.js';
import { type Column, formatTable, type Table } from '../../src/report/table.js';
import { diceOf } from '../helpers/random-pipelines.js';

const left = (heading: string): Column => ({ heading, align: 'left' });
const right = (heading: string): Column => ({ heading, align: 'right' });
const fitted = (table: Table, columns: number) => formatTable(table, { terminal: false, color: false, columns });

const CLAIMS: Table = {
  columns: [left('hardware'), right('$/h'), left('claim')],
  rows: [
    ['cpu-1', '-', 'overloaded at any number of replicas'],
    ['t4', '2.18', 'proved'],
  ],
};

it('leaves a table alone that fits', () => {
  expect(fitted(CLAIMS, 52)).toBe(
    [
      'hardware   $/h  claim',
      'cpu-1        -  overloaded at any number of replicas',
      't4        2.18  proved',
      '',
    ].join('\n'),
  );
});

it('wraps text between words, and keeps its row together', () => {
  expect(fitted(CLAIMS, 42)).toBe(
    [
      'hardware   $/h  claim',
      'cpu-1        -  overloaded at any number',
      '                of replicas',
      't4        2.18  proved',
      '',
    ].join('\n'),
  );
});

it('continues below, by the first column, where wrapping is not enough', () => {
  const numbers = ['items', 'batches', 'longest'].map(right);
  const table: Table = {
    columns: [left('stage'), ...numbers],
    rows: [
      ['detect', '1,200', '600', '17'],
      ['read', '3,600', '900', '40'],
    ],
    total: ['total', '4,800', '1,500', ''],
  };
  expect(fitted(table, 23)).toBe(
    [
      'stage   items  batches',
      'detect  1,200      600',
      'read    3,600      900',
      'total   4,800    1,500',
      '',
      'stage   longest',
      'detect       17',
      'read         40',
      'total',
      '',
    ].join('\n'),
  );
});

it('puts the last column below its row before it does so', () => {
  const table: Table = { ...CLAIMS, columns: [left('hardware'), right('price in\n$/h'), left('claim')] };
  expect(fitted(table, 40)).toBe(
    [
      '          price in',
      'hardware       $/h',
      '        claim',
      'cpu-1            -',
      '        overloaded at any number of',
      '        replicas',
      't4            2.18',
      '        proved',
      '',
    ].join('\n'),
  );
});

it('goes without borders before it wraps', () => {
  const style = { terminal: true, color: false };
  expect(formatTable(CLAIMS, { ...style, columns: 58 })).toContain('│ cpu-1    │');
  expect(formatTable(CLAIMS, { ...style, columns: 57 })).toBe(fitted(CLAIMS, 57));
});

it('breaks a word that is longer than its column at a mark, or anywhere', () => {
  expect(wrapped('identify-language', 12)).toBe('identify-\nlanguage');
  expect(wrapped('identifylanguage', 12)).toBe('identifylang\nuage');
  expect(wrapped('1,201 of 120,000 late', 9)).toBe('1,201 of\n120,000\nlate');
});

it('keeps colours on every line of a cell', () => {
  expect(wrapped('\u001b[31mnot proved\u001b[39m', 6)).toBe('\u001b[31mnot\u001b[39m\n\u001b[31mproved\u001b[39m');
});

it('fits 80 and 40 characters whatever the text, as long as numbers do', () => {
  for (let seed = 1; seed <= 200; seed++) {
    const dice = diceOf(seed, 'tables');
    const word = () => 'abcdefghij-klm:nopqrst'.slice(0, dice.whole(1, 22));
    const text = () => Array.from({ length: dice.whole(0, 9) }, word).join(' ');
    const columns = Array.from({ length: dice.whole(1, 12) }, (_, c) => {
      return c > 0 && dice.chance(0.6) ? right(dice.oneOf(['$/h', 'queueing\ndelay p99'])) : left(text());
    });
    const row = () => columns.map(({ align }) => (align === 'left' ? text() : String(dice.whole(0, 999_999))));
    const table = { columns, rows: Array.from({ length: dice.whole(0, 4) }, row), total: row() };
    for (const width of [80, 40]) {
      for (const terminal of [false, true]) {
        const lines = formatTable(table, { terminal, color: terminal, columns: width }).split('\n');
        expect(Math.max(...lines.map(visibleWidth)), `seed ${seed}`).toBeLessThanOrEqual(width);
      }
      // Every number and word is still there.
      const shown = fitted(table, width).replace(/[\s]/g, '');
      const numbers = table.rows.flat().filter((cell) => /^\d+$/.test(cell));
      for (const number of numbers) expect(shown).toContain(number);
    }
  }
});
