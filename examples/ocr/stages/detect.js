/**
 * Finds the text on an image. The query's input is `image`: a PGM file in base64. Every box found is cut out and sent to `recognise`; the
 * boxes themselves go to `combine`, which thereby hears of images without text too.
 */
import { decodePgm, resizePart } from '../image/gray-image.js';
import { boxesOf } from '../text/boxes.js';
import { CROP_HEIGHT, CROP_WIDTH } from '../text/crop-size.js';
import { ocrModels } from './ocr-models.js';

const WIDTH = 320;
const HEIGHT = 160;
const PAPER = 255;
const CHANNELS = [
  { mean: 0.485, deviation: 0.229 },
  { mean: 0.456, deviation: 0.224 },
  { mean: 0.406, deviation: 0.225 },
];

export async function createStage({ openModel }) {
  const { detectionPath } = await ocrModels();
  const model = await openModel(detectionPath);
  const [input] = model.inputNames;
  const [output] = model.outputNames;
  return {
    async run(items) {
      const images = items.map(({ image }) => decodePgm(Buffer.from(image.data[0], 'base64')));
      const pages = images.map(fitted);
      const shape = [items.length, CHANNELS.length, HEIGHT, WIDTH];
      const results = await model.run({ [input]: { data: tensorOf(pages), dims: shape } });
      const probabilities = results[output].data;
      return images.map((image, index) => {
        const map = probabilities.subarray(index * WIDTH * HEIGHT, (index + 1) * WIDTH * HEIGHT);
        const boxes = boxesOf(map, { width: WIDTH, height: HEIGHT }).map((box) => within(box, image, pages[index]));
        return { output: boxes, send: { recognise: boxes.map((box) => cropOf(image, box)), combine: [boxes] } };
      });
    },
  };
}

/** The image at the size the model takes, its shape kept, paper in what is left over. */
function fitted(image) {
  const zoom = Math.min(WIDTH / image.width, HEIGHT / image.height);
  if (zoom === 1 && image.width === WIDTH && image.height === HEIGHT) return { pixels: image.pixels, zoom };
  const size = {
    width: Math.max(1, Math.round(image.width * zoom)),
    height: Math.max(1, Math.round(image.height * zoom)),
  };
  const { pixels } = resizePart(image, { x: 0, y: 0, width: image.width, height: image.height }, size);
  const page = new Uint8Array(WIDTH * HEIGHT).fill(PAPER);
  for (let row = 0; row < size.height; row++) {
    page.set(pixels.subarray(row * size.width, (row + 1) * size.width), row * WIDTH);
  }
  return { pixels: page, zoom };
}

function tensorOf(pages) {
  const area = WIDTH * HEIGHT;
  const data = new Float32Array(pages.length * CHANNELS.length * area);
  pages.forEach(({ pixels }, index) => {
    CHANNELS.forEach(({ mean, deviation }, channel) => {
      const start = (index * CHANNELS.length + channel) * area;
      for (let place = 0; place < area; place++) data[start + place] = (pixels[place] / 255 - mean) / deviation;
    });
  });
  return data;
}

/** A box of the page as a box of the image it was made from. */
function within({ x, y, width, height }, image, { zoom }) {
  const left = Math.min(image.width - 1, Math.round(x / zoom));
  const top = Math.min(image.height - 1, Math.round(y / zoom));
  return {
    x: left,
    y: top,
    width: Math.max(1, Math.min(image.width - left, Math.round(width / zoom))),
    height: Math.max(1, Math.min(image.height - top, Math.round(height / zoom))),
  };
}

/** The box at the height that the recogniser takes, at most as wide as it takes. */
function cropOf(image, box) {
  const width = Math.min(CROP_WIDTH, Math.max(1, Math.round((box.width * CROP_HEIGHT) / box.height)));
  return resizePart(image, box, { width, height: CROP_HEIGHT });
}
