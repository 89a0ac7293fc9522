/** `profile --target oip` against a real MLServer and a real Triton. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ProfilingTarget } from '../../src/backends/contracts/profiling-target.js';
import { openOipTarget } from '../../src/backends/oip/oip-target.js';
import { randomStream } from '../../src/random.js';
import { checkProfilingTarget } from './profiling-contract.js';
import { type Mlserver, startMlserver } from './servers/mlserver.js';
import { startTriton, type Triton } from './servers/triton.js';

const STAGES = ['classify', 'rank'];
const MODELS = STAGES.map((name) => ({ name, batchMs: 6, rowMs: 2 }));

const open = (url: string, stages: readonly string[] = STAGES): Promise<ProfilingTarget> =>
  openOipTarget({
    url,
    stages: stages.map((stage) => ({ stage, models: [`no-such-${stage}`, stage], inputs: [] })),
    random: randomStream(1, 'inputs'),
  });

/** Service times of batches of one size, one after another. */
async function timesOf(target: ProfilingTarget, batchSize: number): Promise<number[]> {
  const batches = Array.from({ length: 5 }, () => ({ batchSize, gapMs: 0 }));
  const result = await target.runBatches([{ stage: 'classify', replica: 0, batches }]);
  expect(result.failures).toEqual([]);
  return result.batches.map(({ serviceMs }) => serviceMs);
}

let mlserver: Mlserver;
let triton: Triton;
beforeAll(async () => {
  mlserver = await startMlserver({ models: [...MODELS, { name: 'secretive', tellsInputs: false }] });
  triton = await startTriton({ models: MODELS });
});
afterAll(async () => {
  await Promise.all([mlserver?.stop(), triton?.stop()]);
});

const common = { kind: 'oip' as const, stages: STAGES, isWatched: false };
checkProfilingTarget('MLServer', async () => ({
  ...common,
  target: await open(mlserver.url),
  clock: 'round-trip',
}));
checkProfilingTarget('Triton', async () => ({ ...common, target: await open(triton.url), clock: 'service' }));

describe('MLServer', () => {
  // A batch of b sleeps 6 + 2b ms, and a round trip takes more.
  it.each([1, 4])('takes at least the sleep of a batch of %i', async (size) => {
    const times = await timesOf(await open(mlserver.url), size);
    for (const ms of times) expect(ms).toBeGreaterThanOrEqual(6 + 2 * size);
  });

  it('tells batches that the server refuses, with its reason, and gives the stream up', async () => {
    const target = await open(mlserver.url);
    const batches = Array.from({ length: 10 }, () => ({ batchSize: 9, gapMs: 0 }));
    const result = await target.runBatches([{ stage: 'classify', replica: 0, batches }]);
    expect(result.batches).toEqual([]);
    expect(result.failures).toHaveLength(3);
    expect(result.failures[0]).toContain('more than 8 rows');
  });

  it('asks for what the metadata leaves open', async () => {
    await expect(open(mlserver.url, ['secretive'])).rejects.toMatchObject({
      code: 'OIP_INPUT',
      hint: 'Give it: --input secretive.NAME=TYPE:DIMS',
    });
  });

  it('runs a model whose input is given', async () => {
    const target = await openOipTarget({
      url: mlserver.url,
      stages: [{ stage: 's', models: ['secretive'], inputs: [{ name: 'x', datatype: 'FP32', shape: [4] }] }],
      random: randomStream(1, 'inputs'),
    });
    const result = await target.runBatches([{ stage: 's', replica: 0, batches: [{ batchSize: 3, gapMs: 0 }] }]);
    expect(result.failures).toEqual([]);
  });

  it('names the models that are there when none fits', async () => {
    await expect(open(mlserver.url, ['clasify'])).rejects.toMatchObject({
      code: 'OIP_MODEL',
      message: expect.stringContaining('did you mean classify?'),
    });
  });
});

describe('Triton', () => {
  // The backend works on a batch for as long as the model sleeps, and a little more.
  it.each([1, 4])('takes the time of a batch of %i from its statistics', async (size) => {
    const target = await open(triton.url);
    for (const ms of await timesOf(target, size)) expect(ms).toBeGreaterThanOrEqual(6 + 2 * size);
  });

  it('has the largest batch of the model', async () => {
    const target = await open(triton.url);
    expect(target.describe().stages[0]).toMatchObject({ largestBatchSize: 8 });
  });

  it('counts no batch while others use the model', async () => {
    const target = await open(triton.url);
    const others = await open(triton.url);
    const batches = (batchSize: number) => Array.from({ length: 20 }, () => ({ batchSize, gapMs: 0 }));
    const [own] = await Promise.all([
      target.runBatches([{ stage: 'classify', replica: 0, batches: batches(2) }]),
      others.runBatches([{ stage: 'classify', replica: 0, batches: batches(1) }]),
    ]);
    expect(own.failures[0]).toContain('others use the model');
  });
});
