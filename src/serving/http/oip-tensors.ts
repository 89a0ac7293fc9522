/** Tensors of the Open Inference Protocol: JSON, and binary data behind it for inputs, in; values of stages out. */
import { InputError } from '../../errors.js';
import { formatOffered } from '../../model/notation/offered-value.js';
import type { NumericArray, Tensor, TensorData } from '../modules/stage-module.js';

type ArrayOf = { new (values: ArrayLike<number>): NumericArray; readonly BYTES_PER_ELEMENT: number };
type BigArrayOf = { new (values: ArrayLike<bigint>): NumericArray; readonly BYTES_PER_ELEMENT: number };

const NUMERIC: Readonly<Record<string, ArrayOf>> = {
  FP32: Float32Array,
  FP64: Float64Array,
  INT8: Int8Array,
  INT16: Int16Array,
  INT32: Int32Array,
  UINT8: Uint8Array,
  UINT16: Uint16Array,
  UINT32: Uint32Array,
};
const BIG: Readonly<Record<string, BigArrayOf>> = { INT64: BigInt64Array, UINT64: BigUint64Array };
const PLAIN = ['BOOL', 'BYTES'];
const DATATYPES = [...Object.keys(NUMERIC), ...Object.keys(BIG), ...PLAIN];
const LENGTH_BYTES = 4;
/** Of a shape, and levels of nested data. */
const MOST_DIMENSIONS = 32;
/** Texts and truths, which cost many times their bytes in memory. */
const MOST_PLAIN_ELEMENTS = 1_000_000;
const MOST_SHOWN = 80;
/** A text or a truth in memory, without its characters. */
const PLAIN_BYTES = 32;

/** One entry of `inputs` as the request states it. */
export interface StatedTensor {
  readonly name?: unknown;
  readonly shape?: unknown;
  readonly datatype?: unknown;
  readonly data?: unknown;
}

/**
 * A tensor from its JSON, or from `binary` where its data follows the JSON. Nested data becomes row-major.
 * @throws InputError
 */
export function readTensor(stated: StatedTensor, place: string, binary: Buffer | undefined): Tensor {
  const { shape, datatype } = stated;
  if (!isShape(shape)) throw refusal(`${place}.shape`, shape, `a list of at most ${MOST_DIMENSIONS} sizes from 0`);
  if (typeof datatype !== 'string' || !DATATYPES.includes(datatype)) {
    throw refusal(`${place}.datatype`, datatype, `one of ${DATATYPES.join(', ')}`);
  }
  const data = binary === undefined ? fromJson(stated.data, datatype, place) : fromBinary(binary, datatype, place);
  const size = shape.includes(0) ? 0 : productOf(shape);
  if (data.length !== size) {
    throw refusal(`${place}.data`, `${data.length} elements`, `${size}, as shape [${shape.join(', ')}] says`);
  }
  return { shape, datatype, data };
}

function isShape(shape: unknown): shape is number[] {
  return (
    Array.isArray(shape) &&
    shape.length <= MOST_DIMENSIONS &&
    shape.every((size) => Number.isSafeInteger(size) && size >= 0) &&
    Number.isSafeInteger(productOf(shape.filter((size) => size > 0)))
  );
}

function productOf(sizes: readonly number[]): number {
  return sizes.reduce((product, size) => product * size, 1);
}

/** Bytes that a tensor holds in memory, roughly. */
export function weightOf({ data }: Tensor): number {
  if (isNumericArray(data)) return data.byteLength;
  let bytes = 0;
  for (const element of data) bytes += PLAIN_BYTES + (typeof element === 'string' ? element.length : 0);
  return bytes;
}

function fromJson(data: unknown, datatype: string, place: string): TensorData {
  if (!Array.isArray(data)) throw refusal(`${place}.data`, data, 'a list');
  const flat = flattened(data, place);
  const type = { BOOL: 'boolean', BYTES: 'string' }[datatype] ?? 'number';
  const wrong = flat.findIndex((element) => typeof element !== type);
  if (wrong >= 0) throw refusal(`${place}.data[${wrong}]`, flat[wrong], `a ${type}`);
  if (PLAIN.includes(datatype)) {
    if (flat.length > MOST_PLAIN_ELEMENTS) throw tooManyPlain(flat.length, datatype, place);
    return flat as string[] | boolean[];
  }
  const numeric = NUMERIC[datatype];
  if (numeric !== undefined) return new numeric(flat as number[]);
  const fraction = flat.findIndex((element) => !Number.isSafeInteger(element));
  if (fraction >= 0) throw refusal(`${place}.data[${fraction}]`, flat[fraction], 'a whole number');
  return new BIG[datatype]!((flat as number[]).map(BigInt));
}

/** Row-major, in one pass over the data and without recursion, which deep data would make overflow the stack. */
function flattened(data: readonly unknown[], place: string): readonly unknown[] {
  if (!data.some(Array.isArray)) return data;
  const flat: unknown[] = [];
  const open: { readonly list: readonly unknown[]; at: number }[] = [{ list: data, at: 0 }];
  for (let last = open.at(-1); last !== undefined; last = open.at(-1)) {
    if (last.at === last.list.length) {
      open.pop();
      continue;
    }
    const element = last.list[last.at++];
    if (!Array.isArray(element)) flat.push(element);
    else if (open.length < MOST_DIMENSIONS) open.push({ list: element, at: 0 });
    else throw refusal(`${place}.data`, 'a list', `nested at most ${MOST_DIMENSIONS} deep`);
  }
  return flat;
}

