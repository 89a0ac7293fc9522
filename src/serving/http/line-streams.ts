/**
 * Streams of lines to listeners. New lines go out every few milliseconds. A listener that falls too far behind is
 * dropped.
 */
import type { ServerResponse } from 'node:http';
import type { ArrivalLog } from '../arrival-log.js';
import type { BatchRecord } from '../items/batch.js';

const FLUSH_MS = 10;
const MOST_UNREAD_BYTES = 64 * 1024 * 1024;

interface Listener {
  readonly response: ServerResponse;
  /** What has come up since it was last asked. */
  readonly news: () => string;
}

export class LineStreams {
  private readonly listeners = new Set<Listener>();
  private readonly batchListeners = new Set<(record: BatchRecord) => void>();
  private timer: NodeJS.Timeout | undefined;

  /** Streams arrivals from the query numbered `from` on. */
  streamArrivals(response: ServerResponse, log: ArrivalLog, from: number): void {
    let next = from;
    this.listen(response, 'text/plain', () => {
      const to = log.count;
      const at = Math.max(next, log.first);
      if (to <= at) return '';
      next = to;
      return log.lines(at, to);
    });
  }

  /** Streams batches that end from now on. */
  streamBatches(response: ServerResponse): void {
    let lines = '';
    const add = (record: BatchRecord) => {
      lines += `${JSON.stringify(record)}\n`;
    };
    this.batchListeners.add(add);
    response.on('close', () => this.batchListeners.delete(add));
    this.listen(response, 'application/x-ndjson', () => {
      const news = lines;
      lines = '';
      return news;
    });
  }

  /** Whether anyone wants to hear of batches. */
  get wantsBatches(): boolean {
    return this.batchListeners.size > 0;
  }

  tellBatch(record: BatchRecord): void {
    for (const tell of this.batchListeners) tell(record);
  }

  /** Sends what is left and ends every stream. */
  end(): void {
    this.flush();
    for (const { response } of this.listeners) response.end();
    clearInterval(this.timer);
  }

  private listen(response: ServerResponse, contentType: string, news: () => string): void {
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
      if (text !== '') response.write(text);
      if (response.writableLength > MOST_UNREAD_BYTES) response.destroy();
    }
  }
}
