import { expect, it } from 'vitest';
import { knownFields } from '../../../../src/files/recording/json/known-fields.js';

it.each<[string, string[]]>([
  ['{"a":1,"b":{"c":"x","d.e":null}}', ['a', 'b.c', 'b.d.e']],
  ['[{"a":1},{"b":[1,2]}]', ['[].a', '[].b[]']],
  [
    '{"data":{"result":[{"metric":{"job":"x"},"values":[[1,"2"],[3,"4"]]}]}}',
    ['data.result[].metric.job', 'data.result[].values[].0', 'data.result[].values[].1'],
  ],
  ['{"a\\"b":[[{"c":1}]]}', ['a"b[].0.c']],
  ['{"log":{"entries":[{"at":"2024-01-01T00:00:00Z","ti', ['log.entries[].at']],
  ['', []],
])('of %s', (text, fields) => {
  expect(knownFields(text)).toEqual(fields);
});
