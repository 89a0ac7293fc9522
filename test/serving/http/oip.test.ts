/** Tensors of the Open Inference Protocol, in and out. */
import { describe, expect, it } from 'vitest';
import { itemsOf, readInferRequest } from '../../../src/serving/http/oip-request.js';
import { outputTensors } from '../../../src/serving/http/oip-tensors.js';

const read = (inputs: unknown, more: object = {}) =>
  readInferRequest(Buffer.from(JSON.stringify({ inputs, ...more })), undefined);
const tensor = (given: object = {}) => ({ name: 'x', shape: [2], datatype: 'FP32', data: [1, 2], ...given });

describe('a request', () => {
  it.each([
    ['numbers', tensor(), Float32Array.of(1, 2)],
    [
      'nested data, row by row',
      tensor({
        shape: [2, 2],
        data: [
          [1, 2],
          [3, 4],
        ],
      }),
      Float32Array.of(1, 2, 3, 4),
    ],
    ['64-bit integers', tensor({ datatype: 'INT64', data: [1, -2] }), BigInt64Array.of(1n, -2n)],
    ['bytes', tensor({ datatype: 'UINT8', data: [0, 255] }), Uint8Array.of(0, 255)],
    ['truths', tensor({ datatype: 'BOOL', data: [true, false] }), [true, false]],
    ['texts', tensor({ datatype: 'BYTES', data: ['a', 'é'] }), ['a', 'é']],
    ['nothing', tensor({ shape: [0], data: [] }), Float32Array.of()],
  ])('may hold %s', (_, input, data) => {
    expect(read([input], { id: 'q' })).toEqual({
      id: 'q',
      tensors: { x: { shape: input.shape, datatype: input.datatype, data } },
    });
  });

  it('refuses data nested as deep as a body allows, and a shape of as many sizes', () => {
    const deep = `${'['.repeat(100_000)}1${']'.repeat(100_000)}`;
    const body = (shape: string) => `{"inputs":[{"name":"x","shape":${shape},"datatype":"FP32","data":${deep}}]}`;
    expect(() => readInferRequest(Buffer.from(body('[1]')), undefined)).toThrow(
      'inputs[0].data = a list, must be nested at most 32 deep',
    );
    expect(() => readInferRequest(Buffer.from(body(deep)), undefined)).toThrow(
      'inputs[0].shape = a list, must be a list of at most 32 sizes',
    );
    const long = `[${'1,'.repeat(99_999)}1]`;
    expect(() => readInferRequest(Buffer.from(body(long)), undefined)).toThrow(
      'shape = a list, must be a list of at most 32 sizes from 0',
    );
  });

  it('may name a tensor like anything that every object inherits', () => {
    const names = ['__proto__', 'constructor', 'toString'];
    const { tensors } = read(names.map((name) => tensor({ name })));
    expect(Object.keys(tensors)).toEqual(names);
  });

  it('may hold binary data behind its JSON', () => {
    const inputs = [
      { name: 'x', shape: [2], datatype: 'FP32', parameters: { binary_data_size: 8 } },
      { name: 's', shape: [2], datatype: 'BYTES', parameters: { binary_data_size: 11 } },
    ];
    const json = Buffer.from(JSON.stringify({ inputs }));
    const numbers = Buffer.from(Float32Array.of(1.5, -2).buffer);
    const texts = Buffer.from([2, 0, 0, 0, 104, 105, 1, 0, 0, 0, 33]); // "hi", "!"
    const { tensors } = readInferRequest(Buffer.concat([json, numbers, texts]), json.length);
    expect(tensors.x!.data).toEqual(Float32Array.of(1.5, -2));
    expect(tensors.s!.data).toEqual(['hi', '!']);
  });

  it.each([
    ['no list of inputs', {}, 'inputs = a mapping, must be a list of tensors'],
    ['a tensor without a name', [tensor({ name: 3 })], 'inputs[0].name = 3, must be a name of its own'],
    ['two of one name', [tensor(), tensor()], 'inputs[1].name = x, must be a name of its own'],
    [
      'a shape that is no shape',
      [tensor({ shape: [-1] })],
      'inputs[0].shape = [-1], must be a list of at most 32 sizes from 0',
    ],
    ['a type nobody knows', [tensor({ datatype: 'FP8' })], 'inputs[0].datatype = FP8, must be one of FP32'],
    ['data that is no list', [tensor({ data: 1 })], 'inputs[0].data = 1, must be a list'],
    ['too little data', [tensor({ data: [1] })], 'inputs[0].data = 1 elements, must be 2, as shape [2] says'],
    ['texts for numbers', [tensor({ data: [1, 'b'] })], 'inputs[0].data[1] = b, must be a number'],
    [
      'fractions for integers',
      [tensor({ datatype: 'INT64', data: [1, 0.5] })],
      'inputs[0].data[1] = 0.5, must be a whole number',
    ],
    [
      'binary data that is not there',
      [tensor({ parameters: { binary_data_size: 8 } })],
      'must be at most the 0 bytes that are left',
    ],
  ])('is refused with %s', (_, inputs, problem) => {
    expect(() => read(inputs)).toThrow(problem);
  });

  it('is refused when it is no JSON', () => {
    expect(() => readInferRequest(Buffer.from('{'), undefined)).toThrow('the body must be a JSON object with inputs');
  });
});

