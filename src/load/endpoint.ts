/** One inference endpoint over HTTP: a connection for every query in flight, nothing pipelined, nothing retried. */
import { buildConnector, Client, type Dispatcher } from 'undici';
import { InputError } from '../errors.js';
import type { LoadOutcome } from './load-result.js';

const REFUSED_STATUS = 503;
/** Opened before the run, so that its first queries do not wait for them. */
const FIRST_CONNECTIONS = 16;
/**
 * Enough requests to compile the code of the run: a process's first thousand take several times as long as later ones.
 */
const REHEARSAL_ROUNDS = 64;
const LONGEST_REHEARSAL_MS = 1000;

/** A query that was sent. */
export interface SentQuery {
  /** Gives the query up: closes its connection and reports nothing more. */
  abandon(): void;
}

export interface Endpoint {
  /** Sends one query; `onEnd` is called once, when its answer is complete or cannot be any more. */
  send(body: string | Uint8Array, onEnd: (outcome: LoadOutcome) => void): SentQuery;
  /**
   * Opens the first connections and asks whether the model is ready until this process is warm, for a second at most.
   */
  rehearse(): Promise<void>;
  /** Closes every connection, also with queries in flight. */
  close(): Promise<void>;
}

/** The protocol's URL of a model, and of what is asked of it. Throws InputError `URL`. */
export function modelUrl(url: string, model: string, ask: 'infer' | 'ready'): URL {
  const base = URL.parse(url);
  if (base === null || !/^https?:$/.test(base.protocol)) {
    throw new InputError('URL', `url = ${url}, must be an http address such as http://127.0.0.1:8080`);
  }
  const folder = base.pathname.replace(/\/+$/, '');
  return new URL(`${folder}/v2/models/${encodeURIComponent(model)}/${ask}`, base.origin);
}

/** Connections are opened as queries need them, and used again once free. */
export function openEndpoint({ url, model }: { url: string; model: string }): Endpoint {
  const address = modelUrl(url, model, 'infer');
  const readyPath = modelUrl(url, model, 'ready').pathname;
  const connect = buildConnector({ keepAlive: true });
  const connections: Client[] = [];
  /** The one used last comes first: it is the least likely to have been closed by the server. */
  const free: Client[] = [];
  const headers = { 'content-type': 'application/json' };

  const newConnection = (): Client => {
    // The run has a timeout of its own, counted from the scheduled instant.
    const client = new Client(address.origin, { connect, pipelining: 1, headersTimeout: 0, bodyTimeout: 0 });
    connections.push(client);
    return client;
  };

  const ask = (request: Dispatcher.DispatchOptions, onEnd: (outcome: LoadOutcome) => void): SentQuery => {
    const client = free.pop() ?? newConnection();
    let abort: (() => void) | undefined;
    let isAbandoned = false;
    let status = 0;
    const end = (outcome: LoadOutcome): void => {
      free.push(client);
      if (!isAbandoned) onEnd(outcome);
    };
    client.dispatch(request, {
      onRequestStart(controller) {
        abort = () => controller.abort(new Error('given up'));
        if (isAbandoned) abort();
      },
      onResponseStart(_, statusCode) {
        status = statusCode;
      },
      onResponseEnd: () => end(outcomeOf(status)),
      onResponseError: () => end('connectionErrors'),
    });
    return {
      abandon() {
        isAbandoned = true;
        abort?.();
      },
    };
  };

  return {
    send: (body, onEnd) => ask({ path: address.pathname, method: 'POST', headers, body }, onEnd),
    rehearse: async () => {
      const endMs = performance.now() + LONGEST_REHEARSAL_MS;
      const once = (): Promise<unknown> =>
        new Promise((resolve) => {
          const sent = ask({ path: readyPath, method: 'GET', headers }, resolve);
          setTimeout(() => {
            sent.abandon();
            resolve(undefined);
          }, LONGEST_REHEARSAL_MS).unref();
        });
      for (let round = 0; round < REHEARSAL_ROUNDS && performance.now() < endMs; round++) {
        await Promise.all(Array.from({ length: FIRST_CONNECTIONS }, once));
      }
    },
    close: async () => {
      await Promise.all(connections.map((client) => client.destroy()));
    },
  };
}

function outcomeOf(status: number): LoadOutcome {
  if (status >= 200 && status < 300) return 'answered';
  return status === REFUSED_STATUS ? 'refused' : 'errorAnswers';
}
