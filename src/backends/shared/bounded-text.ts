/** Reads what a server sends, and stops as soon as it is longer than any answer: the rest is not read. */
import { failure } from './failure.js';

/** No admin answer is longer; what is longer is not one. */
export const MOST_ANSWER_BYTES = 16 * 2 ** 20;

/**
 * The whole text of a stream of bytes. Throws BackendError `BACKEND_ANSWER` once it is longer than `mostBytes`, which
 * also ends the stream, and what the stream throws.
 */
export async function boundedText(
  stream: AsyncIterable<Uint8Array>,
  { place, mostBytes = MOST_ANSWER_BYTES }: { readonly place: string; readonly mostBytes?: number },
): Promise<string> {
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  for await (const piece of stream) {
    bytes += piece.length;
    if (bytes > mostBytes) throw failure('BACKEND_ANSWER', { place, what: `answers more than ${mostBytes} bytes` });
    pieces.push(piece);
  }
  return Buffer.concat(pieces, bytes).toString('utf8');
}

/**
 * The whole lines of a text that comes in pieces. Throws BackendError `BACKEND_ANSWER` for a line longer than
 * `mostChars`: what has no line ends is not kept.
 */
export async function* linesOf(
  pieces: AsyncIterable<string>,
  { place, mostChars }: { readonly place: string; readonly mostChars: number },
): AsyncIterable<string> {
  let rest = '';
  for await (const text of pieces) {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    if (rest.length > mostChars || lines.some((line) => line.length > mostChars)) {
      throw failure('BACKEND_ANSWER', { place, what: `answers a line of more than ${mostChars} characters` });
    }
    yield* lines;
  }
}
