/** Soaks the serving engine: load for a while, replicas killed meanwhile, and then everything it did is checked. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brokenRules } from '../dist/serving/batch-rules.js';
import { sendOpenLoop } from './serve-client.js';
import { residentMiB, startServe } from './serve-process.js';
import { bodyOf, isRight, rateAt, STAGE_OPTIONS, writeSoakPipeline } from './soak-pipeline.js';

/** Longer than the engine lets any query wait. */
const CLIENT_TIMEOUT_MS = 90_000;
const SAMPLE_MS = 500;

/**
 * @param options `utilisation` of the busiest stage; `killEveryS` seconds between kills of one replica, 0 for none; `random` draws from [0, 1)
 */
export async function soak({ seconds, utilisation, killEveryS, random, onProgress = () => {} }) {
  const folder = mkdtempSync(join(tmpdir(), 'infer-plan-soak-'));
  writeSoakPipeline(folder);
  const server = await startServe([...STAGE_OPTIONS, '--batches', 'batches.ndjson'], { cwd: folder });
  const counts = { right: 0, wrong: 0, refused: 0, failed: 0, hung: 0 };
  const memoryMiB = [];
  let kills = 0;
  const arrivals = listenToArrivals(server.url);
  const sampling = setInterval(() => {
    memoryMiB.push(residentMiB(server.pid));
    onProgress({ ...counts, kills, memoryMiB: memoryMiB.at(-1) });
  }, SAMPLE_MS);
  const killing =
    killEveryS > 0 &&
    setInterval(() => {
      killOne(server.url, random).then((isKilled) => {
        if (isKilled) kills++;
      });
    }, killEveryS * 1000);
  const sent = await sendOpenLoop({
    url: `${server.url}/v2/models/soak/infer`,
    rateQps: rateAt(utilisation),
    seconds,
    bodyOf,
    random,
    timeoutMs: CLIENT_TIMEOUT_MS,
    onAnswer(query, { status, text, headers }) {
      if (status === 200) counts[isRight(query, text) ? 'right' : 'wrong']++;
      else if (status === 503 && headers['retry-after'] !== undefined) counts.refused++;
      else if (status === 500) counts.failed++;
      else counts.hung++;
    },
  });
  clearInterval(sampling);
  clearInterval(killing);
  const { stages } = await (await fetch(`${server.url}/admin/stages`)).json();
  const exitCode = await server.stop();
  const stamps = await arrivals;
  const records = readFileSync(join(folder, 'batches.ndjson'), 'utf8').trim().split('\n').map(JSON.parse);
  rmSync(folder, { recursive: true });
  return {
    sent,
    ...counts,
    kills,
    exitCode,
    restarts: stages.reduce((sum, stage) => sum + stage.restarts, 0),
    leftInQueues: stages.reduce((sum, stage) => sum + stage.queue_length, 0),
    arrivals: stamps.length,
    isOrdered: stamps.every((stamp, n) => n === 0 || stamp > stamps[n - 1]),
    batches: records.length,
    brokenRules: brokenRules(records),
    utilisation: busyShare(records, stages),
    memory: growthOf(memoryMiB),
  };
}

async function listenToArrivals(url) {
  const response = await fetch(`${url}/admin/arrivals?from=0`);
  const text = await response.text();
  return text.split('\n').filter(Boolean).map(Number);
}

/** Kills one replica of one stage, as a crash would. */
async function killOne(url, random) {
  const { stages } = await (await fetch(`${url}/admin/stages`)).json();
  const stage = stages[Math.floor(random() * stages.length)];
  const replica = stage.replica_numbers[Math.floor(random() * stage.replica_numbers.length)];
  const { ok } = await fetch(`${url}/admin/stages/${stage.stage}/replicas/${replica}`, { method: 'DELETE' });
  return ok;
}

/** Share of the time in which the replicas of the busiest stage worked. */
function busyShare(records, stages) {
  const shares = stages.map(({ stage, replicas }) => {
    const own = records.filter((record) => record.stage === stage);
    const busyMs = own.reduce((sum, { start_ms, end_ms }) => sum + end_ms - start_ms, 0);
    return busyMs / (replicas * (own.at(-1).end_ms - own[0].start_ms));
  });
  return Math.max(...shares);
}

/** Median memory of the second quarter of the time and of the last one: the first warms up. */
export function growthOf(samplesMiB) {
  const quarter = samplesMiB.length / 4;
  const medianOf = (from, to) => {
    const part = samplesMiB.slice(Math.floor(from), Math.ceil(to)).sort((a, b) => a - b);
    return part[part.length >> 1];
  };
  const earlyMiB = medianOf(quarter, 2 * quarter);
  const lateMiB = medianOf(3 * quarter, 4 * quarter);
  return { earlyMiB, lateMiB, peakMiB: Math.max(...samplesMiB) };
}
