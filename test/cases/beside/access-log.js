/**
 * Writes a proxy's access log at 40 queries/s: `access-log.js FILE FORMAT OFFSET_S FLUSH_S`. OFFSET_S is added to the
 * wall clock, as by a time zone; lines are written every FLUSH_S, as by a proxy that buffers them.
 */
import { appendFileSync } from 'node:fs';

const [file, format, offsetS, flushS] = process.argv.slice(2);
const RATE_QPS = 40;
const SERVED_MS = 20;
const TICK_MS = 20;

const shapes = {
  envoy: (/** @type {number} */ ms) => `[${new Date(ms).toISOString()}] "POST / HTTP/1.1" 200 - 12 34 20 19 "-"`,
  nginx: (/** @type {number} */ ms) => `192.0.2.9 200 ${((ms + SERVED_MS) / 1000).toFixed(3)} 0.020`,
  haproxy(/** @type {number} */ ms) {
    const iso = new Date(ms).toISOString();
    const month = new Date(ms).toLocaleString('en-US', { month: 'short', timeZone: 'UTC' });
    return `lb haproxy[1]: 192.0.2.9:1 [${iso.slice(8, 10)}/${month}/${iso.slice(0, 4)}:${iso.slice(11, 23)}] front back/s 0/0/1/19/20 200 512`;
  },
};
const lineOf = shapes[/** @type {keyof typeof shapes} */ (format)];

let dueMs = Date.now();
let flushedMs = dueMs;
let held = '';
appendFileSync(file, '');
setInterval(() => {
  const nowMs = Date.now();
  for (; dueMs + SERVED_MS <= nowMs; dueMs += 1000 / RATE_QPS) held += `${lineOf(dueMs + 1000 * Number(offsetS))}\n`;
  if (nowMs - flushedMs < 1000 * Number(flushS)) return;
  appendFileSync(file, held);
  held = '';
  flushedMs = nowMs;
}, TICK_MS);
process.stdout.write('ready\n');
