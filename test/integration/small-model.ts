import { exampleModule } from '../helpers/example-module.js';

const { writeOnnx } = await exampleModule<{ writeOnnx(graph: object): Uint8Array }>('generated/onnx-writer.js');

const SIZE = 8;

/** An ONNX model of one product: input `x` [batch, 8], output `y` [batch, 8]. */
export function smallModel(): Uint8Array {
  return writeOnnx({
    name: 'small',
    nodes: [{ op: 'MatMul', inputs: ['x', 'w'], output: 'y' }],
    weights: [{ name: 'w', dims: [SIZE, SIZE], values: new Float32Array(SIZE * SIZE).fill(0.5) }],
    inputs: [{ name: 'x', dims: ['batch', SIZE] }],
    outputs: [{ name: 'y', dims: ['batch', SIZE] }],
  });
}
