/** A small text must not cost the process: it is parsed within bounds, or refused. */
import { expect, it } from 'vitest';
import { readPipelineFile } from '../../src/files/pipeline/pipeline-file.js';
import { readServeDeployment } from '../../src/files/serve-config.js';
import { parseYaml } from '../../src/files/yaml-file.js';
import { temporaryFolder } from '../helpers/folder.js';

const folder = temporaryFolder();

it.each([
  ['lists in lists', 'a: '.concat('['.repeat(5000))],
  ['lists in lists, in blocks', '- '.repeat(5000)],
  ['keys that are mappings', '? '.repeat(5000)],
  ['mappings in mappings', 'a: '.concat('{a: '.repeat(5000))],
  ['mappings in mappings, in blocks', Array.from({ length: 500 }, (_, i) => `${' '.repeat(i)}a:\n`).join('')],
])('refuses %s, thousands deep', (_, text) => {
  const { problems } = folder.refusalOf(() => parseYaml('x.yaml', text));
  expect(problems).toEqual(['x.yaml: not YAML: nested too deeply']);
  expect(readServeDeployment(text, 'app', 'deployment')).toBeUndefined();
});

it('tells the first of a hundred thousand faults and counts the others', () => {
  const { problems } = folder.refusalOf(() => parseYaml('x.yaml', '}\n'.repeat(100_000)));
  expect(problems[0]).toBe('x.yaml:1:1: not YAML: Unexpected flow-map-end token in YAML document: "}"');
  expect(problems).toHaveLength(51);
  expect(problems.at(-1)).toBe('… and 99950 more');
  expect(new Error('x').stack).toContain('yaml-document.test');
});

it('tells the first of tens of thousands of unknown keys and counts the others', () => {
  const keys = Array.from({ length: 40_000 }, (_, i) => `k${i}: 1\n`).join('');
  const { problems } = folder.refusalOf(() => readPipelineFile(folder.write('keys.yaml', `version: 1\n${keys}`)));
  expect(problems[0]).toMatch(/^keys\.yaml:2: k0 is not a known key, must be one of version, /);
  expect(problems).toHaveLength(51);
  expect(problems.at(-1)).toBe('… and 39954 more');
});

it('tells of a second document', () => {
  const { problems } = folder.refusalOf(() => parseYaml('x.yaml', 'a: 1\n---\nb: 1\n'));
  expect(problems).toEqual(['x.yaml:2:1: not YAML: a second document begins, must be one']);
});

it.each([
  ['a list', '[a, b]: 1'],
  ['a mapping', '? {a: 1}\n: 2'],
  ['nested in many others', `${'? '.repeat(150)}a`],
  ['a name for a list', 'x: &l [1]\n*l : 2'],
])('refuses a key that is %s', (_, text) => {
  const { problems } = folder.refusalOf(() => parseYaml('x.yaml', text));
  expect(problems[0]).toMatch(/^x\.yaml:\d+:\d+: not YAML: a key is a list or a mapping, must be text$/);
});
