/**
 * What the engine of `infer-plan serve` reports while it runs: its batches, and the instants at which queries arrived.
 */
import type { LoggedBatch } from '../../model/measured/logged-batch.js';
import { amountOf, countOf, listOf, type Piece, piece, textOf, under } from '../shared/answer-shape.js';
import { linesOf } from '../shared/bounded-text.js';
import { failure, quoted } from '../shared/failure.js';
import { type HttpStream, shownUrl, streamHttp } from '../shared/http.js';
import { withToken } from './with-token.js';

/** The engine sends what is new every ten milliseconds. */
const SETTLE_MS = 200;
/** A batch of a hundred thousand items is shorter. */
const MOST_LINE_CHARS = 4_000_000;

export interface EngineLog {
  /**
   * Batches that ended since the log was opened or last asked. Waits until all that the engine has sent is here. Throws
   * BackendError when the log has broken off.
   */
  takeBatches(): Promise<readonly LoggedBatch[]>;
  /** Instant of every query since the engine started, by its number. */
  readonly arrivalsMs: readonly number[];
  close(): Promise<void>;
}

/**
 * Listens until it is closed. What the engine sends is some ten milliseconds old.
 * @param options `token` of the engine's port, where it demands one
 */
export function openEngineLog(
  url: string,
  options: { readonly token?: string | undefined; readonly stream?: HttpStream } = {},
): EngineLog {
  const stream = withToken(options.stream ?? streamHttp, options.token);
  const closing = new AbortController();
  const { signal } = closing;
  const arrivalsMs: number[] = [];
  let batches: LoggedBatch[] = [];
  let failure: unknown;
  const listen = async (hear: () => Promise<void>) => {
    try {
      await hear();
    } catch (error) {
      if (!signal.aborted) failure ??= error;
    }
  };
  const listening = [
    listen(async () => {
      const from = `${url}/admin/arrivals?from=0`;
      for await (const line of filledLines(stream({ method: 'GET', url: from, signal }), shownUrl(from))) {
        arrivalsMs.push(Number(line));
      }
    }),
    listen(async () => {
      for await (const batch of engineBatches({ url, stream, signal })) batches.push(batch);
    }),
  ];
  return {
    async takeBatches() {
      await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
      if (failure !== undefined) throw failure;
      const taken = batches;
      batches = [];
      return taken;
    },
    arrivalsMs,
    async close() {
      closing.abort();
      await Promise.all(listening);
    },
  };
}

/**
 * Yields batches that gave results, as they end, until the signal aborts or the engine ends the stream. Items of a
 * failed batch come again in another, or nowhere.
 */
export async function* engineBatches({
  url,
  stream = streamHttp,
  signal,
}: {
  readonly url: string;
  readonly stream?: HttpStream;
  readonly signal: AbortSignal;
}): AsyncIterable<LoggedBatch> {
  const from = `${url}/admin/batches`;
  const place = shownUrl(from);
  for await (const line of filledLines(stream({ method: 'GET', url: from, signal }), place)) {
    const batch = piece(parsed(line, place), place);
    const logged = batchOf(batch);
    if (textOf(under(batch, 'outcome')) === 'done') yield logged;
  }
}

function batchOf(batch: Piece): LoggedBatch {
  return {
    stage: textOf(under(batch, 'stage')),
    number: countOf(under(batch, 'batch')),
    startMs: amountOf(under(batch, 'start_ms')),
    endMs: amountOf(under(batch, 'end_ms')),
    enteredMs: listOf(under(batch, 'entered_ms')).map(amountOf),
    queries: listOf(under(batch, 'query')).map(({ value }) => Number(value)),
  };
}

function parsed(line: string, place: string): unknown {
  try {
    return JSON.parse(line) as unknown;
  } catch (cause) {
    throw failure('BACKEND_ANSWER', { place, what: `must answer JSON, answered ${quoted(line)}`, cause });
  }
}

async function* filledLines(pieces: AsyncIterable<string>, place: string): AsyncIterable<string> {
  for await (const line of linesOf(pieces, { place, mostChars: MOST_LINE_CHARS })) if (line !== '') yield line;
}
