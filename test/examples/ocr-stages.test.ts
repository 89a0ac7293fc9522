/** The stages of examples/ocr with their real models, one after the other in this process. */
import { beforeAll, expect, it } from 'vitest';
import { openOnnxModel } from '../../src/serving/modules/onnx-session.js';
import type { StageModule, StageResult, StageRunner } from '../../src/serving/modules/stage-module.js';
import { exampleModule } from '../helpers/example-module.js';

interface Queries {
  queryInputs(seed: number): (query: number) => readonly { name: string; data: readonly string[] }[];
  queryAnswers(seed: number): (query: number) => readonly string[];
}

const SEED = 11;
const queries = await exampleModule<Queries>('ocr/queries.js');
const stages: Record<string, StageRunner> = {};

beforeAll(async () => {
  for (const name of ['detect', 'recognise', 'combine']) {
    const { createStage } = await exampleModule<StageModule>(`ocr/stages/${name}.js`);
    const openModel = (model: string | Uint8Array) => openOnnxModel(model, import.meta.dirname);
    const stage = { name, kind: 'model' as const, model: name, parents: [] };
    stages[name] = await createStage({ stage, children: [], folder: import.meta.dirname, openModel });
  }
});

/** What the pipeline answers to images that form one batch at the detector. */
async function read(images: readonly string[]): Promise<unknown[]> {
  const found = await stages.detect!.run(images.map((image) => ({ image: { data: [image] } })));
  return Promise.all(
    found.map(async ({ send }) => {
      const { recognise = [], combine } = send ?? {};
      const texts: readonly StageResult[] = recognise.length === 0 ? [] : await stages.recognise!.run(recognise);
      const joined = { detect: combine, ...(texts.length === 0 ? {} : { recognise: texts.map((t) => t.output) }) };
      return (await stages.combine!.run([joined]))[0]!.output;
    }),
  );
}

const imageOf = (query: number) => queries.queryInputs(SEED)(query)[0]!.data[0]!;

it('reads what was drawn', async () => {
  const sample = [0, 1, 2, 3];
  expect(await read(sample.map(imageOf))).toEqual(sample.map(queries.queryAnswers(SEED)));
});

it('answers no lines for an image without text', async () => {
  const blank = Buffer.concat([Buffer.from('P5\n320 160\n255\n'), Buffer.alloc(320 * 160, 235)]).toString('base64');
  expect(await read([blank])).toEqual([[]]);
});

it('reads a larger image, as it would its half', async () => {
  const { decodePgm, encodePgm, resizePart } = await exampleModule<{
    decodePgm(file: Uint8Array): { width: number; height: number };
    encodePgm(image: object): Uint8Array;
    resizePart(image: object, box: object, size: object): object;
  }>('ocr/image/gray-image.js');
  const image = decodePgm(Buffer.from(imageOf(0), 'base64'));
  const larger = resizePart(image, { x: 0, y: 0, ...image }, { width: 2 * image.width, height: 2 * image.height });
  expect(await read([Buffer.from(encodePgm(larger)).toString('base64')])).toEqual([queries.queryAnswers(SEED)(0)]);
});
