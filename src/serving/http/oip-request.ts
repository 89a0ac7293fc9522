/** Inference requests of the Open Inference Protocol, and what items they bring. */
import { isUtf8 } from 'node:buffer';
import { InputError } from '../../errors.js';
import type { Tensor, TensorData } from '../modules/stage-module.js';
import { readTensor, refusal, type StatedTensor, weightOf } from './oip-tensors.js';

export interface InferRequest {
  /** The caller's name for the query. */
  readonly id?: string;
  readonly tensors: Readonly<Record<string, Tensor>>;
}

/** The input of a stage alone that holds items as JSON texts. */
const ITEMS = 'items';
/** Levels of an item in JSON. Replicas get copies, which are made recursively. */
const MOST_DEPTH = 100;
const MOST_INPUTS = 1000;
const MOST_NAME = 1000;

/**
 * Reads a request.
 * @param jsonLength bytes of JSON before the binary data; undefined when there is none
 * @throws InputError
 */
export function readInferRequest(body: Buffer, jsonLength: number | undefined): InferRequest {
  const end = jsonLength ?? body.length;
  if (!(Number.isInteger(end) && end >= 0 && end <= body.length)) {
    throw refusal('Inference-Header-Content-Length', end, `a whole number up to ${body.length}, the bytes of the body`);
  }
  const request = parse(body.subarray(0, end));
  const { id, inputs } = request as { id?: unknown; inputs?: unknown };
  if (id !== undefined && !isShortText(id)) throw refusal('id', id, `text of at most ${MOST_NAME} characters`);
  if (!Array.isArray(inputs)) throw refusal('inputs', inputs, 'a list of tensors');
  if (inputs.length > MOST_INPUTS) throw refusal('inputs', inputs, `at most ${MOST_INPUTS} tensors`);
  // Without a prototype every name is one of the caller's, `__proto__` among them.
  const tensors: Record<string, Tensor> = Object.create(null);
  let at = end;
  inputs.forEach((input: StatedTensor & { parameters?: { binary_data_size?: unknown } }, n) => {
    const place = `inputs[${n}]`;
    if (typeof input !== 'object' || input === null) throw refusal(place, input, 'a tensor');
    if (!isShortText(input.name) || Object.hasOwn(tensors, input.name)) {
      throw refusal(`${place}.name`, input.name, `a name of its own, of at most ${MOST_NAME} characters`);
    }
    const size = input.parameters?.binary_data_size;
    if (
      size !== undefined &&
      !(Number.isSafeInteger(size) && (size as number) >= 0 && at + (size as number) <= body.length)
    ) {
      throw refusal(
        `${place}.parameters.binary_data_size`,
        size,
        `at most the ${body.length - at} bytes that are left`,
      );
    }
    const binary = size === undefined ? undefined : body.subarray(at, at + (size as number));
    at += binary?.length ?? 0;
    tensors[input.name] = readTensor(input, place, binary);
  });
  return { ...(id === undefined ? {} : { id }), tensors };
}

function isShortText(value: unknown): value is string {
  return typeof value === 'string' && value.length <= MOST_NAME;
}

function parse(bytes: Buffer): object {
  try {
    const value: unknown = isUtf8(bytes) ? JSON.parse(bytes.toString()) : undefined;
    if (typeof value === 'object' && value !== null) return value;
  } catch {
    // Said below, as for JSON that is no object.
  }
  throw new InputError('OIP', 'the body must be a JSON object with inputs');
}

/**
 * Items for one stage alone. The first dimension of every tensor counts the items. Each item gets its slice, `{ name:
 * tensor }` without that dimension. A single tensor `items` of datatype BYTES holds one JSON text per item.
 * @throws InputError
 */
export function itemsOf(tensors: Readonly<Record<string, Tensor>>): unknown[] {
  const count = countItems(tensors);
  const [first] = Object.values(tensors);
  if (isListOfItems(tensors)) {
    return (first!.data as readonly string[]).map((text, n) => itemFrom(text, `inputs[0].data[${n}]`));
  }
  return Array.from({ length: count }, (_, n) => {
    const slices = Object.entries(tensors).map(([name, { shape, datatype, data }]) => {
      const size = data.length / count;
      // A copy: a view would take the whole tensor along to the replica's thread.
      const own = data.slice(n * size, (n + 1) * size) as TensorData;
      return [name, { shape: shape.slice(1), datatype, data: own }];
    });
    return Object.fromEntries(slices) as Record<string, Tensor>;
  });
}

/** How many items `itemsOf` would make: never more than the tensors have elements. Throws InputError. */
export function countItems(tensors: Readonly<Record<string, Tensor>>): number {
  const names = Object.keys(tensors);
  const [first] = Object.values(tensors);
  const count = first?.shape[0];
  if (first === undefined || count === undefined || count === 0) {
    throw refusal('inputs', names.length, 'tensors whose first dimension counts the items, at least one');
  }
  if (isListOfItems(tensors)) return first.data.length;
  for (const [name, { shape, data }] of Object.entries(tensors)) {
    if (shape[0] !== count) throw refusal(`input ${name}: shape[0]`, shape[0], `${count}, as of ${names[0]}`);
    if (data.length === 0) throw refusal(`input ${name}: shape`, shape, 'a shape whose items hold something');
  }
  return count;
}

function isListOfItems(tensors: Readonly<Record<string, Tensor>>): boolean {
  return Object.keys(tensors).length === 1 && tensors[ITEMS]?.datatype === 'BYTES';
}

function itemFrom(text: string, place: string): unknown {
  if (depthOf(text) > MOST_DEPTH) throw refusal(place, text, `nested at most ${MOST_DEPTH} deep`);
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw refusal(place, text, 'an item as JSON');
  }
}

/** Levels of lists and objects in a JSON text; in a text that is no JSON, some number. */
function depthOf(text: string): number {
  let depth = 0;
  let deepest = 0;
  let isInString = false;
  for (let at = 0; at < text.length; at++) {
    const mark = text[at];
    if (mark === '"') isInString = !isInString;
    else if (isInString) at += mark === '\\' ? 1 : 0;
    else if (mark === '[' || mark === '{') deepest = Math.max(deepest, ++depth);
    else if (mark === ']' || mark === '}') depth--;
  }
  return deepest;
}

/** Bytes that the tensors of a request hold in memory, roughly. */
export function weightOfAll(tensors: Readonly<Record<string, Tensor>>): number {
  let bytes = 0;
  for (const name in tensors) bytes += weightOf(tensors[name]!);
  return bytes;
}