function fromBinary(bytes: Buffer, datatype: string, place: string): TensorData {
  if (datatype === 'BOOL') {
    if (bytes.length > MOST_PLAIN_ELEMENTS) throw tooManyPlain(bytes.length, datatype, place);
    return Array.from(bytes, (byte) => byte !== 0);
  }
  if (datatype === 'BYTES') return stringsOf(bytes, place);
  const array = (NUMERIC[datatype] ?? BIG[datatype])!;
  if (bytes.length % array.BYTES_PER_ELEMENT !== 0) {
    throw refusal(`${place}.parameters.binary_data_size`, bytes.length, `a multiple of ${array.BYTES_PER_ELEMENT}`);
  }
  const own = new Uint8Array(bytes).buffer; // a copy begins where every element type may begin
  return new (array as unknown as new (buffer: ArrayBuffer) => NumericArray)(own);
}

function tooManyPlain(count: number, datatype: string, place: string): InputError {
  return refusal(`${place}.data`, `${count} elements`, `at most ${MOST_PLAIN_ELEMENTS} of ${datatype}`);
}

/** Each string after its length in four bytes, little-endian. */
function stringsOf(bytes: Buffer, place: string): string[] {
  const strings: string[] = [];
  for (let at = 0; at < bytes.length; ) {
    const end = at + LENGTH_BYTES <= bytes.length ? at + LENGTH_BYTES + bytes.readUInt32LE(at) : Number.NaN;
    if (!(end <= bytes.length)) throw refusal(place, 'binary data', 'strings after their lengths');
    if (strings.length === MOST_PLAIN_ELEMENTS) throw tooManyPlain(strings.length + 1, 'BYTES', place);
    strings.push(bytes.toString('utf8', at + LENGTH_BYTES, end));
    at = end;
  }
  return strings;
}

/** An output tensor as JSON states it. */
export interface OutputTensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly datatype: string;
  readonly data: readonly unknown[];
  readonly parameters?: { readonly content_type: string };
}

/**
 * Outputs of one stage, one per item, as tensors. Maps of tensors stay (`stage.name`). Strings, numbers and typed
 * arrays of one length get the items as first dimension. Anything else becomes JSON texts.
 */
export function outputTensors(name: string, outputs: readonly unknown[]): OutputTensor[] {
  const [first] = outputs;
  const count = outputs.length;
  if (count === 0) return [];
  if (outputs.every((output) => typeof output === 'string')) {
    return [{ name, shape: [count], datatype: 'BYTES', data: outputs }];
  }
  if (outputs.every((output) => typeof output === 'number')) {
    return [{ name, shape: [count], datatype: 'FP64', data: outputs }];
  }
  if (outputs.every((output) => isNumericArray(output) && isAlike(output, first as NumericArray))) {
    const arrays = outputs as readonly NumericArray[];
    const data = arrays.flatMap(plainNumbers);
    return [{ name, shape: [count, arrays[0]!.length], datatype: datatypeOf(arrays[0]!), data }];
  }
  if (count === 1 && isTensorMap(first)) {
    return Object.entries(first).map(([key, { shape, datatype, data }]) => {
      return { name: `${name}.${key}`, shape, datatype, data: isNumericArray(data) ? plainNumbers(data) : data };
    });
  }
  const data = outputs.map((output) => JSON.stringify(output, withPlainNumbers));
  return [{ name, shape: [count], datatype: 'BYTES', data, parameters: { content_type: 'application/json' } }];
}

function isNumericArray(value: unknown): value is NumericArray {
  return ArrayBuffer.isView(value) && !(value instanceof DataView);
}

function isAlike(a: NumericArray, b: NumericArray): boolean {
  return a.length === b.length && a.constructor === b.constructor;
}

function datatypeOf(array: NumericArray): string {
  const [datatype] = Object.entries({ ...NUMERIC, ...BIG }).find(([, type]) => array instanceof type) ?? ['UINT8'];
  return datatype;
}

function plainNumbers(array: NumericArray): number[] {
  return Array.from(array as ArrayLike<number | bigint>, Number);
}

function withPlainNumbers(_: string, value: unknown): unknown {
  if (typeof value === 'bigint') return Number(value);
  return isNumericArray(value) ? plainNumbers(value) : value;
}

function isTensorMap(value: unknown): value is Record<string, Tensor> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const tensors = Object.values(value) as Partial<Tensor>[];
  return tensors.length > 0 && tensors.every((tensor) => Array.isArray(tensor?.shape) && tensor.data !== undefined);
}

/** An error about a place in a request. */
export function refusal(place: string, offered: unknown, allowed: string): InputError {
  return new InputError('OIP', `${place.slice(0, MOST_SHOWN)} = ${shownValue(offered)}, must be ${allowed}`);
}

/** A value of a request in an error. What holds others is named and not spelt out, for it may nest deeply. */
export function shownValue(value: unknown): string {
  if (value === undefined) return '(missing)';
  if (typeof value === 'string') return value.slice(0, MOST_SHOWN);
  const isShort = Array.isArray(value) && value.length <= MOST_SHOWN && value.every((one) => typeof one !== 'object');
  return isShort ? JSON.stringify(value).slice(0, MOST_SHOWN) : formatOffered(value);
}
