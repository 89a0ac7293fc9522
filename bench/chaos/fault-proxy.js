/** Between `tune` and `serve`: hands calls on, tells the emulated day's clock and arrivals, and lets faults answer. */
import { createServer, request } from 'node:http';
import { HTTP_FAULTS } from './http-faults.js';

const STREAM_EVERY_MS = 10;
/** Replicas are read every two seconds. */
const LONGEST_WAIT_MS = 4000;
const CALLS = [
  ['read', 'GET', /^\/admin\/stages$/],
  ['clock', 'GET', /^\/admin\/clock$/],
  ['arrivals', 'GET', /^\/admin\/arrivals\b/],
  ['batches', 'GET', /^\/admin\/batches$/],
  ['change', 'PUT', /^\/admin\/stages\/([^/]+)$/],
];

export class FaultProxy {
  url = '';
  /** Where `serve` listens; undefined while there is none. */
  upstream;
  /** Requests that met a fault, by kind. */
  met = new Map();
  /** Instants at which a right answer with replicas was handed over. */
  goodReads = [];
  /** What is added to the clock of the arrivals, in answers. */
  clockShiftMs = 0;
  #day;
  #onChange;
  #faults = new Set();
  #streams = new Set();
  #server;

  /** @param options `onChange(stage, replicas)` is called before a change is handed on, and returns what is called with its answer */
  static async start({ day, onChange }) {
    const proxy = new FaultProxy();
    proxy.#day = day;
    proxy.#onChange = onChange;
    proxy.#server = createServer((request, response) => {
      response.on('error', () => {});
      proxy.#answer(request, response).catch(() => response.destroy());
    });
    await new Promise((resolve) => proxy.#server.listen(0, '127.0.0.1', resolve));
    proxy.url = `http://127.0.0.1:${proxy.#server.address().port}`;
    return proxy;
  }

  /** Throws a fault at one call: it lies in wait for a request, and meets all that come until `forMs` are over. */
  throw({ kind, call, stage, forMs, draw }) {
    let end;
    const fault = {
      ...{ kind, call, stage, draw, isOver: false },
      ended: new Promise((resolve) => {
        end = resolve;
      }),
      over: () => {
        fault.isOver = true;
        this.#faults.delete(fault);
        end();
      },
      meet: () => {
        this.#count(kind);
        fault.meet = () => this.#count(kind);
        clearTimeout(waiting);
        setTimeout(fault.over, forMs);
      },
    };
    const waiting = setTimeout(fault.over, forMs + LONGEST_WAIT_MS);
    this.#faults.add(fault);
    this.#disturbStreams(fault);
    return fault.ended;
  }

  /** Ends the streams that come from `serve`, as its end does. */
  dropStreams() {
    for (const { response } of this.#streams) response.destroy();
  }

  close() {
    this.#server.closeAllConnections();
    return new Promise((resolve) => this.#server.close(resolve));
  }

  /** A stream is open for long: a fault meets it where it is. */
  #disturbStreams(fault) {
    for (const stream of this.#streams) {
      if (stream.call !== fault.call) continue;
      fault.meet();
      if (fault.kind.startsWith('hang')) {
        stream.isHeld = true;
        fault.ended.then(() => stream.response.destroy());
      } else if (fault.kind === 'lines that are no arrivals') {
        HTTP_FAULTS[fault.kind].act({ fault, response: inserting(stream.response) });
      } else stream.response.destroy();
    }
  }

  async #answer(incoming, response) {
    const body = await bodyOf(incoming);
    const [call, stage] = callOf(incoming);
    const asked = call === 'change' ? { stage, replicas: JSON.parse(body).replicas } : undefined;
    const isMet = (one) => one.call === call && (asked === undefined || one.stage === undefined || one.stage === stage);
    const fault = [...this.#faults].find(isMet);
    // Which decision a request carries out is looked up when it comes, whatever becomes of it.
    const tell = asked && this.#onChange(asked.stage, asked.replicas);
    if (fault === undefined) return this.#hearFrom(call, { incoming, response, body, tell });
    fault.meet();
    const proper = () => this.#proper(call, { incoming, body, tell });
    await HTTP_FAULTS[fault.kind].act({ fault, response, asked, proper });
  }

  async #hearFrom(call, { incoming, response, body, tell }) {
    if (call === 'arrivals') return this.#streamArrivals(incoming, response);
    if (call === 'batches') return this.#streamBatches(incoming, response);
    const { status, text } = await this.#proper(call, { incoming, body, tell });
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(text);
    if (call === 'read' && status === 200) this.goodReads.push(performance.now());
  }

  /** The answer of `serve`, with the emulated day's clock in it. Rejects when there is no `serve`. */
  async #proper(call, { incoming, body, tell }) {
    const answer = await this.#forward(incoming, body);
    tell?.(answer);
    if (call !== 'clock' || answer.status !== 200) return answer;
    const { nowMs, arrivals } = this.#day.clock();
    const clock = { now_ms: Math.max(0, nowMs + this.clockShiftMs), arrivals, first_known_arrival: 0 };
    return { ...answer, text: JSON.stringify({ ...JSON.parse(answer.text), ...clock }) };
  }

  #forward({ method, url, headers }, body) {
    if (this.upstream === undefined) return Promise.reject(new Error('no serve'));
    const { host: _, connection: __, ...kept } = headers;
    return new Promise((resolve, reject) => {
      const outgoing = request(this.upstream + url, { method, headers: kept, agent: false }, async (incoming) => {
        incoming.on('error', reject);
        resolve({ status: incoming.statusCode, text: await bodyOf(incoming) });
      });
      outgoing.on('error', reject);
      outgoing.end(body);
    });
  }

  #streamArrivals({ url }, response) {
    let next = Number(new URL(url, this.url).searchParams.get('from'));
    const era = this.#day.eras.at(-1);
    const stream = this.#listen('arrivals', response);
    response.writeHead(200, { 'content-type': 'text/plain' });
    response.flushHeaders();
    const timer = setInterval(() => {
      if (stream.isHeld) return;
      this.#day.clock();
      const news = era.stampsMs.slice(next);
      next += news.length;
      if (news.length > 0) response.write(`${news.map((ms) => ms.toFixed(3)).join('\n')}\n`);
    }, STREAM_EVERY_MS);
    response.on('close', () => clearInterval(timer));
  }

  #streamBatches({ url, headers }, response) {
    if (this.upstream === undefined) return response.destroy();
    this.#listen('batches', response);
    const { host: _, ...kept } = headers;
    const outgoing = request(this.upstream + url, { headers: kept, agent: false }, (incoming) => {
      response.writeHead(incoming.statusCode, incoming.headers);
      response.flushHeaders();
      incoming.on('error', () => response.destroy());
      incoming.on('close', () => response.destroy());
      incoming.pipe(response);
    });
    outgoing.on('error', () => response.destroy());
    outgoing.end();
    response.on('close', () => outgoing.destroy());
  }

  #listen(call, response) {
    const stream = { call, response, isHeld: false };
    this.#streams.add(stream);
    response.on('close', () => this.#streams.delete(stream));
    return stream;
  }

  #count(kind) {
    this.met.set(kind, (this.met.get(kind) ?? 0) + 1);
  }
}

/** Writes an answer's body into a stream that is open. */
function inserting(response) {
  return { writeHead: () => {}, end: (text) => response.write(text) };
}

/** Which call a request is, and its stage. */
function callOf({ method, url }) {
  for (const [call, itsMethod, pattern] of CALLS) {
    const found = method === itsMethod && pattern.exec(url);
    if (found) return [call, found[1] && decodeURIComponent(found[1])];
  }
  return ['other'];
}

async function bodyOf(stream) {
  let text = '';
  stream.setEncoding('utf8');
  for await (const piece of stream) text += piece;
  return text;
}
