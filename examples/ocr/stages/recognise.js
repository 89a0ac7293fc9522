/** Reads one box of text an item: a grey image of the recogniser's height. */
import { readFileSync } from 'node:fs';
import { CROP_HEIGHT, CROP_WIDTH } from '../text/crop-size.js';
import { readCtc } from '../text/ctc.js';
import { ocrModels } from './ocr-models.js';

const CHANNELS = 3;

export async function createStage({ openModel }) {
  const { recognitionPath, dictionaryPath } = await ocrModels();
  const model = await openModel(recognitionPath);
  const alphabet = readAlphabet(dictionaryPath);
  const [input] = model.inputNames;
  const [output] = model.outputNames;
  return {
    async run(items) {
      const shape = [items.length, CHANNELS, CROP_HEIGHT, CROP_WIDTH];
      const results = await model.run({ [input]: { data: tensorOf(items), dims: shape } });
      const { data, dims } = results[output];
      const [, steps, classes] = dims;
      return items.map((_, index) => {
        const scores = data.subarray(index * steps * classes, (index + 1) * steps * classes);
        return { output: readCtc(scores, { steps, classes, alphabet }) };
      });
    },
  };
}

/** The dictionary's characters, one a line, and the space that the model knows beyond them. */
function readAlphabet(path) {
  return [
    ...readFileSync(path, 'utf8')
      .replace(/\r?\n$/, '')
      .split(/\r?\n/),
    ' ',
  ];
}

/** Grey in all channels, -1 black to 1 white; 0 to the right of a shorter line. */
function tensorOf(crops) {
  const area = CROP_WIDTH * CROP_HEIGHT;
  const data = new Float32Array(crops.length * CHANNELS * area);
  crops.forEach(({ width, pixels }, index) => {
    for (let channel = 0; channel < CHANNELS; channel++) {
      const start = (index * CHANNELS + channel) * area;
      for (let place = 0; place < pixels.length; place++) {
        const column = place % width;
        data[start + ((place - column) / width) * CROP_WIDTH + column] = pixels[place] / 127.5 - 1;
      }
    }
  });
  return data;
}
