/**
 * A pipeline for soaking the serving engine: its answers tell whether every item went where it should, its replicas sleep for known times, so that it
 * takes little of the processor, and one stage is emulated.
 *
 * start (x) -> 1 to 3 items -> work, each -> join, with start; audit is emulated, beside work.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Mean items of a query at `work`, and the time its replicas take for a batch. */
const MEAN_ITEMS = 2;
const WORK = { replicas: 3, maxBatchSize: 8, batchMs: 24, itemMs: 2 };

/** Queries per second that keep `work` busy for this share of the time, if all batches are full. */
export function rateAt(utilisation) {
  const { replicas, maxBatchSize, batchMs, itemMs } = WORK;
  const itemsPerS = (1000 * replicas * maxBatchSize) / (batchMs + itemMs * maxBatchSize);
  return (utilisation * itemsPerS) / MEAN_ITEMS;
}

export const STAGE_OPTIONS = [
  '--pipeline',
  'pipeline.yaml',
  ...['start=here:4:3', `work=here:${WORK.maxBatchSize}:${WORK.replicas}`, 'join=here:16:2', 'audit=cpu:8:8'].flatMap(
    (choice) => ['--stage', choice],
  ),
];

/** Body of query number x, and the answer it must get. */
export const bodyOf = (x) => JSON.stringify({ inputs: [{ name: 'x', shape: [1], datatype: 'FP64', data: [x] }] });

export function isRight(x, text) {
  const { outputs } = JSON.parse(text);
  const parts = Array.from({ length: 1 + (x % 3) }, (_, i) => x * 10 + i);
  return outputs.length === 1 && outputs[0].data[0] === JSON.stringify({ x, parts });
}

export function writeSoakPipeline(folder) {
  mkdirSync(join(folder, 'stages'));
  for (const [name, text] of Object.entries(FILES)) writeFileSync(join(folder, name), text);
}

const SLEEP = `const cell = new Int32Array(new SharedArrayBuffer(4));
export const sleep = (ms) => void Atomics.wait(cell, 0, 0, ms);
`;

const FILES = {
  'pipeline.yaml': `version: 1
name: soak
profiles: profiles.csv
hardware: hardware.yaml
stages:
  - { name: start, module: stages/start.js }
  - name: work
    module: stages/work.js
    parents:
      - { from: start, fan_out: { 1: 0.34, 2: 0.33, 3: 0.33 } }
  - name: audit
    model: audit
    parents:
      - start
  - name: join
    module: stages/join.js
    parents:
      - start
      - work
`,
  'profiles.csv': `model,hardware,batch_size,mean_ms,p50_ms,p95_ms,p99_ms,samples,runtime,source
audit,cpu,1,10,,,,,none,made up
audit,cpu,8,40,,,,,none,made up
`,
  'hardware.yaml': `version: 1
hardware:
  - { name: cpu, kind: cpu, price_usd_per_hour: 0.1, activation_delay: 50ms }
`,
  'stages/sleep.js': SLEEP,
  'stages/start.js': `import { sleep } from './sleep.js';
export function createStage() {
  return {
    run(items) {
      sleep(20 + 2 * items.length);
      return items.map(({ x }) => {
        const query = x.data[0];
        const parts = Array.from({ length: 1 + (query % 3) }, (_, i) => ({ query, i }));
        return { output: query, send: { work: parts, join: [query], audit: [query] } };
      });
    },
  };
}
`,
  'stages/work.js': `import { sleep } from './sleep.js';
export function createStage() {
  return {
    run(items) {
      sleep(${WORK.batchMs} + ${WORK.itemMs} * items.length);
      return items.map(({ query, i }) => ({ output: query * 10 + i }));
    },
  };
}
`,
  'stages/join.js': `import { sleep } from './sleep.js';
export function createStage() {
  return {
    run(items) {
      sleep(4 + 0.5 * items.length);
      return items.map(({ start, work }) => ({ output: { x: start[0], parts: work } }));
    },
  };
}
`,
};
