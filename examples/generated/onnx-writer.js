/**
 * Writes ONNX models without a library: the few messages of the format that a feed-forward network needs, as protocol buffers.
 * Source of the field numbers: onnx/onnx.proto (IR version 8, operator set 17).
 *
 * @typedef {Uint8Array | string | number | bigint} Scalar
 * @typedef {{ op: string, inputs: readonly string[], output: string, attributes?: Readonly<Record<string, number>> }} Node an
 *   attribute is an integer, or a float where it has a fraction
 * @typedef {{ name: string, dims: readonly number[], values: Float32Array }} Weight
 * @typedef {{ name: string, dims: readonly (number | string)[] }} Port a dimension that varies has a name
 */

const IR_VERSION = 8;
const OPERATOR_SET = 17;
const FLOAT = 1;
const ATTRIBUTE_FLOAT = 1;
const ATTRIBUTE_INT = 2;

const VARINT = 0;
const LENGTH_DELIMITED = 2;
const FIXED_32 = 5;

/**
 * @param {{ name: string, nodes: readonly Node[], weights: readonly Weight[], inputs: readonly Port[], outputs: readonly Port[] }} graph
 * @returns {Uint8Array} a model file
 */
export function writeOnnx({ name, nodes, weights, inputs, outputs }) {
  const graph = message([
    ...nodes.map((node) => field(1, nodeMessage(node))),
    field(2, name),
    ...weights.map((weight) => field(5, weightMessage(weight))),
    ...inputs.map((port) => field(11, portMessage(port))),
    ...outputs.map((port) => field(12, portMessage(port))),
  ]);
  return message([field(1, IR_VERSION), field(7, graph), field(8, message([field(2, OPERATOR_SET)]))]);
}

function nodeMessage({ op, inputs, output, attributes = {} }) {
  return message([
    ...inputs.map((input) => field(1, input)),
    field(2, output),
    field(4, op),
    ...Object.entries(attributes).map(([key, value]) => field(5, attributeMessage(key, value))),
  ]);
}

function attributeMessage(name, value) {
  return Number.isInteger(value)
    ? message([field(1, name), field(3, value), field(20, ATTRIBUTE_INT)])
    : message([field(1, name), floatField(2, value), field(20, ATTRIBUTE_FLOAT)]);
}

function weightMessage({ name, dims, values }) {
  const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  return message([...dims.map((dim) => field(1, dim)), field(2, FLOAT), field(8, name), field(9, bytes)]);
}

function portMessage({ name, dims }) {
  const shape = message(dims.map((dim) => field(1, message([field(typeof dim === 'number' ? 1 : 2, dim)]))));
  const tensor = message([field(1, FLOAT), field(2, shape)]);
  return message([field(1, name), field(2, message([field(1, tensor)]))]);
}

/** A field by its number: a whole number, text, or bytes. */
function field(number, value) {
  if (typeof value === 'number') return Buffer.concat([varint(number * 8 + VARINT), varint(value)]);
  const bytes = typeof value === 'string' ? Buffer.from(value, 'utf8') : value;
  return Buffer.concat([varint(number * 8 + LENGTH_DELIMITED), varint(bytes.length), bytes]);
}

function floatField(number, value) {
  const bytes = Buffer.alloc(4);
  bytes.writeFloatLE(value);
  return Buffer.concat([varint(number * 8 + FIXED_32), bytes]);
}

function message(fields) {
  return Buffer.concat(fields);
}

/** A whole number of at least 0, seven bits a byte, the lowest first. */
function varint(value) {
  const bytes = [];
  let rest = value;
  while (rest >= 128) {
    bytes.push((rest % 128) + 128);
    rest = Math.floor(rest / 128);
  }
  return Buffer.from([...bytes, rest]);
}
