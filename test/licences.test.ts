/** THIRD-PARTY-LICENCES.md is current, and a new runtime package is a decision. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
// @ts-expect-error: a script without types
import { licencesText } from '../scripts/licences.js';

const ROOT = join(import.meta.dirname, '..');
const MOST_PACKAGES = 65;
/** Licences that may come along with Apache-2.0. */
const COMPATIBLE =
  /^(MIT|\(MIT AND Zlib\)|ISC|0BSD|BSD-[23]-Clause|Apache-2\.0|Python-2\.0|BlueOak-1\.0\.0|Unlicense|CC0-1\.0)$/;

const text = readFileSync(join(ROOT, 'THIRD-PARTY-LICENCES.md'), 'utf8');
const rows = [...text.matchAll(/^\| (\S+) \| (\S+) \| (.+) \|$/gm)]
  .slice(1)
  .map(([, name, , licence]) => ({ name, licence }));

it('is what `npm run licences` writes', () => {
  expect(text).toBe(licencesText());
});

it('lists few packages, all under licences that fit', () => {
  expect(rows.length).toBeGreaterThan(20);
  expect(rows.length).toBeLessThanOrEqual(MOST_PACKAGES);
  expect(rows.filter(({ licence }) => !COMPATIBLE.test(licence!))).toEqual([]);
});
