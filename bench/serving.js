/**
 * What the serving engine itself costs: replicas take no time. First inside one process, without HTTP; then over HTTP, beside MLServer where the
 * integration suite has installed it, all with the same client and the same query. Throughput is per processor second of the server.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Runtime } from '../dist/serving/runtime.js';
import { serviceTimes } from '../dist/simulation/service-times.js';
import { figure, printTable } from './measure.js';
import { findMlserver, startMlserver } from './mlserver-process.js';
import { sendClosedLoop } from './serve-client.js';
import { cpuSeconds, startServe } from './serve-process.js';
import { chainOf, writeChains } from './serving-pipelines.js';

const BODY = JSON.stringify({ inputs: [{ name: 'x', shape: [1, 4], datatype: 'FP32', data: [1, 2, 3, 4] }] });
const INPUT = { x: { shape: [1, 4], datatype: 'FP32', data: Float32Array.of(1, 2, 3, 4) } };
const NOTHING = {
  model: 'nothing',
  hardware: 'cpu',
  rows: [1, 64].map((batchSize) => ({ batchSize, meanMs: 0, runtime: 'none', source: 'made up' })),
};

export async function bench({ isQuick }) {
  const folder = mkdtempSync(join(tmpdir(), 'infer-plan-serving-'));
  writeChains(folder);
  try {
    await benchInside(folder, isQuick);
    await benchHttp(folder, isQuick);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function benchInside(folder, isQuick) {
  const rows = [];
  for (const [name, stages, isEmulated, maxBatchSize, inFlight] of [
    ['1 stage, emulated', 1, true, 1, 1],
    ['1 stage, emulated', 1, true, 1, 1000],
    ['1 stage, emulated', 1, true, 64, 1000],
    ['4 stages, emulated', 4, true, 64, 1000],
    ['1 stage, thread', 1, false, 1, 1],
    ['1 stage, thread', 1, false, 1, 1000],
    ['1 stage, thread', 1, false, 64, 1000],
    ['4 stages, threads', 4, false, 64, 1000],
  ]) {
    const module = join(folder, 'nothing.js');
    const pipeline = chainOf(stages, isEmulated ? {} : { module });
    const result = await runInside({
      pipeline,
      folder,
      isEmulated,
      maxBatchSize,
      inFlight,
      seconds: isQuick ? 0.5 : 5,
    });
    const { queries, batches, cpuS, wallS } = result;
    rows.push([
      name,
      maxBatchSize,
      inFlight,
      figure((queries / batches) * stages),
      figure((cpuS / queries) * 1e6),
      figure((cpuS / batches) * 1e6),
      figure((wallS / queries) * 1e6),
      Math.round(queries / cpuS),
    ]);
  }
  const header = [
    'pipeline',
    'max batch',
    'in flight',
    'items a batch',
    'cpu µs a query',
    'cpu µs a batch',
    'wall µs a query',
    'queries a core-second',
  ];
  printTable('serving: the engine in one process (processor time of all its threads)', header, rows);
}

/** Keeps queries in flight for a while, each answer making room for the next. */
async function runInside({ pipeline, folder, isEmulated, maxBatchSize, inFlight, seconds }) {
  const service = serviceTimes({ profile: NOTHING, maxBatchSize: 64, serviceModel: 'mean', streamKey: 0 });
  const runtime = new Runtime({
    pipeline,
    stages: pipeline.stages.map(() => ({
      hardware: 'cpu',
      maxBatchSize,
      replicas: 1,
      emulated: isEmulated ? { service, activationDelayMs: 0 } : null,
    })),
    folder,
    seed: 1,
    queueLimit: 1e6,
    queryTimeoutMs: 60_000,
  });
  await runtime.start();
  const { engine } = runtime;
  const batchesOf = () => engine.stages.reduce((sum, stage) => sum + stage.batches, 0);
  let answered = 0;
  let isOver = false;
  let live = 0;
  let finish;
  const finished = new Promise((resolve) => {
    finish = resolve;
  });
  const arrive = (nowUs) => {
    live++;
    engine.arrive(nowUs, INPUT, () => {
      live--;
      answered++;
      if (freed++ === 0) setImmediate(refill);
      if (isOver && live === 0) finish();
    });
  };
  // A query arrives in place of each that was answered, at the next turn of the event loop.
  let freed = 0;
  const refill = () => {
    if (isOver) return;
    const count = freed;
    freed = 0;
    for (let n = 0; n < count; n++) runtime.turn(arrive);
  };
  for (let n = 0; n < inFlight; n++) runtime.turn(arrive);
  const pause = (s) => new Promise((resolve) => setTimeout(resolve, s * 1000));
  await pause(seconds / 5);
  const before = { queries: answered, batches: batchesOf(), cpu: process.cpuUsage(), wallMs: performance.now() };
  await pause(seconds);
  const { user, system } = process.cpuUsage(before.cpu);
  const result = {
    queries: answered - before.queries,
    batches: batchesOf() - before.batches,
    cpuS: (user + system) / 1e6,
    wallS: (performance.now() - before.wallMs) / 1000,
  };
  isOver = true;
  if (live > 0) await finished;
  await runtime.close();
  return result;
}

async function benchHttp(folder, isQuick) {
  const seconds = isQuick ? 1 : 10;
  const serve = (file, maxBatchSize) => () =>
    startServe(['--pipeline', file, '--stage', `s0=cpu:${maxBatchSize}:1`], { cwd: folder }).then((server) => ({
      ...server,
      url: `${server.url}/v2/models/chain/infer`,
    }));
  const mlserver = findMlserver();
  const servers = [
    ['infer-plan, emulated', 1, serve('emulated.yaml', 1)],
    ['infer-plan, emulated', 32, serve('emulated.yaml', 32)],
    ['infer-plan, thread', 1, serve('threads.yaml', 1)],
    ['infer-plan, thread', 32, serve('threads.yaml', 32)],
    ...(mlserver === undefined
      ? []
      : [1, 32].map((maxBatchSize) => ['MLServer', maxBatchSize, () => startMlserver(mlserver, { maxBatchSize })])),
  ];
  const rows = [];
  for (const [name, maxBatchSize, start] of servers) {
    const server = await start();
    try {
      for (const inFlight of [1, 64]) {
        await sendClosedLoop({ url: server.url, inFlight, seconds: seconds / 5, body: BODY });
        const cpuBefore = cpuSeconds(server.pid);
        const {
          answered,
          latenciesMs,
          seconds: tookS,
        } = await sendClosedLoop({ url: server.url, inFlight, seconds, body: BODY });
        const cpuS = cpuSeconds(server.pid) - cpuBefore;
        const at = (share) => figure(latenciesMs[Math.floor(share * (latenciesMs.length - 1))]);
        rows.push([
          name,
          maxBatchSize,
          inFlight,
          Math.round(answered / tookS),
          at(0.5),
          at(0.99),
          figure((cpuS / answered) * 1e6),
          Math.round(answered / cpuS),
        ]);
      }
    } finally {
      await server.stop();
    }
  }
  const header = [
    'server',
    'max batch',
    'in flight',
    'queries/s',
    'p50 ms',
    'p99 ms',
    'cpu µs a query',
    'queries a core-second',
  ];
  printTable('serving: over HTTP, one client process beside the server', header, rows);
  if (mlserver === undefined) console.log('\nMLServer is not installed: npm run test:integration installs it.');
}
