import { appendFileSync, copyFileSync, mkdtempSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type FollowedFile, followFile } from '../../../src/files/system/follow-file.js';

let folder: string;
let path: string;
let followed: FollowedFile | undefined;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'follow-'));
  path = join(folder, 'access.log');
});
afterEach(() => {
  followed?.close();
  followed = undefined;
  rmSync(folder, { recursive: true });
});

function linesNow(): readonly string[] {
  return followed!.readNew().lines;
}

it('begins at the end, and tells each whole line once', () => {
  writeFileSync(path, 'old\n');
  followed = followFile(path);
  expect(linesNow()).toEqual([]);
  appendFileSync(path, 'a\nb\r\nhal');
  expect(linesNow()).toEqual(['a', 'b']);
  appendFileSync(path, 'f\n');
  expect(linesNow()).toEqual(['half']);
});

it('waits for a file that is not there, and tells it from its start', () => {
  followed = followFile(path);
  expect(linesNow()).toEqual([]);
  writeFileSync(path, 'a\n');
  expect(linesNow()).toEqual(['a']);
});

it('reads a renamed file to its end before the new one', () => {
  writeFileSync(path, '');
  followed = followFile(path);
  appendFileSync(path, 'a\n');
  renameSync(path, `${path}.1`);
  appendFileSync(`${path}.1`, 'b\n');
  expect(followed.readNew()).toEqual({ lines: ['a', 'b'], hasGap: false });
  writeFileSync(path, 'c\n');
  appendFileSync(`${path}.1`, 'd\n');
  expect(followed.readNew()).toEqual({ lines: ['d', 'c'], hasGap: false });
});

it('says that lines may be missing when the file was copied and cut', () => {
  writeFileSync(path, '');
  followed = followFile(path);
  appendFileSync(path, 'a\nb\n');
  expect(linesNow()).toEqual(['a', 'b']);
  copyFileSync(path, `${path}.1`);
  truncateSync(path);
  appendFileSync(path, 'c\n');
  expect(followed.readNew()).toEqual({ lines: ['c'], hasGap: true });
});

it('puts letters together that a reading cut in two', () => {
  writeFileSync(path, '');
  followed = followFile(path);
  const [first, ...rest] = Buffer.from('é\n');
  appendFileSync(path, Buffer.from([first!]));
  expect(linesNow()).toEqual([]);
  appendFileSync(path, Buffer.from(rest));
  expect(linesNow()).toEqual(['é']);
});

it('refuses a folder', () => {
  expect(() => followFile(folder).readNew()).toThrow('is a folder, must be a file');
});
