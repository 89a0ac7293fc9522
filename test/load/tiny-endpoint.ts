/** An inference endpoint of a few lines, inside the test's own process. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface TinyEndpoint {
  readonly url: string;
  /** Bodies of the inference requests received so far, in order. */
  readonly bodies: string[];
  /** Stops it, whatever is open. */
  stop(): Promise<void>;
}

/** What becomes of an inference request: its number is that in its body, `{"query":3}`, since connections may overtake each other. */
export type Answer = (response: ServerResponse, query: number, request: IncomingMessage) => void;

export const answerAtOnce: Answer = (response) => response.end('{"outputs":[]}');

/** Starts it on a free port; every model is ready unless `ready` is another status. */
export async function tinyEndpoint(answer: Answer = answerAtOnce, { ready = 200 } = {}): Promise<TinyEndpoint> {
  const bodies: string[] = [];
  const server = createServer((request, response) => {
    if (request.method === 'GET') {
      response.writeHead(ready).end();
      return;
    }
    let body = '';
    request.on('data', (chunk) => {
      body += chunk;
    });
    request.on('end', () => {
      const count = bodies.push(body) - 1;
      answer(response, Number(/"query":(\d+)/.exec(body)?.[1] ?? count), request);
    });
    request.on('error', () => {});
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    bodies,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
