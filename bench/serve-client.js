/** Sends queries to a server of the Open Inference Protocol and keeps what came back. */
import { Agent, request } from 'node:http';

/** Sends one query; resolves with its status and body. A connection that fails or hangs has status 0. */
export function post(url, body, { agent, timeoutMs }) {
  return new Promise((resolve) => {
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
    const sent = request(url, { method: 'POST', agent, headers, timeout: timeoutMs }, (response) => {
      const chunks = [];
      response.on('data', (chunk) => chunks.push(chunk));
      response.on('end', () =>
        resolve({ status: response.statusCode, headers: response.headers, text: Buffer.concat(chunks).toString() }),
      );
      response.on('error', (error) => resolve({ status: 0, headers: {}, text: error.message }));
    });
    sent.on('timeout', () => sent.destroy(new Error('not answered in time')));
    sent.on('error', (error) => resolve({ status: 0, headers: {}, text: error.message }));
    sent.end(body);
  });
}

/**
 * Sends query after query at a mean rate (Poisson, whatever is still open), each with a body of its own, and hands every answer to `onAnswer`.
 * Resolves when all are answered, with how many were sent.
 */
export async function sendOpenLoop({ url, rateQps, seconds, bodyOf, onAnswer, random, timeoutMs }) {
  const agent = new Agent({ keepAlive: true, maxSockets: 4096 });
  const open = new Set();
  const begin = performance.now();
  let sent = 0;
  for (let dueMs = 0; dueMs < seconds * 1000; dueMs += (-Math.log(1 - random()) / rateQps) * 1000) {
    const aheadMs = begin + dueMs - performance.now();
    if (aheadMs > 1) await new Promise((resolve) => setTimeout(resolve, aheadMs));
    const query = sent++;
    const answered = post(url, bodyOf(query), { agent, timeoutMs }).then((answer) => {
      open.delete(answered);
      onAnswer(query, answer);
    });
    open.add(answered);
  }
  await Promise.all(open);
  agent.destroy();
  return sent;
}

/** Keeps `inFlight` queries open for a while, over as many connections. Returns how many were answered and how long it took. */
export async function sendClosedLoop({ url, inFlight, seconds, body, timeoutMs = 30_000 }) {
  const agent = new Agent({ keepAlive: true, maxSockets: inFlight });
  const begin = performance.now();
  const untilMs = begin + seconds * 1000;
  let answered = 0;
  const latenciesMs = [];
  const keepSending = async () => {
    while (performance.now() < untilMs) {
      const sentMs = performance.now();
      const { status, text } = await post(url, body, { agent, timeoutMs });
      if (status !== 200) throw new Error(`${url} answered ${status}: ${text.slice(0, 200)}`);
      latenciesMs.push(performance.now() - sentMs);
      answered++;
    }
  };
  await Promise.all(Array.from({ length: inFlight }, keepSending));
  agent.destroy();
  latenciesMs.sort((a, b) => a - b);
  return { answered, seconds: (performance.now() - begin) / 1000, latenciesMs };
}
