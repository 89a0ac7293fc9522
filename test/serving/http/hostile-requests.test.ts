/** Requests that are small and ask for much, or lie: each is refused in words, with work that its bytes bound. */
import { describe, expect, it } from 'vitest';
import { InputError } from '../../../src/errors.js';
import { countItems, itemsOf, readInferRequest, weightOfAll } from '../../../src/serving/http/oip-request.js';

const read = (body: string | Buffer, jsonLength?: number) => readInferRequest(Buffer.from(body), jsonLength);
const withInputs = (...inputs: unknown[]) => JSON.stringify({ inputs });
const tensor = (given: object = {}) => ({ name: 'x', shape: [1], datatype: 'FP32', data: [1], ...given });
const nested = (levels: number, inside = '1') => '['.repeat(levels) + inside + ']'.repeat(levels);
const inputOf = (data: string, shape = '[1]') =>
  `{"inputs":[{"name":"x","shape":${shape},"datatype":"FP32","data":${data}}]}`;
/** One text as BYTES in binary form, with the length that it claims. */
const claimed = (length: number, text: string) => {
  const bytes = Buffer.alloc(4 + text.length, text);
  bytes.writeUInt32LE(length);
  bytes.write(text, 4);
  return bytes;
};
const withBinary = (input: object, binary: Buffer) => {
  const json = Buffer.from(withInputs({ name: 'x', ...input }));
  return { body: Buffer.concat([json, binary]), jsonLength: json.length };
};

function refusalOf(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    expect(error).toBeInstanceOf(InputError);
    return (error as InputError).message;
  }
  throw new Error('was not refused');
}

it.each([
  ['data nested 100,000 deep', inputOf(nested(100_000)), 'nested at most 32 deep'],
  ['data nested one too deep', inputOf(nested(33)), 'nested at most 32 deep'],
  ['a shape nested 100,000 deep', inputOf('[1]', nested(100_000)), 'inputs[0].shape = a list, must be'],
  ['a name nested 100,000 deep', `{"inputs":[{"name":${nested(100_000)}}]}`, 'inputs[0].name = a list'],
  ['an id nested 100,000 deep', `{"id":${nested(100_000)},"inputs":[]}`, 'id = a list, must be text'],
  ['inputs nested 100,000 deep', `{"inputs":${nested(100_000)}}`, 'inputs[0].name = (missing)'],
  ['a body nested 100,000 deep', nested(100_000), 'inputs = (missing), must be a list of tensors'],
  ['objects nested 100,000 deep', `{"inputs":${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}}`, 'a mapping'],
  ['a shape whose product overflows', withInputs(tensor({ shape: [2 ** 40, 2 ** 40] })), 'must be a list of'],
  [
    'one that overflows beside a 0',
    withInputs(tensor({ shape: [2 ** 40, 2 ** 40, 0], data: [] })),
    'must be a list of',
  ],
  ['a size of 2^53', withInputs(tensor({ shape: [2 ** 53, 0], data: [] })), 'must be a list of'],
  ['a size below 0', withInputs(tensor({ shape: [-1, -1] })), 'must be a list of'],
  ['a fraction of a size', withInputs(tensor({ shape: [0.5, 2] })), 'must be a list of'],
  ['33 dimensions', withInputs(tensor({ shape: new Array(33).fill(1) })), 'must be a list of at most 32'],
  ['a size as a text', withInputs(tensor({ shape: ['1'] })), 'must be a list of'],
  ['a type of Object', withInputs(tensor({ datatype: 'constructor' })), 'datatype = constructor, must be one of'],
  ['a type that is a mapping', withInputs(tensor({ datatype: { toString: 1 } })), 'datatype = a mapping'],
  ['an endless type', withInputs(tensor({ datatype: 'F'.repeat(100_000) })), 'must be one of FP32'],
  ['1,001 tensors', withInputs(...Array.from({ length: 1001 }, (_, n) => tensor({ name: `x${n}` }))), 'at most 1000'],
  ['a list for a body', '[1, 2]', 'inputs = (missing)'],
  ['null for a body', 'null', 'must be a JSON object'],
  ['bytes that are no UTF-8', Buffer.from('{"inputs":[],"id":"\xff"}', 'latin1'), 'must be a JSON object'],
  ['half a JSON', '{"inputs":[', 'must be a JSON object'],
  ['too many texts', withInputs(tensor({ datatype: 'BYTES', data: new Array(1_000_001).fill('') })), 'at most 1000000'],
])('refuses %s', (_, body, said) => {
  const message = refusalOf(() => read(body));
  expect(message).toContain(said);
  expect(message.length).toBeLessThan(400);
});

