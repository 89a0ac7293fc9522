/** The outside of every faked server: it can hang, be gone, or answer what its routes say, over a clock of its own. */
import { failure } from '../../src/backends/shared/failure.js';
import type { HttpAnswer, HttpCall, HttpRequest } from '../../src/backends/shared/http.js';

export interface FakeServer {
  readonly http: HttpCall;
  /** Every request in the order received: `PUT /admin/stages/detect {"replicas":3}`. */
  readonly requests: string[];
  freeze(): void;
  thaw(): void;
  kill(): void;
  revive(): Promise<void>;
  /** Resolves when the server has taken a request that changes something. */
  midway(): Promise<void>;
}

/** Answers a request, given its path and its parsed JSON body. */
export type Route = (request: { method: string; path: string; body: unknown }) => HttpAnswer | Promise<HttpAnswer>;

export function fakeServer(route: Route): FakeServer {
  let state: 'up' | 'frozen' | 'gone' = 'up';
  let frozen: (() => void)[] = [];
  const requests: string[] = [];
  const dying: Set<() => void> = new Set();
  const awaiting: (() => void)[] = [];

  async function answer({ method, url, body, signal }: HttpRequest): Promise<HttpAnswer> {
    const { pathname, search } = new URL(url);
    requests.push(`${method} ${pathname}${search}${body === undefined ? '' : ` ${body}`}`);
    if (method !== 'GET') for (const resolve of awaiting.splice(0)) resolve();
    if (state === 'frozen') await new Promise<void>((resolve) => frozen.push(resolve));
    if (state === 'gone' || signal.aborted) return lost(url);
    return route({ method, path: `${pathname}${search}`, body: body === undefined ? undefined : JSON.parse(body) });
  }

  return {
    requests,
    http: (request) => {
      let onDeath: (() => void) | undefined;
      const death = new Promise<never>((_, reject) => {
        onDeath = () => reject(lostError(request.url));
      });
      death.catch(() => undefined);
      dying.add(onDeath!);
      return Promise.race([answer(request), death]).finally(() => dying.delete(onDeath!));
    },
    freeze: () => {
      state = 'frozen';
    },
    thaw: () => {
      state = 'up';
      for (const go of frozen) go();
      frozen = [];
    },
    kill: () => {
      state = 'gone';
      for (const die of [...dying]) die();
    },
    revive: async () => {
      state = 'up';
    },
    midway: () => new Promise((resolve) => awaiting.push(resolve)),
  };
}

export function json(value: unknown, status = 200): HttpAnswer {
  return { status, text: JSON.stringify(value) };
}

function lost(url: string): never {
  throw lostError(url);
}

function lostError(url: string): Error {
  return failure('BACKEND_UNREACHABLE', { place: url, what: 'connection refused' });
}
