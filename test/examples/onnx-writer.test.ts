import { describe, expect, it } from 'vitest';
import { exampleModule } from '../helpers/example-module.js';

interface Writer {
  writeOnnx(graph: object): Uint8Array;
}
const { writeOnnx } = await exampleModule<Writer>('generated/onnx-writer.js');

/** One Gemm y = x w + b, 2 numbers to 1, and a norm's attribute. */
const MODEL = writeOnnx({
  name: 'g',
  nodes: [{ op: 'Gemm', inputs: ['x', 'w', 'b'], output: 'y', attributes: { alpha: 0.5, transB: 0 } }],
  weights: [
    { name: 'w', dims: [2, 1], values: Float32Array.of(1, 2) },
    { name: 'b', dims: [1], values: Float32Array.of(3) },
  ],
  inputs: [{ name: 'x', dims: ['n', 2] }],
  outputs: [{ name: 'y', dims: ['n', 1] }],
});

/** [field, value] pairs of a protocol buffer message: numbers, or bytes as hexadecimal text. */
function fieldsOf(bytes: Uint8Array): (readonly [number, number | Uint8Array])[] {
  const found: (readonly [number, number | Uint8Array])[] = [];
  let at = 0;
  const varint = () => {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = bytes[at++]!;
      value += (byte & 127) * factor;
      if (byte < 128) return value;
    }
  };
  while (at < bytes.length) {
    const tag = varint();
    const field = tag >> 3;
    const wire = tag & 7;
    if (wire === 0) found.push([field, varint()]);
    else {
      const length = wire === 5 ? 4 : varint();
      found.push([field, bytes.subarray(at, at + length)]);
      at += length;
    }
  }
  return found;
}

const bytesAt = (bytes: Uint8Array, ...path: number[]): Uint8Array =>
  path.reduce<Uint8Array>((inner, field) => fieldsOf(inner).find(([f]) => f === field)?.[1] as Uint8Array, bytes);
const textOf = (bytes: Uint8Array) => Buffer.from(bytes).toString('utf8');

describe('a written model', () => {
  const graph = bytesAt(MODEL, 7);

  it('states IR version 8 and operator set 17', () => {
    expect(fieldsOf(MODEL)[0]).toEqual([1, 8]);
    expect(fieldsOf(bytesAt(MODEL, 8))).toEqual([[2, 17]]);
  });

  it('holds the node with its inputs, output and attributes', () => {
    const node = fieldsOf(bytesAt(graph, 1));
    expect(node.filter(([f]) => f === 1).map(([, value]) => textOf(value as Uint8Array))).toEqual(['x', 'w', 'b']);
    expect(textOf(bytesAt(graph, 1, 2))).toBe('y');
    expect(textOf(bytesAt(graph, 1, 4))).toBe('Gemm');
    const attributes = node.filter(([f]) => f === 5).map(([, value]) => fieldsOf(value as Uint8Array));
    // 0.5 is a float (type 1, 0x3f000000, little-endian); 0 is an integer (type 2).
    expect([...(attributes[0]![1]![1] as Uint8Array)]).toEqual([0, 0, 0, 0x3f]);
    expect(attributes[0]![2]).toEqual([20, 1]);
    expect(attributes[1]!.slice(1)).toEqual([
      [3, 0],
      [20, 2],
    ]);
  });

  it('holds weights as raw little-endian floats with their shape', () => {
    const weight = bytesAt(graph, 5);
    expect(fieldsOf(weight).slice(0, 3)).toEqual([
      [1, 2],
      [1, 1],
      [2, 1],
    ]);
    expect([...bytesAt(weight, 9)]).toEqual([0, 0, 0x80, 0x3f, 0, 0, 0, 0x40]);
  });

  it('names the dimension that varies and states the fixed one', () => {
    const dims = fieldsOf(bytesAt(graph, 11, 2, 1, 2)).map(([, dim]) => fieldsOf(dim as Uint8Array));
    expect(textOf(dims[0]![0]![1] as Uint8Array)).toBe('n');
    expect(dims[1]).toEqual([[1, 2]]);
  });
});
