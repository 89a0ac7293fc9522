/** The few calls of Amazon EC2 that are made, over the official SDK, which is loaded when the first of them is. */
import type { EC2Client, Filter, Instance } from '@aws-sdk/client-ec2';
import { BackendError } from '../../errors.js';
import { quoted } from '../shared/failure.js';
import { checkAnswers } from './ec2-answers.js';

export interface Ec2Machine {
  readonly id: string;
  /** `pending`, `running`, `shutting-down`, `terminated`, `stopping` or `stopped`. */
  readonly state: string;
  readonly address?: string;
  readonly privateAddress?: string;
  /** The client token of its launch: unlike tags, nobody can change it. */
  readonly token?: string;
  readonly tags: Readonly<Record<string, string>>;
}

export interface Ec2Launch {
  readonly type: string;
  readonly image: string;
  readonly keyName?: string;
  readonly subnet?: string;
  readonly securityGroups: readonly string[];
  readonly isSpot: boolean;
  readonly tags: Readonly<Record<string, string>>;
  /** Script that runs at first boot. */
  readonly userData: string;
  /** The same token never launches twice. */
  readonly token: string;
}

/** What a type of machine is, as EC2 lists it. */
export interface Ec2Type {
  readonly type: string;
  readonly vcpus: number;
  readonly gpus: number;
}

/** Each call rejects with BackendError `EC2`, naming the call and what EC2 said. */
export interface Ec2Api {
  readonly region: string;
  /** Launches one machine that terminates itself when it shuts down. */
  launch(launch: Ec2Launch): Promise<Ec2Machine>;
  /** Machines whose tags are as given; a value of undefined asks only for the key. */
  findByTags(tags: Readonly<Record<string, string | undefined>>): Promise<readonly Ec2Machine[]>;
  terminate(ids: readonly string[]): Promise<void>;
  /** Dollars per hour now, the cheapest zone; types without an offer are missing. */
  spotPrices(types: readonly string[]): Promise<ReadonlyMap<string, number>>;
  /** Of those that exist; undefined types are missing. */
  types(types: readonly string[]): Promise<readonly Ec2Type[]>;
}

export interface Ec2Options {
  /** The SDK's own default without it: environment, profile. */
  readonly region?: string;
  /** Another endpoint than Amazon's, for emulators. */
  readonly endpoint?: string;
}

