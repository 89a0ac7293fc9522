/**
 * Two networks with seeded random weights: what they compute means nothing, how long it takes is real. Their weights are far larger than
 * a processor's cache and each item needs little arithmetic, so a batch costs little more than one item: what such models do on a GPU too.
 */
import { seededRandom } from '../seeded-random.js';
import { writeOnnx } from './onnx-writer.js';

export const INPUT_SIZE = 512;
export const FEATURES = 384;
export const CLASSES = 8;

const HIDDEN = 2048;
const HIDDEN_LAYERS = 4;
const BLOCKS = 8;
const FORWARD = 4 * FEATURES;
const EPSILON = 1e-5;

/** Layers that fully connect their neighbours: 512 to 2048, three times 2048 to 2048, 2048 to 384; 58 MB. */
export function featureNetwork(seed) {
  const graph = new Graph(seed);
  let last = 'x';
  let size = INPUT_SIZE;
  for (let layer = 0; layer < HIDDEN_LAYERS; layer++) {
    last = graph.relu(graph.dense(last, size, HIDDEN));
    size = HIDDEN;
  }
  return graph.toOnnx('features', graph.dense(last, size, FEATURES), { inputs: INPUT_SIZE, outputs: FEATURES });
}

/**
 * Eight encoder blocks of width 384, each a sequence of one token: attention to itself (whose softmax is 1), a
 * feed-forward part four times as wide, sums and layer norms; then eight classes. 47 MB.
 */
export function encoderNetwork(seed) {
  const graph = new Graph(seed);
  let last = 'x';
  for (let block = 0; block < BLOCKS; block++) {
    const attended = graph.dense(graph.dense(last, FEATURES, FEATURES), FEATURES, FEATURES);
    const middle = graph.norm(graph.add(last, attended), FEATURES);
    const forward = graph.dense(graph.relu(graph.dense(middle, FEATURES, FORWARD)), FORWARD, FEATURES);
    last = graph.norm(graph.add(middle, forward), FEATURES);
  }
  const classes = graph.softmax(graph.dense(last, FEATURES, CLASSES));
  return graph.toOnnx('encoder', classes, { inputs: FEATURES, outputs: CLASSES });
}

/** Gathers nodes and weights; each method returns the name of its result. */
class Graph {
  #random;
  #nodes = [];
  #weights = [];

  constructor(seed) {
    this.#random = seededRandom(seed);
  }

  dense(input, from, to) {
    const spread = Math.sqrt(6 / from);
    const weights = this.#weight([from, to], () => (this.#random() * 2 - 1) * spread);
    return this.#node('Gemm', [input, weights, this.#weight([to], () => 0)]);
  }

  norm(input, size) {
    const scale = this.#weight([size], () => 1);
    return this.#node('LayerNormalization', [input, scale, this.#weight([size], () => 0)], { epsilon: EPSILON });
  }

  relu(input) {
    return this.#node('Relu', [input]);
  }

  add(first, second) {
    return this.#node('Add', [first, second]);
  }

  softmax(input) {
    return this.#node('Softmax', [input], { axis: 1 });
  }

  toOnnx(name, result, { inputs, outputs }) {
    this.#nodes.push({ op: 'Identity', inputs: [result], output: 'y' });
    return writeOnnx({
      name,
      nodes: this.#nodes,
      weights: this.#weights,
      inputs: [{ name: 'x', dims: ['items', inputs] }],
      outputs: [{ name: 'y', dims: ['items', outputs] }],
    });
  }

  #node(op, inputs, attributes) {
    const output = `${op}${this.#nodes.length}`;
    this.#nodes.push({ op, inputs, output, attributes });
    return output;
  }

  #weight(dims, draw) {
    const name = `weight${this.#weights.length}`;
    const values = new Float32Array(dims.reduce((size, dim) => size * dim, 1));
    for (let place = 0; place < values.length; place++) values[place] = draw();
    this.#weights.push({ name, dims, values });
    return name;
  }
}
