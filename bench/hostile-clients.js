/**
 * Clients that mean harm, in a process of their own: `node hostile-clients.js URL PIPELINE STAGE`. Each kind acts some times a second until the
 * process is ended. On SIGTERM it prints as JSON how often each has acted, and which statuses it was answered.
 */
import { connect } from 'node:net';

const [, , url, pipeline, stage] = process.argv;
const { port } = new URL(url);
const INFER = `/v2/models/${pipeline}/infer`;
const STAGE = `/v2/models/${pipeline}.${stage}/infer`;
const TICK_MS = 50;

const counts = {};
function count(kind, what) {
  counts[kind] ??= {};
  counts[kind][what] = (counts[kind][what] ?? 0) + 1;
}

function open(kind) {
  const socket = connect(Number(port), '127.0.0.1');
  socket.on('error', () => {});
  socket.on('data', (chunk) => {
    const status = /^HTTP\/1\.1 (\d+)/.exec(chunk.toString('latin1', 0, 16))?.[1];
    if (status !== undefined) count(kind, status);
  });
  socket.once('close', () => count(kind, 'closed'));
  count(kind, 'acts');
  return socket;
}

function head(method, path, headers) {
  const lines = Object.entries({ Host: `127.0.0.1:${port}`, ...headers }).map(
    ([name, value]) => `${name}: ${value}\r\n`,
  );
  return `${method} ${path} HTTP/1.1\r\n${lines.join('')}`;
}

function send(kind, method, path, body, headers = {}) {
  const socket = open(kind);
  socket.write(
    `${head(method, path, { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body), ...headers })}\r\n`,
  );
  socket.write(body);
  setTimeout(() => socket.destroy(), 5000);
  return socket;
}

/** Keeps so many connections open, to each of which something is added every second. */
function drip(kind, connections, begin, more) {
  const one = () => {
    const socket = open(kind);
    socket.write(begin);
    const timer = setInterval(() => socket.write(more), 1000);
    socket.once('close', () => {
      clearInterval(timer);
      setTimeout(one, 100);
    });
  };
  for (let n = 0; n < connections; n++) setTimeout(one, n * 20);
}

/** Acts so many times a second. */
function often(perS, act) {
  let owed = Math.random();
  setInterval(() => {
    for (owed += (perS * TICK_MS) / 1000; owed >= 1; owed--) act();
  }, TICK_MS);
}

const items = (many) =>
  JSON.stringify({
    inputs: [{ name: 'items', shape: [many], datatype: 'BYTES', data: new Array(many).fill('{"query":1,"i":0}') }],
  });
const deep = '['.repeat(100_000) + ']'.repeat(100_000);
const garbage = Buffer.from(Array.from({ length: 4000 }, (_, n) => (n * 7919) % 251));
const large = `{"inputs":[{"name":"x","shape":[1000000],"datatype":"FP64","data":[${'1.25,'.repeat(999_999)}1.25]}]}x`;
const query = JSON.stringify({ inputs: [{ name: 'x', shape: [1], datatype: 'FP64', data: [1] }] });

drip('head without an end', 100, head('POST', INFER, {}), 'X: y\r\n');
drip('body without an end', 50, `${head('POST', INFER, { 'Content-Length': 1_000_000 })}\r\n`, 'x'.repeat(1000));
drip(
  'chunks without an end',
  4,
  `${head('POST', INFER, { 'Transfer-Encoding': 'chunked' })}\r\n`,
  `100000\r\n${'x'.repeat(0x100000)}\r\n`,
);
often(20, () => open('garbage').end(garbage));
often(10, () => send('announced 100 GB', 'POST', INFER, 'x', { 'Content-Length': 1e11 }));
often(0.5, () => send('JSON of 5 MB', 'POST', INFER, large));
often(5, () => send('JSON 100,000 deep', 'POST', INFER, `{"inputs":${deep}}`));
often(20, () => send('too many items', 'POST', STAGE, items(5000)));
often(20, () => send('as many items as may wait', 'POST', STAGE, items(300)));
often(20, () => send('foreign change', 'PUT', `/admin/stages/${stage}`, '{"replicas":1}', { Host: 'evil.example' }));
often(20, () =>
  send('foreign kill', 'DELETE', `/admin/stages/${stage}/replicas/0`, '', { Origin: 'http://evil.example' }),
);
often(20, () => {
  const socket = send('goes before the answer', 'POST', INFER, query);
  setTimeout(() => socket.destroy(), 30);
});
often(2, () => {
  const socket = open('reads nothing');
  socket.pause();
  socket.write(`${head('GET', '/v2', {})}\r\n`.repeat(500));
  setTimeout(() => socket.destroy(), 10_000);
});

process.on('SIGTERM', () => {
  process.stdout.write(JSON.stringify(counts), () => process.exit(0));
});