describe('items for one stage', () => {
  it('are the slices of the first dimension', () => {
    const { tensors } = read([
      tensor({ shape: [2, 2], data: [1, 2, 3, 4] }),
      tensor({ name: 'n', datatype: 'BYTES', data: ['a', 'b'] }),
    ]);
    expect(itemsOf(tensors)).toEqual([
      {
        x: { shape: [2], datatype: 'FP32', data: Float32Array.of(1, 2) },
        n: { shape: [], datatype: 'BYTES', data: ['a'] },
      },
      {
        x: { shape: [2], datatype: 'FP32', data: Float32Array.of(3, 4) },
        n: { shape: [], datatype: 'BYTES', data: ['b'] },
      },
    ]);
  });

  it('may be JSON texts', () => {
    const { tensors } = read([tensor({ name: 'items', datatype: 'BYTES', data: ['{"a":1}', '[2]'] })]);
    expect(itemsOf(tensors)).toEqual([{ a: 1 }, [2]]);
  });

  it.each([
    ['no tensor', []],
    ['no first dimension', [tensor({ shape: [], data: [1] })]],
    ['none', [tensor({ shape: [0], data: [] })]],
    ['not as many in all', [tensor(), tensor({ name: 'y', shape: [1], data: [1] })]],
    ['texts that are no JSON', [tensor({ name: 'items', datatype: 'BYTES', data: ['{', '1'] })]],
  ])('are refused with %s', (_, inputs) => {
    expect(() => itemsOf(read(inputs).tensors)).toThrow('must be');
  });
});

describe('an answer', () => {
  it.each<[string, unknown[], object[]]>([
    ['nothing', [], []],
    ['texts', ['a', 'b'], [{ name: 's', shape: [2], datatype: 'BYTES', data: ['a', 'b'] }]],
    ['numbers', [1, 2.5], [{ name: 's', shape: [2], datatype: 'FP64', data: [1, 2.5] }]],
    [
      'vectors',
      [Float32Array.of(1, 2), Float32Array.of(3, 4)],
      [{ name: 's', shape: [2, 2], datatype: 'FP32', data: [1, 2, 3, 4] }],
    ],
    ['integers of 64 bits', [BigInt64Array.of(7n)], [{ name: 's', shape: [1, 1], datatype: 'INT64', data: [7] }]],
    [
      'tensors by name',
      [{ y: { shape: [1, 2], datatype: 'FP32', data: Float32Array.of(1, 2) } }],
      [{ name: 's.y', shape: [1, 2], datatype: 'FP32', data: [1, 2] }],
    ],
    [
      'anything else',
      [{ words: ['a'], scores: Float64Array.of(0.5) }, null],
      [
        {
          name: 's',
          shape: [2],
          datatype: 'BYTES',
          data: ['{"words":["a"],"scores":[0.5]}', 'null'],
          parameters: { content_type: 'application/json' },
        },
      ],
    ],
  ])('may hold %s', (_, outputs, tensors) => {
    expect(outputTensors('s', outputs)).toEqual(tensors);
  });
});
