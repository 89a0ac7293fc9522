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
const LENGTH_BYTES = 4;
/** Real tensors have at most five or so; nesting as deep as a body allows would overflow the stack. */
const MOST_DIMENSIONS = 32;

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
  if (!Array.isArray(shape) || !shape.every((size) => Number.isSafeInteger(size) && size >= 0)) {
    throw refusal(`${place}.shape`, shape, 'a list of sizes from 0');
  }
  if (shape.length > MOST_DIMENSIONS) {
    throw refusal(`${place}.shape`, `${shape.length} sizes`, `at most ${MOST_DIMENSIONS}`);
  }
  const known = [...Object.keys(NUMERIC), ...Object.keys(BIG), ...PLAIN];
  if (typeof datatype !== 'string' || !known.includes(datatype)) {
    throw refusal(`${place}.datatype`, datatype, `one of ${known.join(', ')}`);
  }
  const data = binary === undefined ? fromJson(stated.data, datatype, place) : fromBinary(binary, datatype, place);
  const size = shape.reduce((product: number, length: number) => product * length, 1);
  if (data.length !== size) {
    throw refusal(`${place}.data`, `${data.length} elements`, `${size}, as shape [${shape.join(', ')}] says`);
  }
  return { shape, datatype, data };
}

function fromJson(data: unknown, datatype: string, place: string): TensorData {
  if (!Array.isArray(data)) throw refusal(`${place}.data`, data, 'a list');
  const flat: unknown[] = data.some(Array.isArray) ? data.flat(MOST_DIMENSIONS) : data;
  const type = { BOOL: 'boolean', BYTES: 'string' }[datatype] ?? 'number';
  const wrong = flat.findIndex((element) => typeof element !== type);
  if (wrong >= 0) throw refusal(`${place}.data[${wrong}]`, flat[wrong], `a ${type}`);
  if (PLAIN.includes(datatype)) return flat as string[] | boolean[];
  const numeric = NUMERIC[datatype];
  if (numeric !== undefined) return new numeric(flat as number[]);
  const fraction = flat.findIndex((element) => !Number.isSafeInteger(element));
  if (fraction >= 0) throw refusal(`${place}.data[${fraction}]`, flat[fraction], 'a whole number');
  return new BIG[datatype]!((flat as number[]).map(BigInt));
}

function fromBinary(bytes: Buffer, datatype: string, place: string): TensorData {
  if (datatype === 'BOOL') return [...bytes].map((byte) => byte !== 0);
  if (datatype === 'BYTES') return stringsOf(bytes, place);
  const array = (NUMERIC[datatype] ?? BIG[datatype])!;
  if (bytes.length % array.BYTES_PER_ELEMENT !== 0) {
    throw refusal(`${place}.parameters.binary_data_size`, bytes.length, `a multiple of ${array.BYTES_PER_ELEMENT}`);
  }
  const own = new Uint8Array(bytes).buffer; // a copy begins where every element type may begin
  return new (array as unknown as new (buffer: ArrayBuffer) => NumericArray)(own);
}

/** Each string after its length in four bytes, little-endian. */
function stringsOf(bytes: Buffer, place: string): string[] {
  const strings: string[] = [];
  for (let at = 0; at < bytes.length; ) {
    const end = at + LENGTH_BYTES <= bytes.length ? at + LENGTH_BYTES + bytes.readUInt32LE(at) : Number.NaN;
    if (!(end <= bytes.length)) throw refusal(place, 'binary data', 'strings after their lengths');
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
  const shown = offered === undefined ? '(missing)' : typeof offered === 'string' ? offered : shownJson(offered);
  return new InputError('OIP', `${place} = ${shown.slice(0, 80)}, must be ${allowed}`);
}

/** A list of plain values as JSON; anything nested, which may be deep or long, only by its kind. */
function shownJson(offered: unknown): string {
  const isFlat = Array.isArray(offered) && offered.every((item) => typeof item !== 'object');
  return isFlat ? JSON.stringify(offered.slice(0, 50)) : formatOffered(offered);
}
