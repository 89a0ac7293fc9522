/** Inference requests of the Open Inference Protocol, and what items they bring. */
import { InputError } from '../../errors.js';
import type { Tensor, TensorData } from '../modules/stage-module.js';
import { readTensor, refusal, type StatedTensor } from './oip-tensors.js';

export interface InferRequest {
  /** The caller's name for the query. */
  readonly id?: string;
  readonly tensors: Readonly<Record<string, Tensor>>;
}

/** The input of a stage alone that holds items as JSON texts. */
const ITEMS = 'items';

/**
 * Reads a request.
 * @param jsonLength bytes of JSON before the binary data; undefined when there is none
 * @throws InputError
 */
export function readInferRequest(body: Buffer, jsonLength: number | undefined): InferRequest {
  const end = jsonLength ?? body.length;
  if (!(end <= body.length)) throw refusal('Inference-Header-Content-Length', end, `at most ${body.length}`);
  const request = parse(body.toString('utf8', 0, end));
  const { id, inputs } = request as { id?: unknown; inputs?: unknown };
  if (id !== undefined && typeof id !== 'string') throw refusal('id', id, 'text');
  if (!Array.isArray(inputs)) throw refusal('inputs', inputs, 'a list of tensors');
  // Without a prototype, so that a tensor may have any name.
  const tensors: Record<string, Tensor> = Object.create(null);
  let at = end;
  inputs.forEach((input: StatedTensor & { parameters?: { binary_data_size?: unknown } }, n) => {
    const place = `inputs[${n}]`;
    if (typeof input !== 'object' || input === null) throw refusal(place, input, 'a tensor');
    if (typeof input.name !== 'string' || Object.hasOwn(tensors, input.name)) {
      throw refusal(`${place}.name`, input.name, 'a name of its own');
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

function parse(text: string): object {
  try {
    const value: unknown = JSON.parse(text);
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
  const names = Object.keys(tensors);
  const [first] = Object.values(tensors);
  const count = first?.shape[0];
  if (first === undefined || count === undefined || count === 0) {
    throw refusal('inputs', names, 'tensors whose first dimension counts the items, at least one');
  }
  if (names.length === 1 && names[0] === ITEMS && first.datatype === 'BYTES') {
    return (first.data as readonly string[]).map((text, n) => {
      try {
        return JSON.parse(text) as unknown;
      } catch {
        throw refusal(`inputs[0].data[${n}]`, text, 'an item as JSON');
      }
    });
  }
  for (const [name, { shape }] of Object.entries(tensors)) {
    if (shape[0] !== count) throw refusal(`input ${name}: shape[0]`, shape[0], `${count}, as of ${names[0]}`);
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
