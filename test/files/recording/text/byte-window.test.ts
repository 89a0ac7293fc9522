import { expect, it } from 'vitest';
import { ByteWindow } from '../../../../src/files/recording/text/byte-window.js';
import { temporaryFolder } from '../../../helpers/folder.js';

const folder = temporaryFolder();

it.each([
  ['PAR1\x15\x04', 'a Parquet file'],
  ['PK\x03\x04\x14\x00', 'a zip archive or an Excel workbook'],
  ['\x28\xb5\x2f\xfd\x24', 'packed by zstd'],
  ['BZh91AY&SY', 'packed by bzip2'],
  ['\xfd7zXZ\x00\x00', 'packed by xz'],
  ['\xff\xfea\x00', 'UTF-16 text'],
  ['\xfe\xff\x00a', 'UTF-16 text'],
  ['SQLite format 3\x00', 'an SQLite database'],
])('a file that begins with %j is refused by its name', (begins, name) => {
  const path = folder.write('x', Buffer.from(begins, 'latin1'));
  const { problems, hint } = folder.refusalOf(() => new ByteWindow(path));
  expect(problems).toEqual([`x: is ${name}, must be text`]);
  expect(hint).toBeDefined();
});

it.each(['PK,n\n1,2\n', 'PK\n1\n', 'BZh1,n\n', 'PARITY\n'])('%j is text', (text) => {
  expect(new ByteWindow(folder.write('x', text)).peek()).toBe(text);
});
