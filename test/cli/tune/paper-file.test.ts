import { join } from 'node:path';
import { expect, it } from 'vitest';
import { paperIn } from '../../../src/cli/tune/paper-file.js';
import { temporaryFolder } from '../../helpers/folder.js';

const folder = temporaryFolder();
const paper = (name: string) => paperIn(join(folder.path, name), ['a', 'b']);

it('keeps replicas in a file', () => {
  expect(paper('new.json').read()).toBeUndefined();
  paper('new.json').write({ a: 3, b: 1 });
  expect(paper('new.json').read()).toEqual({ a: 3, b: 1 });
});

it.each<[string, string]>([
  ['{"a":', 'p:1:6: not YAML'],
  ['{"a": -1}', 'p:1: a = -1, must be an integer between 0 and 1000000'],
  ['{"a": 1e9}', 'p:1: a = 1000000000, must be an integer between 0 and 1000000'],
  ['{"a": 1.5}', 'p:1: a = 1.5, must be an integer'],
  ['{"a": "3"}', 'p:1: a = "3", must be an integer between 0 and 1000000 (a number, not text)'],
  ['{"a": null}', 'p:1: a = (empty), must be an integer'],
  ['{"a": 1,\n "c": 2}', 'p:2: c is not a known key'],
  ['[1]', 'p:1: the file = a list, must be a mapping'],
  ['', 'p'],
  ['<html>log in</html>', 'p'],
])('refuses %s', (text, problem) => {
  folder.write('p', text);
  const { problems } = folder.refusalOf(() => paper('p').read());
  expect(problems[0]).toContain(problem);
});
