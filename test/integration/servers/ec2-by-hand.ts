/** What a person would do in EC2 around the target: launch templates, and instances started and ended behind its back. */
import {
  CreateLaunchTemplateCommand,
  DeleteLaunchTemplateCommand,
  DescribeInstancesCommand,
  type EC2Client,
  RunInstancesCommand,
  TerminateInstancesCommand,
} from '@aws-sdk/client-ec2';
import { PIPELINE_TAG, STAGE_TAG } from '../../../src/backends/ec2/ec2-scaling-target.js';

/** One of the images that moto knows. */
const IMAGE = 'ami-03cf127a';

export interface Ec2ByHand {
  makeTemplate(stage: string): Promise<void>;
  dropTemplate(stage: string): Promise<void>;
  idsOf(stage: string): Promise<string[]>;
  /** A launch template and one instance for each stage. */
  setUp(stages: readonly string[]): Promise<void>;
  set(stage: string, replicas: number): Promise<void>;
}

export function ec2ByHand(client: EC2Client, pipeline: string): Ec2ByHand {
  const templateOf = (stage: string) => `${pipeline}-${stage}`;

  async function makeTemplate(stage: string): Promise<void> {
    const LaunchTemplateData = { ImageId: IMAGE, InstanceType: 'm5.large' } as const;
    await client.send(new CreateLaunchTemplateCommand({ LaunchTemplateName: templateOf(stage), LaunchTemplateData }));
  }

  async function idsOf(stage: string): Promise<string[]> {
    const Filters = [
      { Name: `tag:${STAGE_TAG}`, Values: [stage] },
      { Name: 'instance-state-name', Values: ['pending', 'running'] },
    ];
    const { Reservations = [] } = await client.send(new DescribeInstancesCommand({ Filters }));
    return Reservations.flatMap(({ Instances = [] }) => Instances.map(({ InstanceId = '' }) => InstanceId));
  }

  async function run(stage: string, count: number): Promise<void> {
    const Tags = [
      { Key: PIPELINE_TAG, Value: pipeline },
      { Key: STAGE_TAG, Value: stage },
    ];
    const LaunchTemplate = { LaunchTemplateName: templateOf(stage) };
    const TagSpecifications = [{ ResourceType: 'instance' as const, Tags }];
    await client.send(new RunInstancesCommand({ LaunchTemplate, MinCount: count, MaxCount: count, TagSpecifications }));
  }

  return {
    makeTemplate,
    idsOf,
    dropTemplate: async (stage) => {
      await client.send(new DeleteLaunchTemplateCommand({ LaunchTemplateName: templateOf(stage) }));
    },
    setUp: async (stages) => {
      for (const stage of stages) {
        await makeTemplate(stage);
        await run(stage, 1);
      }
    },
    set: async (stage, replicas) => {
      const ids = await idsOf(stage);
      if (ids.length < replicas) await run(stage, replicas - ids.length);
      if (ids.length > replicas) await client.send(new TerminateInstancesCommand({ InstanceIds: ids.slice(replicas) }));
    },
  };
}
