/** One inference endpoint over HTTP: a connection for every query in flight, nothing pipelined, nothing retried. */
import { Pool } from 'undici';
import { InputError } from '../errors.js';
import type { LoadOutcome } from './load-result.js';

const REFUSED_STATUS = 503;

/** A query that was sent. */
export interface SentQuery {
  /** Gives the query up: its connection is closed, and nothing is told of it any more. */
  abandon(): void;
}

export interface Endpoint {
  /** Sends one query; `onEnd` is called once, when its answer is complete or cannot be any more. */
  send(body: string | Uint8Array, onEnd: (outcome: LoadOutcome) => void): SentQuery;
  /** Closes every connection, whatever is in flight. */
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

/** Opens nothing yet: connections are made as queries need them. */
export function openEndpoint({ url, model }: { url: string; model: string }): Endpoint {
  const { origin, pathname } = modelUrl(url, model, 'infer');
  // The run has a timeout of its own, counted from the scheduled instant.
  const pool = new Pool(origin, { connections: null, pipelining: 1, headersTimeout: 0, bodyTimeout: 0 });
  const headers = { 'content-type': 'application/json' };

  return {
    send(body, onEnd) {
      let abort: (() => void) | undefined;
      let isOpen = true;
      const end = (outcome: LoadOutcome): void => {
        if (!isOpen) return;
        isOpen = false;
        onEnd(outcome);
      };
      let status = 0;
      pool.dispatch(
        { path: pathname, method: 'POST', headers, body },
        {
          onRequestStart(controller) {
            abort = () => controller.abort(new Error('given up'));
            if (!isOpen) abort();
          },
          onResponseStart(_, statusCode) {
            status = statusCode;
          },
          onResponseEnd: () => end(outcomeOf(status)),
          onResponseError: () => end('connectionErrors'),
        },
      );
      return {
        abandon() {
          isOpen = false;
          abort?.();
        },
      };
    },
    close: () => pool.destroy(),
  };
}

function outcomeOf(status: number): LoadOutcome {
  if (status >= 200 && status < 300) return 'answered';
  return status === REFUSED_STATUS ? 'refused' : 'errorAnswers';
}
