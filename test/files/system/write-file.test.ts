import { createHash } from 'node:crypto';
import { chmodSync, existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { sha256OfFile } from '../../../src/files/system/hash.js';
import { writeFileAtomically } from '../../../src/files/system/write-file.js';
import { temporaryFolder } from '../../helpers/folder.js';

const folder = temporaryFolder();

it('writes a new file and replaces an old one, leaving nothing beside it', () => {
  const home = join(folder.path, 'home');
  mkdirSync(home);
  const path = join(home, 'plan.yaml');
  writeFileAtomically(path, 'first\n');
  writeFileAtomically(path, 'second\n');
  expect(readFileSync(path, 'utf8')).toBe('second\n');
  expect(readdirSync(home)).toEqual(['plan.yaml']);
});

it('keeps the permissions of the file it replaces', () => {
  const path = folder.write('kept', 'old');
  chmodSync(path, 0o600);
  writeFileAtomically(path, 'new');
  expect(statSync(path).mode & 0o777).toBe(0o600);
});

it('replaces the file behind a symbolic link, not the link', () => {
  const path = folder.write('target', 'old');
  const link = join(folder.path, 'link');
  symlinkSync(path, link);
  writeFileAtomically(link, 'new');
  expect(lstatSync(link).isSymbolicLink()).toBe(true);
  expect(readFileSync(path, 'utf8')).toBe('new');
});

it.skipIf(!existsSync('/dev/null'))('writes to a device without replacing it', () => {
  writeFileAtomically('/dev/null', 'gone');
  expect(statSync('/dev/null').isCharacterDevice()).toBe(true);
});

it('refuses a folder, and a folder that does not exist', () => {
  mkdirSync(join(folder.path, 'out'));
  expect(folder.refusalOf(() => writeFileAtomically(join(folder.path, 'out'), 'x')).problems).toEqual([
    'out: is a folder, must be a file',
  ]);
  expect(folder.refusalOf(() => writeFileAtomically(join(folder.path, 'none/plan.yaml'), 'x'))).toEqual({
    code: 'FILE',
    problems: ['none/plan.yaml: its folder does not exist'],
    hint: 'Create it: mkdir -p none',
  });
});

it.skipIf(!existsSync('/dev/full'))('says that the disk is full', () => {
  expect(folder.refusalOf(() => writeFileAtomically('/dev/full', 'x')).problems).toEqual([
    '/dev/full: the disk is full',
  ]);
});

it('hashes a file of any length', () => {
  // FIPS 180-2, appendix B.1.
  expect(sha256OfFile(folder.write('abc', 'abc'))).toBe(
    'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
  );
  const long = 'infer-plan '.repeat(300_000);
  expect(sha256OfFile(folder.write('long', long))).toBe(createHash('sha256').update(long).digest('hex'));
  expect(folder.refusalOf(() => sha256OfFile(folder.path)).problems).toEqual(['.: is a folder, must be a file']);
});
