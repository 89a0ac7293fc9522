/** Temporary files never follow what somebody put under their name. */
import { readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { openLineFile } from '../../../src/files/system/line-file.js';
import { writeFileAtomically } from '../../../src/files/system/write-file.js';
import { writeTraceFile } from '../../../src/files/trace/trace-writer.js';
import { temporaryFolder } from '../../helpers/folder.js';

const folder = temporaryFolder();

it.each<readonly [string, (path: string) => unknown]>([
  ['a file written at once', (path) => writeFileAtomically(path, 'new\n')],
  [
    'a file written line by line',
    (path) => {
      const lines = openLineFile(path);
      lines.add('new\n');
      lines.finish();
    },
  ],
  [
    'a trace',
    (path) => {
      let left = 1;
      return writeTraceFile(path, { read: () => left-- });
    },
  ],
])('%s leaves alone where a planted link leads', async (name, write) => {
  const kept = folder.write(`${name}.kept`, 'mine\n');
  symlinkSync(kept, join(folder.path, `.${name}.${process.pid}.tmp`));
  const path = join(folder.path, name);
  await write(path);
  expect(readFileSync(kept, 'utf8')).toBe('mine\n');
  expect(readFileSync(path, 'utf8')).toMatch(/^(new|arrival_ms\n0)\n$/);
});
