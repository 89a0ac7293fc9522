/**
 * `serve` at 120 % of its busiest stage, alone and then beside clients that mean harm: node bench/run.js hostile [--seconds=60].
 * Honest queries must be answered as fast as alone, within a tenth, and memory must stay flat.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { randomStream } from '../dist/random.js';
import { figure, printTable } from './measure.js';
import { sendOpenLoop } from './serve-client.js';
import { residentMiB, startServe } from './serve-process.js';
import { growthOf } from './soak.js';
import { bodyOf, isRight, rateAt, STAGE_OPTIONS, writeSoakPipeline } from './soak-pipeline.js';

const CLIENTS = fileURLToPath(new URL('./hostile-clients.js', import.meta.url));
const CLIENT_TIMEOUT_MS = 90_000;
const SAMPLE_MS = 500;
/** Items that wait at the busiest stage for about half a second. */
const QUEUE_LIMIT = '300';
const WARM_UP_S = 5;
const UTILISATION = 1.2;

/** Honest queries for some seconds, alone or not; their latencies in milliseconds, ascending, and how they ended. */
async function honest(server, { seconds, utilisation, random, memoryMiB }) {
  const counts = { right: 0, wrong: 0, refused: 0, failed: 0 };
  const sentMs = [];
  const latenciesMs = [];
  const sampling = setInterval(() => memoryMiB.push(residentMiB(server.pid)), SAMPLE_MS);
  const sent = await sendOpenLoop({
    url: `${server.url}/v2/models/soak/infer`,
    rateQps: rateAt(utilisation),
    seconds,
    bodyOf(query) {
      sentMs[query] = performance.now();
      return bodyOf(query);
    },
    random,
    timeoutMs: CLIENT_TIMEOUT_MS,
    onAnswer(query, { status, text }) {
      if (status === 200) {
        latenciesMs.push(performance.now() - sentMs[query]);
        counts[isRight(query, text) ? 'right' : 'wrong']++;
      } else counts[status === 503 ? 'refused' : 'failed']++;
    },
  });
  clearInterval(sampling);
  return { sent, ...counts, latenciesMs: latenciesMs.sort((a, b) => a - b) };
}

/** Starts the hostile clients; the function it gives ends them and tells what they were answered. */
function startHostile(url) {
  const child = spawn(process.execPath, [CLIENTS, url, 'soak', 'work'], { stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  child.stdout.on('data', (chunk) => {
    text += chunk;
  });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  return async () => {
    child.kill('SIGTERM');
    await ended;
    return JSON.parse(text);
  };
}

export async function hostile({ seconds, utilisation, random }) {
  const folder = mkdtempSync(join(tmpdir(), 'infer-plan-hostile-'));
  writeSoakPipeline(folder);
  const server = await startServe([...STAGE_OPTIONS, '--queue-limit', QUEUE_LIMIT], { cwd: folder });
  try {
    await honest(server, { seconds: WARM_UP_S, utilisation, random, memoryMiB: [] });
    const alone = await honest(server, { seconds: seconds / 4, utilisation, random, memoryMiB: [] });
    const endHostile = startHostile(server.url);
    const memoryMiB = [];
    const beside = await honest(server, { seconds, utilisation, random, memoryMiB });
    const answers = await endHostile();
    return { alone, beside, answers, memory: growthOf(memoryMiB), exitCode: await server.stop() };
  } finally {
    await server.stop('SIGKILL');
    rmSync(folder, { recursive: true });
  }
}

export async function bench({ isQuick }) {
  const given = process.argv.find((word) => word.startsWith('--seconds='));
  const seconds = given === undefined ? (isQuick ? 20 : 600) : Number(given.slice('--seconds='.length));
  const at = ({ latenciesMs }, share) => latenciesMs[Math.floor(share * (latenciesMs.length - 1))];
  const rows = [];
  let told;
  for (const utilisation of [UTILISATION]) {
    const { alone, beside, answers, memory, exitCode } = await hostile({
      seconds,
      utilisation,
      random: randomStream(1, 'hostile', String(utilisation)),
    });
    told = answers;
    const ratios = [0.5, 0.99].flatMap((share) => [
      figure(at(alone, share)),
      figure(at(beside, share)),
      figure(at(beside, share) / at(alone, share)),
    ]);
    rows.push([
      `${100 * utilisation} %`,
      beside.sent,
      beside.right,
      beside.refused,
      beside.failed + beside.wrong,
      figure(beside.right / beside.sent / (alone.right / alone.sent)),
      ...ratios,
      `${figure(memory.earlyMiB)} → ${figure(memory.lateMiB)}`,
      exitCode,
    ]);
  }
  printTable(
    `hostile: honest queries beside clients that mean harm, ${seconds} s each`,
    [
      'load',
      'sent',
      'right',
      'refused',
      'wrong or failed',
      'share answered, to alone',
      'p50 alone',
      'p50 beside',
      'ratio',
      'p99 alone',
      'p99 beside',
      'ratio',
      'memory MiB',
      'exit',
    ],
    rows,
  );
  printTable(
    'hostile: what the others were answered',
    ['kind', 'acts', 'answers'],
    Object.entries(told).map(([kind, { acts, ...rest }]) => [
      kind,
      acts,
      Object.entries(rest)
        .map(([what, times]) => `${what}: ${times}`)
        .join(', '),
    ]),
  );
}
