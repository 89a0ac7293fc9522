/** The thread of `LargeRequests`. */
import { constants, setPriority } from 'node:os';
import { parentPort } from 'node:worker_threads';
import { InputError } from '../../errors.js';
import type { FromReader, ToReader } from './large-requests.js';
import { readInferRequest } from './oip-request.js';

const port = parentPort!;

try {
  // Those who answer go first. On Linux the priority belongs to the thread.
  setPriority(constants.priority.PRIORITY_BELOW_NORMAL);
} catch {
  // Where it is not allowed, all threads are equal.
}

function answerTo({ body, jsonLength }: ToReader): FromReader {
  try {
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