export async function openEc2Api({ region, endpoint }: Ec2Options): Promise<Ec2Api> {
  const sdk = await import('@aws-sdk/client-ec2');
  const client = new sdk.EC2Client({ ...(region && { region }), ...(endpoint && { endpoint }) });
  checkAnswers(client, endpoint === undefined ? 'EC2' : `EC2 at ${new URL(endpoint).origin}`);
  return {
    region: await told('configuration', client.config.region()),
    async launch(launch) {
      const specification = (ResourceType: 'instance' | 'volume') => ({ ResourceType, Tags: tagList(launch.tags) });
      const command = new sdk.RunInstancesCommand({
        InstanceType: launch.type as never,
        ImageId: launch.image,
        MinCount: 1,
        MaxCount: 1,
        ClientToken: launch.token,
        InstanceInitiatedShutdownBehavior: 'terminate',
        UserData: Buffer.from(launch.userData).toString('base64'),
        TagSpecifications: [specification('instance'), specification('volume')],
        ...(launch.keyName && { KeyName: launch.keyName }),
        ...(launch.subnet && { SubnetId: launch.subnet }),
        ...(launch.securityGroups.length > 0 && { SecurityGroupIds: [...launch.securityGroups] }),
        ...(launch.isSpot && { InstanceMarketOptions: { MarketType: 'spot' } }),
      });
      const { Instances = [] } = await told('RunInstances', client.send(command));
      return machineOf(Instances[0] ?? {});
    },
    async findByTags(tags) {
      const filters: Filter[] = Object.entries(tags).map(([key, value]) =>
        value === undefined ? { Name: 'tag-key', Values: [key] } : { Name: `tag:${key}`, Values: [value] },
      );
      return findMachines(sdk, client, filters);
    },
    async terminate(ids) {
      if (ids.length === 0) return;
      await told('TerminateInstances', client.send(new sdk.TerminateInstancesCommand({ InstanceIds: [...ids] })));
    },
    async spotPrices(types) {
      const prices = new Map<string, number>();
      const request = {
        InstanceTypes: [...types] as never[],
        ProductDescriptions: ['Linux/UNIX'],
        StartTime: new Date(),
      };
      let next: string | undefined;
      do {
        const page = new sdk.DescribeSpotPriceHistoryCommand({ ...request, ...(next && { NextToken: next }) });
        const { SpotPriceHistory = [], NextToken } = await told('DescribeSpotPriceHistory', client.send(page));
        for (const { InstanceType, SpotPrice } of SpotPriceHistory) {
          const usd = Number(SpotPrice);
          if (InstanceType === undefined || !(usd > 0)) continue;
          prices.set(InstanceType, Math.min(usd, prices.get(InstanceType) ?? Number.POSITIVE_INFINITY));
        }
        next = NextToken || undefined;
      } while (next !== undefined);
      return prices;
    },
    async types(types) {
      // A filter, because EC2 refuses the whole request when it names a type that does not exist.
      const Filters = [{ Name: 'instance-type', Values: [...types] }];
      const command = new sdk.DescribeInstanceTypesCommand({ Filters });
      const { InstanceTypes = [] } = await told('DescribeInstanceTypes', client.send(command));
      return InstanceTypes.map(({ InstanceType, VCpuInfo, GpuInfo }) => ({
        type: InstanceType ?? '',
        vcpus: VCpuInfo?.DefaultVCpus ?? 0,
        gpus: (GpuInfo?.Gpus ?? []).reduce((sum, { Count = 0 }) => sum + Count, 0),
      }));
    },
  };
}

async function findMachines(
  sdk: typeof import('@aws-sdk/client-ec2'),
  client: EC2Client,
  filters: Filter[],
): Promise<readonly Ec2Machine[]> {
  const machines: Ec2Machine[] = [];
  let next: string | undefined;
  do {
    const page = new sdk.DescribeInstancesCommand({ Filters: filters, ...(next && { NextToken: next }) });
    const { Reservations = [], NextToken } = await told('DescribeInstances', client.send(page));
    machines.push(...Reservations.flatMap(({ Instances = [] }) => Instances.map(machineOf)));
    next = NextToken || undefined;
  } while (next !== undefined);
  return machines;
}

function machineOf({
  InstanceId,
  State,
  PublicIpAddress,
  PrivateIpAddress,
  ClientToken,
  Tags = [],
}: Instance): Ec2Machine {
  if (InstanceId === undefined) throw new BackendError('EC2', 'RunInstances: answered without a machine');
  return {
    id: InstanceId,
    state: State?.Name ?? 'unknown',
    ...(PublicIpAddress && { address: PublicIpAddress }),
    ...(PrivateIpAddress && { privateAddress: PrivateIpAddress }),
    ...(ClientToken && { token: ClientToken }),
    tags: Object.fromEntries(Tags.map(({ Key = '', Value = '' }) => [Key, Value])),
  };
}

function tagList(tags: Readonly<Record<string, string>>): { Key: string; Value: string }[] {
  return Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
}

async function told<T>(call: string, answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (cause) {
    if (cause instanceof BackendError) throw cause;
    const { name, message } = cause as Error;
    const isUnconfigured = name === 'CredentialsProviderError' || /region is missing/i.test(message);
    throw new BackendError('EC2', `EC2 ${call}: ${quoted(`${name}: ${message}`)}`, {
      cause,
      ...(isUnconfigured && { hint: 'Give --region, and keys as the AWS command line takes them (aws configure).' }),
    });
  }
}
