/** Sends what a fuzzer made up: requests through a client, or bytes through a socket. */
import { Agent, request } from 'node:http';
import { connect } from 'node:net';
import type { Verdict } from './target.js';

export interface Call {
  readonly method: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}

export interface Answered {
  readonly status: number;
  readonly text: string;
}

const LONGEST_TEXT = 100_000;
/** A stream of lines never ends: what has come by then is the answer. */
const STREAM_MS = 20;

/** A client that keeps one connection. */
export function httpClient(url: string) {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const { hostname, port } = new URL(url);
  return {
    send: ({ method, path, headers = {}, body }: Call): Promise<Answered> =>
      new Promise((resolve, reject) => {
        const sent = request({ agent, hostname, port, method, path, headers: { ...headers } }, (answer) => {
          const chunks: Buffer[] = [];
          let timer: NodeJS.Timeout | undefined;
          const end = () => {
            clearTimeout(timer);
            resolve({ status: answer.statusCode ?? 0, text: Buffer.concat(chunks).toString().slice(0, LONGEST_TEXT) });
          };
          answer.on('data', (chunk: Buffer) => void chunks.push(chunk));
          answer.on('end', end).on('error', end);
          if (answer.headers['content-length'] === undefined && path.startsWith('/admin/')) {
            timer = setTimeout(() => {
              answer.destroy();
              end();
            }, STREAM_MS);
          }
        });
        sent.on('error', reject);
        sent.end(body);
      }),
    close: () => agent.destroy(),
  };
}

/** What a status says; a failure of the server is a fault. */
export function verdictOfAnswer({ status, text }: Answered): Verdict {
  const isRefused = (status >= 400 && status < 500) || status === 503 || status === 504;
  if (status < 200 || (status >= 300 && !isRefused)) throw new Error(`answered ${status}: ${text.slice(0, 300)}`);
  if (/\n\s+at .+:\d+:\d+/.test(text)) throw new Error(`answered with a stack: ${text.slice(0, 300)}`);
  return isRefused ? 'refused' : 'accepted';
}

/** Writes bytes, closes its side, and reads what comes. A connection that is closed without an answer is a refusal. */
export function sendBytes(url: string, bytes: string | Uint8Array): Promise<Verdict> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    let text = '';
    const socket = connect(Number(port), hostname, () => socket.end(bytes));
    const timer = setTimeout(() => socket.destroy(), STREAM_MS * 50);
    socket.setEncoding('latin1').on('data', (more: string) => {
      if (text.length < LONGEST_TEXT) text += more;
    });
    socket.on('error', () => {});
    socket.on('close', () => {
      clearTimeout(timer);
      const statuses = [...text.matchAll(/^HTTP\/1\.1 (\d{3})/gm)].map(([, status]) => Number(status));
      const bad = statuses.find((status) => status >= 500 && status !== 503 && status !== 505 && status !== 504);
      if (bad !== undefined) reject(new Error(`answered ${bad}: ${text.slice(0, 300)}`));
      else resolve(statuses.some((status) => status < 300) ? 'accepted' : 'refused');
    });
  });
}
