/** A log of `serve` beside a disk that refuses: said once, and the file keeps whole lines. */
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { CliIo } from '../../../src/cli/io/io.js';
import { openLineLog } from '../../../src/cli/serve/line-log.js';
import { temporaryFolder } from '../../helpers/folder.js';

const folder = temporaryFolder();
const LINE = `${'a'.repeat(1000)}\n`;

function logTo(path: string) {
  const said: string[] = [];
  const io = { cwd: folder.path, stderr: (text: string) => void said.push(text) } as unknown as CliIo;
  return { log: openLineLog(path, { option: '--batches', what: 'batches' }, io), said };
}

it('writes line by line, and gives the file its name at the end', () => {
  const { log, said } = logTo('batches.ndjson');
  for (let n = 0; n < 100; n++) log.add(LINE);
  expect(existsSync(join(folder.path, 'batches.ndjson'))).toBe(false);
  log.finish();
  expect(readFileSync(join(folder.path, 'batches.ndjson'), 'utf8')).toBe(LINE.repeat(100));
  expect(said).toEqual([]);
});

it.runIf(existsSync('/dev/full'))('says once that the disk is full, and goes on', () => {
  const { log, said } = logTo('/dev/full');
  for (let n = 0; n < 1000; n++) log.add(LINE);
  log.finish();
  expect(said).toEqual([
    'warning: --batches: /dev/full: the disk is full: no more batches are written, serving goes on\n',
  ]);
  expect(existsSync('/dev/full')).toBe(true);
});

it('says so where only the end is refused', () => {
  folder.write('gone/x', '');
  const { log, said } = logTo('gone/batches.ndjson');
  log.add(LINE);
  rmSync(join(folder.path, 'gone'), { recursive: true });
  log.finish();
  expect(said).toEqual([expect.stringContaining('gone/batches.ndjson: no such file')]);
});
