/** `profile --target clipper` against a stand-in that follows Clipper's published behaviour. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ClipperStage, openClipperTarget } from '../../src/backends/clipper/clipper-target.js';
import { checkProfilingTarget } from './profiling-contract.js';
import { type ClipperStandIn, startClipperStandIn } from './servers/clipper-stand-in.js';

let clipper: ClipperStandIn;
beforeAll(async () => {
  clipper = await startClipperStandIn([
    { name: 'classify', inputType: 'floats', batchMs: 5, rowMs: 1, sloMs: 2000 },
    { name: 'rank', inputType: 'strings', batchMs: 2, rowMs: 1, sloMs: 2000 },
    { name: 'hasty', inputType: 'bytes', batchMs: 200, rowMs: 0, sloMs: 20 },
  ]);
});
afterAll(() => clipper?.stop());

const stageOf = (app: string, inputType: ClipperStage['inputType']): ClipperStage => ({
  stage: app,
  app,
  inputType,
  inputLength: 24,
  model: `${app}:1`,
});
const STAGES = [stageOf('classify', 'floats'), stageOf('rank', 'strings')];
const open = (stages: readonly ClipperStage[], redis?: string) =>
  openClipperTarget({ url: clipper.url, stages, random: Math.random, ...(redis && { redis }) });

checkProfilingTarget('Clipper', async () => ({
  target: await open(STAGES, clipper.redis),
  kind: 'clipper',
  clock: 'round-trip',
  stages: ['classify', 'rank'],
  isWatched: false,
}));

describe('Clipper', () => {
  it('never sends an input twice, so that nothing comes from the cache', () => {
    expect(clipper.cacheHits()).toBe(0);
  });

  it('sets the batch limit of the model in Redis', async () => {
    const target = await open(STAGES, clipper.redis);
    const before = clipper.batchesOf('classify').length;
    await target.runBatches([{ stage: 'classify', replica: 0, batches: [{ batchSize: 6, gapMs: 0 }] }]);
    // The container is idle when the first input comes and takes it alone; the other five leave together.
    expect(clipper.batchesOf('classify').slice(before)).toEqual([1, 5]);
  });

  it('leaves the limit alone without Redis', async () => {
    await open(STAGES, clipper.redis).then((target) =>
      target.runBatches([{ stage: 'classify', replica: 0, batches: [{ batchSize: 1, gapMs: 0 }] }]),
    );
    const target = await open(STAGES);
    const before = clipper.batchesOf('classify').length;
    await target.runBatches([{ stage: 'classify', replica: 0, batches: [{ batchSize: 3, gapMs: 0 }] }]);
    expect(clipper.batchesOf('classify').slice(before)).toEqual([1, 1, 1]);
  });

  it('counts default answers as failures', async () => {
    const target = await open([stageOf('hasty', 'bytes')]);
    const result = await target.runBatches([{ stage: 'hasty', replica: 0, batches: [{ batchSize: 2, gapMs: 0 }] }]);
    expect(result.batches).toEqual([]);
    expect(result.failures[0]).toMatch(/^hasty at batch size 2: default answers: 2 of 2 \(Failed to retrieve/);
  });

  it('says which application is not there', async () => {
    const missing = open([stageOf('nobody', 'floats')]);
    await expect(missing).rejects.toMatchObject({
      code: 'CLIPPER',
      message: expect.stringContaining('application nobody'),
    });
  });

  it('says what Redis said', async () => {
    await expect(open(STAGES, '127.0.0.1:1')).rejects.toMatchObject({ code: 'REDIS' });
  });
});
