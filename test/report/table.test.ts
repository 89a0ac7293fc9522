import { expect, it } from 'vitest';
import { emphasisOf, formatTable, type Table } from '../../src/report/table.js';

const PLAIN = { terminal: false, color: false };
const DRAWN = { terminal: true, color: false };

const TABLE: Table = {
  columns: [
    { heading: 'stage', align: 'left' },
    { heading: 'delay\n(ms)', align: 'right' },
  ],
  rows: [
    ['prepare', '1.00'],
    ['classify', '12.00'],
  ],
};

it('aligns plain columns and leaves no blanks at line ends', () => {
  const stageLast = { columns: [...TABLE.columns].reverse(), rows: TABLE.rows.map((row) => [...row].reverse()) };
  expect(formatTable(TABLE, PLAIN)).toBe('          delay\nstage      (ms)\nprepare    1.00\nclassify  12.00\n');
  expect(formatTable(stageLast, PLAIN)).toBe('delay\n (ms)  stage\n 1.00  prepare\n12.00  classify\n');
});

it('draws borders on a terminal, and a rule above the total', () => {
  expect(formatTable({ ...TABLE, total: ['total', '13.00'] }, DRAWN)).toBe(
    [
      '┌──────────┬───────┐',
      '│          │ delay │',
      '│ stage    │  (ms) │',
      '├──────────┼───────┤',
      '│ prepare  │  1.00 │',
      '│ classify │ 12.00 │',
      '├──────────┼───────┤',
      '│ total    │ 13.00 │',
      '└──────────┴───────┘',
      '',
    ].join('\n'),
  );
});

it('keeps a table without rows readable', () => {
  expect(formatTable({ ...TABLE, rows: [] }, PLAIN)).toBe('       delay\nstage   (ms)\n');
});

it('colours only when asked to', () => {
  expect(emphasisOf({ terminal: true, color: false }).bad('late')).toBe('late');
  expect(emphasisOf({ terminal: true, color: true }).bad('late')).toBe('\u001b[31mlate\u001b[39m');
  expect(formatTable(TABLE, DRAWN)).not.toContain('\u001b');
  expect(formatTable(TABLE, { terminal: true, color: true })).toContain('\u001b[1mdelay\u001b[22m');
});
