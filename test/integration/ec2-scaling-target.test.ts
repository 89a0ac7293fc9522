/** The scaling contract over the AWS SDK and moto's EC2, with a launch template per stage. moto knows no client tokens, so a lost answer is for the fast suite. */
import {
  CreateLaunchTemplateCommand,
  DeleteLaunchTemplateCommand,
  DescribeInstancesCommand,
  EC2Client,
  RunInstancesCommand,
  TerminateInstancesCommand,
} from '@aws-sdk/client-ec2';
import { expect, it } from 'vitest';
import { type Ec2ScalingApi, ec2ScalingApi } from '../../src/backends/ec2-scaling-api.js';
import { ec2ScalingTarget, PIPELINE_TAG, STAGE_TAG } from '../../src/backends/ec2-scaling-target.js';
import { scalingContract } from '../backends/scaling-contract.js';
import { startMoto } from './servers/moto.js';
import { pause } from './servers/server-process.js';

const STAGES = ['detect', 'read'] as const;
const REGION = 'us-east-1';
const PIPELINE = 'ocr';
/** One of the images that moto knows. */
const IMAGE = 'ami-03cf127a';

process.env.AWS_ACCESS_KEY_ID = 'test';
process.env.AWS_SECRET_ACCESS_KEY = 'test';

const templateOf = (stage: string) => `${PIPELINE}-${stage}`;
const tagsOf = (stage: string) => [
  { Key: PIPELINE_TAG, Value: PIPELINE },
  { Key: STAGE_TAG, Value: stage },
];

function byHand(url: string) {
  const client = new EC2Client({ endpoint: url, region: REGION });
  const makeTemplate = async (stage: string) => {
    const LaunchTemplateData = { ImageId: IMAGE, InstanceType: 'm5.large' } as const;
    await client.send(new CreateLaunchTemplateCommand({ LaunchTemplateName: templateOf(stage), LaunchTemplateData }));
  };
  const idsOf = async (stage: string) => {
    const Filters = [
      { Name: `tag:${STAGE_TAG}`, Values: [stage] },
      { Name: 'instance-state-name', Values: ['pending', 'running'] },
    ];
    const { Reservations = [] } = await client.send(new DescribeInstancesCommand({ Filters }));
    return Reservations.flatMap(({ Instances = [] }) => Instances.map(({ InstanceId = '' }) => InstanceId));
  };
  const run = async (stage: string, count: number) => {
    await client.send(
      new RunInstancesCommand({
        LaunchTemplate: { LaunchTemplateName: templateOf(stage) },
        MinCount: count,
        MaxCount: count,
        TagSpecifications: [{ ResourceType: 'instance', Tags: tagsOf(stage) }],
      }),
    );
  };
  return {
    makeTemplate,
    idsOf,
    dropTemplate: async (stage: string) => {
      await client.send(new DeleteLaunchTemplateCommand({ LaunchTemplateName: templateOf(stage) }));
    },
    setUp: async () => {
      for (const stage of STAGES) {
        await makeTemplate(stage);
        await run(stage, 1);
      }
    },
    set: async (stage: string, replicas: number) => {
      const ids = await idsOf(stage);
      if (ids.length < replicas) await run(stage, replicas - ids.length);
      if (ids.length > replicas) await client.send(new TerminateInstancesCommand({ InstanceIds: ids.slice(replicas) }));
    },
  };
}

function targetOver(api: Ec2ScalingApi, place: string) {
  const launchTemplates = Object.fromEntries(STAGES.map((stage) => [stage, templateOf(stage)]));
  return ec2ScalingTarget({ api, place, pipeline: PIPELINE, stages: STAGES, launchTemplates, drainMs: 200 });
}

scalingContract('ec2', async () => {
  let moto = await startMoto();
  const { url, port } = moto;
  const hand = byHand(url);
  await hand.setUp();
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
      await hand.setUp();
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
