import { join } from 'node:path';
import { expect, it } from 'vitest';
import { readPipelineFile } from '../../../src/files/pipeline/pipeline-file.js';
import { temporaryFolder } from '../../helpers/folder.js';

const folder = temporaryFolder();
const withModule = (module: string) =>
  folder.write(
    'deep/pipeline.yaml',
    `version: 1\nname: p\nprofiles: p.csv\nhardware: h.yaml\nstages:\n  - { name: a, module: ${module} }\n  - { name: b, parents: [a] }\n`,
  );

it('reads the module of a stage, relative to the file', () => {
  const { stages } = readPipelineFile(withModule('stages/a.js')).pipeline;
  expect(stages.map(({ module }) => module)).toEqual([join(folder.path, 'deep/stages/a.js'), undefined]);
});

it.each(['""', '3', '[a.js]'])('refuses %s as one', (module) => {
  const { problems } = folder.refusalOf(() => readPipelineFile(withModule(module)));
  expect(problems).toEqual([
    expect.stringMatching(/stages\[0\]\.module = .*, must be the path of a JavaScript module/),
  ]);
});
