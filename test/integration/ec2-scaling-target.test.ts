/** The scaling contract over the AWS SDK and moto's EC2, with a launch template per stage. moto knows no client tokens, so a lost answer is for the fast suite. */
import { EC2Client } from '@aws-sdk/client-ec2';
import { expect, it } from 'vitest';
import { type Ec2ScalingApi, ec2ScalingApi } from '../../src/backends/ec2/ec2-scaling-api.js';
import { ec2ScalingTarget } from '../../src/backends/ec2/ec2-scaling-target.js';
import { scalingContract } from '../backends/scaling-contract.js';
import { ec2ByHand } from './servers/ec2-by-hand.js';
import { startMoto } from './servers/moto.js';
import { pause } from './servers/server-process.js';

const STAGES = ['detect', 'read'] as const;
const REGION = 'us-east-1';
const PIPELINE = 'ocr';
process.env.AWS_ACCESS_KEY_ID = 'test';
process.env.AWS_SECRET_ACCESS_KEY = 'test';

function targetOver(api: Ec2ScalingApi, place: string) {
  const launchTemplates = Object.fromEntries(STAGES.map((stage) => [stage, `${PIPELINE}-${stage}`]));
  return ec2ScalingTarget({ api, place, pipeline: PIPELINE, stages: STAGES, launchTemplates, drainMs: 200 });
}

scalingContract('ec2', async () => {
  let moto = await startMoto();
  const { url, port } = moto;
  const client = new EC2Client({ endpoint: url, region: REGION });
  const hand = ec2ByHand(client, PIPELINE);
  await hand.setUp(STAGES);
  return {
    target: targetOver(await ec2ScalingApi({ region: REGION, endpoint: url }), url),
    stages: STAGES,
    truth: async (stage) => (await hand.idsOf(stage)).length,
    byHand: hand.set,
    refuse: async (stage) => {
      await hand.dropTemplate(stage);
      return { undo: () => hand.makeTemplate(stage) };
    },
    midway: () => pause(5),
    freeze: () => moto.freeze(),
    thaw: () => moto.thaw(),
    kill: () => moto.kill(),
    revive: async () => {
      await moto.stop();
      moto = await startMoto({ port });
      await hand.setUp(STAGES);
    },
    stop: () => moto.stop(),
  };
});

it('names what is missing when there are no credentials', async () => {
  const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY } = process.env;
  delete process.env.AWS_ACCESS_KEY_ID;
  delete process.env.AWS_SECRET_ACCESS_KEY;
  process.env.AWS_EC2_METADATA_DISABLED = 'true';
  const bare = await ec2ScalingApi({ region: REGION, endpoint: 'http://127.0.0.1:9' });
  const found = bare.findInstances({ tags: {}, states: ['running'] }, new AbortController().signal);
  await expect(found).rejects.toMatchObject({ code: 'BACKEND_REJECTED', hint: expect.stringContaining('AWS_PROFILE') });
  Object.assign(process.env, { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY });
});
