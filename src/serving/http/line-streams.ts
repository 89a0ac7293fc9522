/**
 * Streams of lines to listeners. New lines go out every few milliseconds. A listener that falls too far behind is
 * dropped.
 */
import type { ServerResponse } from 'node:http';
import type { ArrivalLog } from '../arrival-log.js';
import type { BatchRecord } from '../items/batch.js';
import { busy } from './http-reply.js';

const FLUSH_MS = 10;
const MOST_LISTENERS = 32;
/** What one listener is sent at a time: a thousand lines take the time of some queries. */
const MOST_LINES = 5000;
const RETRY_S = 5;
const MOST_UNREAD_BYTES = 64 * 1024 * 1024;

interface Listener {
  readonly response: ServerResponse;
  /** What has come up since it was last asked; undefined when a part of it is lost. */
  readonly news: () => string | undefined;
}

export class LineStreams {
  private readonly listeners = new Set<Listener>();
  private readonly batchListeners = new Set<(line: string) => void>();
  private timer: NodeJS.Timeout | undefined;

  /** Streams arrivals from the query numbered `from` on. */
  streamArrivals(response: ServerResponse, log: ArrivalLog, from: number): void {
    let next = from;
    this.listen(response, 'text/plain', () => {
      // A gap would shift the numbers of all lines after it.
      if (next < log.first) return undefined;
      const from = next;
      next = Math.min(log.count, from + MOST_LINES);
      return log.lines(from, next);
    });
  }

  /** Streams batches that end from now on. */
  streamBatches(response: ServerResponse): void {
    let lines = '';
    const add = (line: string) => {
      lines += line;
    };
    this.listen(response, 'application/x-ndjson', () => {
      const news = lines;
      lines = '';
      return news;
    });
    this.batchListeners.add(add);
    response.on('close', () => this.batchListeners.delete(add));
  }

  /** Whether anyone wants to hear of batches. */
  get wantsBatches(): boolean {
    return this.batchListeners.size > 0;
  }

  tellBatch(record: BatchRecord): void {
    const line = `${JSON.stringify(record)}\n`;
    for (const tell of this.batchListeners) tell(line);
  }

  /** Sends what is left and ends every stream. */
  end(): void {
    for (const { response, news } of this.listeners) {
      for (let text = news(); text !== undefined && text !== ''; text = news()) response.write(text);
      response.end();
    }
    clearInterval(this.timer);
  }

  private listen(response: ServerResponse, contentType: string, news: Listener['news']): void {
    if (this.listeners.size >= MOST_LISTENERS) throw busy(`${MOST_LISTENERS} listeners are there already`, RETRY_S);
    const listener = { response, news };
    response.writeHead(200, { 'content-type': contentType });
    response.flushHeaders();
    this.listeners.add(listener);
    this.timer ??= setInterval(() => this.flush(), FLUSH_MS);
    response.on('close', () => {
      this.listeners.delete(listener);
      if (this.listeners.size > 0) return;
      clearInterval(this.timer);
      this.timer = undefined;
    });
  }

  private flush(): void {
    for (const { response, news } of this.listeners) {
      const text = news();
      if (text === undefined) response.destroy();
      else if (text !== '') response.write(text);
      if (response.writableLength > MOST_UNREAD_BYTES) response.destroy();
    }
  }
}
