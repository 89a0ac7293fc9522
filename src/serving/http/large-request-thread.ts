/** The thread of `LargeRequests`. */
import { constants, setPriority } from 'node:os';
import { parentPort } from 'node:worker_threads';
import { InputError } from '../../errors.js';
import { jsonCost } from './json-cost.js';
import type { FromReader, ToReader } from './large-requests.js';
import { readInferRequest } from './oip-request.js';

const MOST_MIB = 640;
/** A thousand tensors with a hundred each. */
const MOST_NAMES = 100_000;
const port = parentPort!;

try {
  // Those who answer go first. On Linux the priority belongs to the thread.
  setPriority(constants.priority.PRIORITY_BELOW_NORMAL);
} catch {
  // Where it is not allowed, all threads are equal.
}

/**
 * Beyond the memory of a thread the whole process ends, so that memory is reckoned before.
 * @throws InputError
 */
function checkCost(json: Uint8Array): void {
  const { bytes, names } = jsonCost(json);
  const mib = Math.ceil(bytes / 2 ** 20);
  if (mib > MOST_MIB)
    throw new InputError('OIP', `the JSON takes ${mib} MiB of memory to read, must be at most ${MOST_MIB}`);
  if (names > MOST_NAMES) throw new InputError('OIP', `the JSON holds ${names} names, must be at most ${MOST_NAMES}`);
}

function answerTo({ body, jsonLength }: ToReader): FromReader {
  try {
    checkCost(body.subarray(0, jsonLength));
    return { request: readInferRequest(Buffer.from(body.buffer, body.byteOffset, body.byteLength), jsonLength) };
  } catch (error) {
    if (error instanceof InputError) return { problems: error.problems };
    throw error;
  }
}

port.on('message', (message: ToReader) => {
  const answer = answerTo(message);
  const arrays = 'request' in answer ? Object.values(answer.request.tensors).map(({ data }) => data) : [];
  const buffers = arrays.flatMap((data) => (ArrayBuffer.isView(data) ? [data.buffer as ArrayBuffer] : []));
  port.postMessage(answer, buffers);
});
