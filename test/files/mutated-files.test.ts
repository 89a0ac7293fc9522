// @module-tag slow
/** Law: whatever happens to a file, it is read or refused with an InputError; no other error ever comes out. */
import { expect, it } from 'vitest';
import { InputError } from '../../src/errors.js';
import { readPipelineFile } from '../../src/files/pipeline/pipeline-file.js';
import { formatPlan, readPlanFile } from '../../src/files/plan/plan-file.js';
import { readHardwareFile } from '../../src/files/profile/hardware-file.js';
import { readProfileFiles } from '../../src/files/profile/profile-file.js';
import { readSamplesFiles } from '../../src/files/profile/samples-file.js';
import { randomStream } from '../../src/random.js';
import { examplesOf } from '../helpers/documented-examples.js';
import { temporaryFolder } from '../helpers/folder.js';

const ROUNDS = 400;
const SPLICES = [
  ...'[]{}:,-&*!|>\'"%@#?\n\t \u0000\u001b\ufeff'.split(''),
  ...[
    'null',
    '~',
    '.nan',
    '-1',
    '1e999',
    '0x10',
    'true',
    '&a ',
    '*a',
    '<<: ',
    '? ',
    '---\n',
    '%YAML 1.1\n',
    '!!set ',
    '!!binary ',
    '__proto__: 1\n',
  ],
  ...['constructor', '999999999999999999999', '-0', '\r\n', '""', '\ud800', 'ÿ', '  - ', '{1: .5, 2: .5}', 'query'],
];

const folder = temporaryFolder();
const examples = examplesOf('docs/file-formats.md');

it.each<readonly [string, (path: string) => unknown]>([
  ['pipeline.yaml', readPipelineFile],
  ['profiles/hardware.yaml', readHardwareFile],
  ['profiles/measured.csv', (path) => readProfileFiles([path])],
  ['profiles/measured.samples.csv', (path) => readSamplesFiles([path], [])],
  ['plan.yaml', (path) => formatPlan(readPlanFile(path))],
])('%s, mutated at random', (name, read) => {
  const valid = examples.get(name)!;
  const next = randomStream(11, name);
  const below = (limit: number) => Math.floor(next() * limit);
  let refused = 0;
  for (let round = 0; round < ROUNDS; round++) {
    let text = valid;
    for (let edits = 1 + below(4); edits > 0; edits--) {
      const start = below(text.length + 1);
      const end = next() < 0.5 ? start : start + below(30);
      const from = below(text.length);
      const splice = next() < 0.7 ? SPLICES[below(SPLICES.length)]! : text.slice(from, from + below(60));
      text = text.slice(0, start) + splice + text.slice(end);
    }
    try {
      read(folder.write('mutated', text));
    } catch (error) {
      if (!(error instanceof InputError)) throw new Error(`round ${round}: ${JSON.stringify(text)}`, { cause: error });
      refused += 1;
      for (const line of error.problems) expect(isTold(line), line).toBe(true);
    }
  }
  expect(refused).toBeGreaterThan(ROUNDS / 4);
});

/** One line, without escape codes and without a value that the code did not expect. */
function isTold(line: string): boolean {
  return !['\n', '\u001b', 'undefined', '[object'].some((sign) => line.includes(sign));
}
