import { basename, join, normalize } from 'node:path';
import { expect, it } from 'vitest';
import { pipelineFileName } from '../../../src/cli/tune/pipeline-file-name.js';

it.each(['small', 'two-stage', 'Übersetzung 2', 'a.b_c'])('%s is itself', (name) => {
  expect(pipelineFileName(name, '.tune.journal')).toBe(`${name}.tune.journal`);
});

it.each([
  '../../etc/x',
  '/etc/x',
  '..',
  '.',
  '.hidden',
  '-rf',
  'a/b',
  'a\\b',
  'a:b',
  'x'.repeat(300),
  '\u202egnp',
  'a\u0000b',
])('%j stays in its folder, under a name of its own', (name) => {
  const file = pipelineFileName(name, '.tune.journal');
  expect(basename(file)).toBe(file);
  expect(normalize(join('/folder', file))).toBe(`/folder/${file}`);
  expect(file).toMatch(/^[\p{L}\p{N}_ .-]{1,120}$/u);
  expect(file).not.toMatch(/^[.-]/);
  expect(file).not.toBe(pipelineFileName(`${name}x`, '.tune.journal'));
});
