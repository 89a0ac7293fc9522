import { createServer, type Server } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import { MOST_ANSWER_BYTES } from '../../../src/backends/shared/bounded-text.js';
import { askJson, callHttp, streamHttp } from '../../../src/backends/shared/http.js';

/** Answers every connection with these pieces, the last one again and again until the other side hangs up. */
async function answering(pieces: readonly (string | Buffer)[], isEndless = false) {
  let sent = 0;
  const server: Server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', () => {
      const queue = [...pieces];
      const next = () => {
        const piece = queue.shift() ?? (isEndless ? pieces.at(-1)! : undefined);
        if (piece === undefined) return void socket.end();
        sent += piece.length;
        socket.write(piece, (error) => {
          if (!error) next();
        });
      };
      next();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  open.push(server);
  const { port } = server.address() as { port: number };
  return { url: `http://127.0.0.1:${port}`, sent: () => sent };
}

const open: Server[] = [];
afterEach(() => {
  for (const server of open.splice(0)) server.close();
});

const get = (url: string) => askJson(callHttp, { method: 'GET', url, signal: AbortSignal.timeout(60_000) });

describe('an answer', () => {
  const megabyte = Buffer.alloc(2 ** 20, 'a');
  it.each([
    ['with a length', 'HTTP/1.1 200 OK\r\nContent-Length: 10737418240\r\n\r\n'],
    ['until the connection ends', 'HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n'],
    ['of an error', 'HTTP/1.1 500 Oops\r\nContent-Length: 10737418240\r\n\r\n'],
  ])('without end, %s: not read to its end, and a failure', async (_, head) => {
    const { url, sent } = await answering([head, megabyte], true);
    await expect(get(url)).rejects.toMatchObject({
      code: 'BACKEND_ANSWER',
      message: `${url}: answers more than ${MOST_ANSWER_BYTES} bytes`,
    });
    expect(sent()).toBeLessThan(4 * MOST_ANSWER_BYTES);
  });

  it('whose headers have no end is no answer', async () => {
    const { url, sent } = await answering(['HTTP/1.1 200 OK\r\n', `X: ${'a'.repeat(60_000)}\r\n`], true);
    await expect(get(url)).rejects.toMatchObject({ code: 'BACKEND_UNREACHABLE' });
    expect(sent()).toBeLessThan(MOST_ANSWER_BYTES);
  });

  const packed = gzipSync(Buffer.alloc(2 ** 20));
  it.each([
    ['a web page', 'Content-Type: text/html', '<html>please log in</html>', 'BACKEND_ANSWER'],
    ['nothing', 'Content-Type: application/json', '', 'BACKEND_ANSWER'],
    ['half of the JSON', 'Content-Type: application/json', '{"stages":[{"sta', 'BACKEND_ANSWER'],
    ['JSON that is packed', 'Content-Encoding: gzip', packed, 'BACKEND_ANSWER'],
  ])('of %s is unknown', async (_, header, body, code) => {
    const { url } = await answering([`HTTP/1.1 200 OK\r\n${header}\r\nContent-Length: ${body.length}\r\n\r\n`, body]);
    await expect(get(url)).rejects.toMatchObject({ code });
  });

  it('that ends before its length is unknown', async () => {
    const { url } = await answering(['HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n', '{"replicas":1}']);
    await expect(get(url)).rejects.toMatchObject({ code: 'BACKEND_UNREACHABLE' });
  });

  it('that sends elsewhere is not followed', async () => {
    const elsewhere = await answering(['HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}']);
    const { url } = await answering([`HTTP/1.1 302 Found\r\nLocation: ${elsewhere.url}\r\nContent-Length: 0\r\n\r\n`]);
    await expect(get(url)).rejects.toMatchObject({ code: 'BACKEND_REJECTED' });
    expect(elsewhere.sent()).toBe(0);
  });

  it('with control characters reaches no error text as it is', async () => {
    const body = '\u001b[2J\u001b]0;title\u0007\u202egnp.exe';
    const { url } = await answering([`HTTP/1.1 403 No\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`]);
    await expect(get(url)).rejects.toMatchObject({ message: `${url}: answered 403: [2J ]0;title gnp.exe` });
  });
});

it('a stream that is refused with an endless text ends', async () => {
  const { url } = await answering(['HTTP/1.1 503 No\r\nConnection: close\r\n\r\n', Buffer.alloc(2 ** 20, 'a')], true);
  const pieces = streamHttp({ method: 'GET', url, signal: AbortSignal.timeout(60_000) })[Symbol.asyncIterator]();
  await expect(pieces.next()).rejects.toMatchObject({ code: 'BACKEND_ANSWER' });
});