describe('binary data that lies', () => {
  it.each([
    ['a text of 4 GiB', { shape: [1], datatype: 'BYTES' }, claimed(0xffffffff, 'abcd'), 8],
    ['a text that ends after the data', { shape: [1], datatype: 'BYTES' }, claimed(5, 'abcd'), 8],
    ['half a length', { shape: [1], datatype: 'BYTES' }, Buffer.alloc(3), 3],
    ['no multiple of the element', { shape: [1], datatype: 'FP32' }, Buffer.alloc(5), 5],
    ['more elements than it holds', { shape: [1000], datatype: 'FP64' }, Buffer.alloc(8), 8],
    ['more bytes than are left', { shape: [1], datatype: 'FP64' }, Buffer.alloc(8), 9],
    ['a size below 0', { shape: [1], datatype: 'FP64' }, Buffer.alloc(8), -8],
    ['a size of 2^53', { shape: [1], datatype: 'FP64' }, Buffer.alloc(8), 2 ** 53],
    ['a size that is a text', { shape: [1], datatype: 'FP64' }, Buffer.alloc(8), '8'],
    ['a size that is a list', { shape: [1], datatype: 'FP64' }, Buffer.alloc(8), [8]],
    ['a million texts and one', { shape: [1_000_001], datatype: 'BYTES' }, Buffer.alloc(4_000_004), 4_000_004],
    ['a million truths and one', { shape: [1_000_001], datatype: 'BOOL' }, Buffer.alloc(1_000_001), 1_000_001],
  ])('is refused: %s', (_, input, binary, size) => {
    const { body, jsonLength } = withBinary({ ...input, parameters: { binary_data_size: size } }, binary);
    expect(refusalOf(() => read(body, jsonLength))).toContain('must be');
  });

  it.each([[-1], [1.5], [Number.NaN], [Number.POSITIVE_INFINITY], [1000]])(
    'is refused with a header of %d',
    (length) => {
      expect(refusalOf(() => read(withInputs(tensor()), length))).toContain('Inference-Header-Content-Length');
    },
  );
});

describe('items for one stage', () => {
  const itemsIn = (...inputs: unknown[]) => itemsOf(read(withInputs(...inputs)).tensors);

  it.each([[[4_000_000_000, 0]], [[4, 0]], [[1, 0, 5]]])(
    'are refused where a shape such as %j counts items that hold nothing',
    (shape) => {
      expect(refusalOf(() => itemsIn(tensor({ shape, data: [] })))).toContain(
        'must be a shape whose items hold something',
      );
    },
  );

  it('are refused where one tensor of several holds nothing', () => {
    const given = [tensor({ shape: [2], data: [1, 2] }), tensor({ name: 'y', shape: [2, 0], data: [] })];
    expect(refusalOf(() => itemsIn(...given))).toContain('input y: shape');
  });

  it.each([
    ['lists', nested(101)],
    ['objects', `${'{"a":'.repeat(101)}1${'}'.repeat(101)}`],
    ['lists without an end', '['.repeat(100_000)],
  ])('are refused when they nest %s more than 100 deep', (_, text) => {
    const items = tensor({ name: 'items', datatype: 'BYTES', data: [text] });
    expect(refusalOf(() => itemsIn(items))).toContain('nested at most 100 deep');
  });

  it('may hold brackets in their texts', () => {
    const text = JSON.stringify({ a: '['.repeat(1000), b: '\\"{'.repeat(1000), c: [1] });
    expect(itemsIn(tensor({ name: 'items', datatype: 'BYTES', data: [text] }))).toEqual([JSON.parse(text)]);
  });

  it('are counted before they are made', () => {
    const { tensors } = read(withInputs(tensor({ shape: [3, 2], data: [1, 2, 3, 4, 5, 6] })));
    expect(countItems(tensors)).toBe(3);
  });
});

it.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty', ''])('takes a tensor of the name %j', (name) => {
  const { tensors } = read(`{"inputs":[{"name":${JSON.stringify(name)},"shape":[1],"datatype":"FP32","data":[7]}]}`);
  expect(Object.keys(tensors)).toEqual([name]);
  const [item] = itemsOf(tensors) as Record<string, { data: unknown }>[];
  expect(Object.entries(item!)).toEqual([[name, { shape: [], datatype: 'FP32', data: Float32Array.of(7) }]]);
});

it('takes the last of a key that stands twice, as JSON.parse does', () => {
  expect(read('{"inputs":[{"name":"x"}],"inputs":[]}').tensors).toEqual({});
});

it('weighs what a request holds in memory, not what it sent', () => {
  const { tensors } = read(
    withInputs(
      tensor({ shape: [2], datatype: 'FP64', data: [1, 2] }),
      tensor({ name: 't', shape: [2], datatype: 'BYTES', data: ['ab', ''] }),
    ),
  );
  expect(weightOfAll(tensors)).toBe(16 + 2 * 32 + 2);
});
