/** Sets one field of a hash in Redis: all that Clipper's batch limit needs of it. */
import { connect } from 'node:net';
import { BackendError } from '../../errors.js';

const TIMEOUT_MS = 5000;

export interface RedisField {
  /** `host:port`. */
  readonly address: string;
  readonly database: number;
  readonly key: string;
  readonly field: string;
  readonly value: string;
}

/**
 * Rejects with BackendError `REDIS` when the server cannot be reached, answers with an error, or takes more than 5 s.
 */
export async function setRedisField({ address, database, key, field, value }: RedisField): Promise<void> {
  const [host, port] = hostAndPort(address);
  const text = command('SELECT', String(database)) + command('HSET', key, field, value);
  await new Promise<void>((resolve, reject) => {
    const socket = connect(port, host);
    const fail = (what: string, cause?: unknown) => {
      socket.destroy();
      reject(new BackendError('REDIS', `${address}: ${what}`, { cause }));
    };
    let answer = '';
    socket.setEncoding('utf8');
    socket.setTimeout(TIMEOUT_MS, () => fail(`no answer after ${TIMEOUT_MS} ms`));
    socket.once('error', (error) => fail(error.message, error));
    socket.once('close', () => fail('closed the connection'));
    socket.on('data', (piece: string) => {
      answer += piece;
      const lines = answer.split('\r\n');
      const failed = lines.find((line) => line.startsWith('-'));
      if (failed !== undefined) return fail(failed.slice(1));
      // Two answers, +OK and :0 or :1, each ended by a line break.
      if (lines.length < 3) return;
      resolve();
      socket.end();
    });
    socket.write(text);
  });
}

/** A command in Redis's own protocol: an array of texts, each with its length in bytes. */
function command(...words: readonly string[]): string {
  return `*${words.length}\r\n${words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join('')}`;
}

function hostAndPort(address: string): [string, number] {
  const [, host, port] = /^\[?([^\]]+)\]?:(\d+)$/.exec(address) ?? [];
  if (host === undefined) throw new BackendError('REDIS', `redis = ${address}, must be HOST:PORT`);
  return [host, Number(port)];
}
