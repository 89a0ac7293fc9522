/**
 * A stand-in for Clipper's query frontend and its Redis, written from Clipper's published behaviour; no Clipper runs here. It answers predictions by the REST API,
 * with one queue per model, a batch limit that an `HSET` changes live, one batch in flight, a prediction cache, and defaults at the application's SLO.
 */
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { type AddressInfo, createServer as createSocketServer } from 'node:net';

export interface ClipperApp {
  readonly name: string;
  readonly inputType: string;
  /** The container takes `batchMs + b · rowMs` for a batch of b. */
  readonly batchMs: number;
  readonly rowMs: number;
  readonly sloMs: number;
}

export interface ClipperStandIn {
  readonly url: string;
  /** `host:port` of the Redis stand-in. */
  readonly redis: string;
  /** Sizes of the batches that a model's container took, in order. */
  batchesOf(app: string): readonly number[];
  /** Every input that was answered from the cache. */
  cacheHits(): number;
  stop(): Promise<void>;
}

interface Waiting {
  readonly key: string;
  readonly answer: (isDefault: boolean) => void;
}

/** A model with one container: takes up to its limit as soon as it is free. */
class Model {
  readonly app: ClipperApp;
  limit = 1;
  readonly batches: number[] = [];
  readonly cache = new Set<string>();
  private readonly queue: Waiting[] = [];
  private isBusy = false;

  constructor(app: ClipperApp) {
    this.app = app;
  }

  put(waiting: Waiting): void {
    this.queue.push(waiting);
    this.next();
  }

  private next(): void {
    if (this.isBusy || this.queue.length === 0) return;
    const batch = this.queue.splice(0, this.limit);
    this.batches.push(batch.length);
    this.isBusy = true;
    setTimeout(
      () => {
        this.isBusy = false;
        for (const { key, answer } of batch) {
          this.cache.add(key);
          answer(false);
        }
        this.next();
      },
      this.app.batchMs + this.app.rowMs * batch.length,
    );
  }
}

export async function startClipperStandIn(apps: readonly ClipperApp[]): Promise<ClipperStandIn> {
  const models = new Map(apps.map((app) => [app.name, new Model(app)]));
  let hits = 0;
  let queries = 0;
  const predictOne = (model: Model, input: unknown) =>
    new Promise<object>((resolve) => {
      const key = JSON.stringify(input);
      const query_id = queries++;
      if (model.cache.has(key)) {
        hits++;
        return resolve({ query_id, output: 1, default: false });
      }
      const explanation = 'Failed to retrieve a prediction response within the specified latency SLO';
      const late = setTimeout(
        () => resolve({ query_id, output: -1, default: true, default_explanation: explanation }),
        model.app.sloMs,
      );
      model.put({
        key,
        answer: () => {
          clearTimeout(late);
          resolve({ query_id, output: 1, default: false });
        },
      });
    });

  const frontend = createServer(async (request, response) => {
    const reply = (status: number, body: object) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    const [, app] = /^\/([^/]+)\/predict\/?$/.exec(request.url ?? '') ?? [];
    const model = models.get(app ?? '');
    if (request.method !== 'POST' || model === undefined)
      return reply(400, { error: 'Request error', cause: 'no such app' });
    const body = JSON.parse(await textOf(request)) as { input?: unknown; input_batch?: unknown[] };
    const inputs = body.input === undefined ? body.input_batch : [body.input];
    if (inputs === undefined || inputs.length === 0) {
      return reply(400, { error: 'Json error', cause: 'Candidate input JSON does not have key: input' });
    }
    if (inputs.some((input) => (model.app.inputType === 'strings') !== (typeof input === 'string'))) {
      return reply(400, { error: 'Json error', cause: 'Type mismatch' });
    }
    const answers = await Promise.all(inputs.map((input) => predictOne(model, input)));
    return reply(200, answers.length === 1 ? answers[0]! : { batch_predictions: answers });
  });
  await listen(frontend);

  const redis = createSocketServer((socket) => {
    let database = 0;
    let text = '';
    socket.setEncoding('utf8');
    socket.on('error', () => undefined);
    socket.on('data', (piece: string) => {
      text += piece;
      for (;;) {
        const found = /^\*(\d+)\r\n/.exec(text);
        const words = found === null ? null : readWords(text.slice(found[0].length), Number(found[1]));
        if (found === null || words === null) return;
        text = text.slice(found[0].length + words.length);
        const [name, ...given] = words.words;
        if (name === 'SELECT') {
          database = Number(given[0]);
          socket.write('+OK\r\n');
        } else if (name === 'HSET' && database === 2) {
          const model = models.get(given[0]!.split(':')[0]!);
          if (model !== undefined && given[1] === 'batch_size') model.limit = Number(given[2]);
          socket.write(model === undefined ? ':1\r\n' : ':0\r\n');
        } else socket.write('-ERR unknown command\r\n');
      }
    });
  });
  await new Promise<void>((resolve) => redis.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(frontend.address() as AddressInfo).port}`,
    redis: `127.0.0.1:${(redis.address() as AddressInfo).port}`,
    batchesOf: (app) => models.get(app)!.batches,
    cacheHits: () => hits,
    stop: async () => {
      frontend.closeAllConnections();
      await Promise.all([frontend, redis].map((server) => new Promise((resolve) => server.close(resolve))));
    },
  };
}

function readWords(text: string, count: number): { words: string[]; length: number } | null {
  const words: string[] = [];
  let at = 0;
  for (let n = 0; n < count; n++) {
    const [head, length] = /^\$(\d+)\r\n/.exec(text.slice(at)) ?? [];
    if (head === undefined) return null;
    const from = at + head.length;
    at = from + Number(length) + 2;
    if (text.length < at) return null;
    words.push(text.slice(from, at - 2));
  }
  return { words, length: at };
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = '';
  request.setEncoding('utf8');
  for await (const piece of request) text += piece;
  return text;
}

function listen(server: Server): Promise<void> {
  return new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
}
