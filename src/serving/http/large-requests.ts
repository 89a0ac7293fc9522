/**
 * Reads large inference requests in a thread of their own, one after the other: reading megabytes of JSON takes a second,
 * in which nobody else would be answered. A request that the thread cannot hold in its memory ends the thread, and no
 * more.
 */
import { Worker } from 'node:worker_threads';
import { InputError } from '../../errors.js';
import { HttpError } from './http-reply.js';
import type { InferRequest } from './oip-request.js';

const MOST_HEAP_MIB = 2048;

export interface ToReader {
  readonly body: Uint8Array;
  readonly jsonLength: number | undefined;
}

/** The request, or what is wrong with it. */
export type FromReader = { readonly request: InferRequest } | { readonly problems: readonly string[] };

interface Waiting extends ToReader {
  readonly resolve: (request: InferRequest) => void;
  readonly reject: (error: Error) => void;
}

export class LargeRequests {
  private readonly waiting: Waiting[] = [];
  private current: Waiting | undefined;
  private thread: Worker | undefined;

  /** As `readInferRequest`. The bytes of `body` go to the thread. Throws HttpError 413 too. */
  read(body: Buffer, jsonLength: number | undefined): Promise<InferRequest> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ body, jsonLength, resolve, reject });
      this.next();
    });
  }

  async close(): Promise<void> {
    await this.thread?.terminate();
  }

  private next(): void {
    if (this.current !== undefined) return;
    this.current = this.waiting.shift();
    if (this.current === undefined) return;
    this.thread ??= this.start();
    const { body, jsonLength } = this.current;
    const ownsBuffer = body.byteLength === body.buffer.byteLength;
    this.thread.postMessage({ body, jsonLength } satisfies ToReader, ownsBuffer ? [body.buffer as ArrayBuffer] : []);
  }

  private start(): Worker {
    const thread = new Worker(new URL('./large-request-thread.js', import.meta.url), {
      resourceLimits: { maxOldGenerationSizeMb: MOST_HEAP_MIB },
    });
    thread.unref();
    thread.on('message', (answer: FromReader) => {
      const { resolve, reject } = this.current!;
      this.current = undefined;
      if ('request' in answer) resolve(answer.request);
      else reject(new InputError('OIP', answer.problems));
      this.next();
    });
    // 'exit' follows.
    thread.on('error', () => {});
    thread.on('exit', () => {
      this.thread = undefined;
      this.current?.reject(new HttpError(413, `reading the body takes more than ${MOST_HEAP_MIB} MiB of memory`));
      this.current = undefined;
      this.next();
    });
    return thread;
  }
}
