/**
 * The few EC2 calls that scaling needs. The AWS SDK is loaded when a target is opened. Every call ends with its signal.
 */
import type { EC2Client, Instance } from '@aws-sdk/client-ec2';
import { BackendError } from '../../errors.js';
import { type FailureCode, failure, quoted } from '../shared/failure.js';
import { checkAnswers } from './ec2-answers.js';

/** A hundred thousand instances. */
const MOST_PAGES = 100;

export interface Ec2Instance {
  readonly id: string;
  readonly state: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly privateAddress: string | undefined;
  /** What its launch gave: nobody can change it later, as they can tags. */
  readonly clientToken: string | undefined;
}

export interface Ec2ScalingApi {
  /** Instances with these tag values in these states, of all pages. */
  findInstances(filter: InstanceFilter, signal: AbortSignal): Promise<readonly Ec2Instance[]>;
  /** Of these instances, the ids whose status checks have passed. */
  findHealthy(ids: readonly string[], signal: AbortSignal): Promise<ReadonlySet<string>>;
  /** Starts `count` instances, all or none; the same token twice starts them once. Resolves with their ids. */
  runInstances(request: RunRequest, signal: AbortSignal): Promise<readonly string[]>;
  tag(ids: readonly string[], key: string, value: string, signal: AbortSignal): Promise<void>;
  untag(ids: readonly string[], key: string, signal: AbortSignal): Promise<void>;
  terminate(ids: readonly string[], signal: AbortSignal): Promise<void>;
  close(): void;
}

export interface InstanceFilter {
  /** Tag → values of which an instance has one. */
  readonly tags: Readonly<Record<string, readonly string[]>>;
  readonly states: readonly string[];
}

export interface RunRequest {
  readonly launchTemplate: string;
  readonly count: number;
  readonly tags: Readonly<Record<string, string>>;
  readonly token: string;
}

export interface Ec2Place {
  /** The default is the SDK's own. */
  readonly region?: string;
  /** Another endpoint than the region's. */
  readonly endpoint?: string;
}

/** Opens a client with the credentials that the AWS SDK finds (environment, profile, role). */
export async function ec2ScalingApi(options: Ec2Place): Promise<Ec2ScalingApi> {
  const sdk = await import('@aws-sdk/client-ec2');
  // One attempt: the caller repeats, with a backoff of its own.
  const client = new sdk.EC2Client({ ...options, maxAttempts: 1 });
  const place = shownPlace(options);
  checkAnswers(client, place);

  /** One call; what the SDK throws becomes a failure with its code. */
  async function call<T>(signal: AbortSignal, run: (client: EC2Client) => Promise<T>): Promise<T> {
    try {
      return await run(client);
    } catch (error) {
      throw signal.aborted ? signal.reason : ec2Failure(place, error);
    }
  }

  return {
    async findInstances({ tags, states }, signal) {
      const named = Object.entries(tags).map(([key, values]) => ({ Name: `tag:${key}`, Values: [...values] }));
      const Filters = [...named, { Name: 'instance-state-name', Values: [...states] }];
      const found = new Map<string, Ec2Instance>();
      let next: string | undefined;
      let pages = 0;
      do {
        const command = new sdk.DescribeInstancesCommand({ Filters, ...(next && { NextToken: next }) });
        const page = await call(signal, (to) => to.send(command, { abortSignal: signal }));
        for (const one of (page.Reservations ?? []).flatMap(({ Instances = [] }) => Instances)) {
          const instance = asked(one, { tags, states });
          if (instance === undefined || found.has(instance.id)) {
            const what = `DescribeInstances: answers instance ${quoted(String(one.InstanceId))}, which was not asked for`;
            throw failure('BACKEND_ANSWER', { place, what });
          }
          found.set(instance.id, instance);
        }
        next = page.NextToken;
        if (++pages > MOST_PAGES)
          throw failure('BACKEND_ANSWER', { place, what: 'DescribeInstances: has no last page' });
      } while (next);
      return [...found.values()];
    },

    async findHealthy(ids, signal) {
      const healthy = new Set<string>();
      if (ids.length === 0) return healthy;
      let next: string | undefined;
      let pages = 0;
      do {
        const more = next ? { NextToken: next } : { InstanceIds: [...ids] };
        const page = await call(signal, (to) =>
          to.send(new sdk.DescribeInstanceStatusCommand(more), { abortSignal: signal }),
        );
        for (const { InstanceId, InstanceStatus, SystemStatus } of page.InstanceStatuses ?? []) {
          if (InstanceStatus?.Status === 'ok' && SystemStatus?.Status === 'ok') healthy.add(InstanceId ?? '');
        }
        next = page.NextToken;
        if (++pages > MOST_PAGES) {
          throw failure('BACKEND_ANSWER', { place, what: 'DescribeInstanceStatus: has no last page' });
        }
      } while (next);
      return healthy;
    },

    async runInstances({ launchTemplate, count, tags, token }, signal) {
      const Tags = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
      const command = new sdk.RunInstancesCommand({
        LaunchTemplate: { LaunchTemplateName: launchTemplate, Version: '$Default' },
        MinCount: count,
        MaxCount: count,
        ClientToken: token,
        TagSpecifications: [{ ResourceType: 'instance', Tags }],
      });
      const answer = await call(signal, (to) => to.send(command, { abortSignal: signal }));
      return (answer.Instances ?? []).map(({ InstanceId = '' }) => InstanceId);
    },

    async tag(ids, key, value, signal) {
      const command = new sdk.CreateTagsCommand({ Resources: [...ids], Tags: [{ Key: key, Value: value }] });
      await call(signal, (to) => to.send(command, { abortSignal: signal }));
    },

    async untag(ids, key, signal) {
      const command = new sdk.DeleteTagsCommand({ Resources: [...ids], Tags: [{ Key: key }] });
      await call(signal, (to) => to.send(command, { abortSignal: signal }));
    },

    async terminate(ids, signal) {
      const command = new sdk.TerminateInstancesCommand({ InstanceIds: [...ids] });
      await call(signal, (to) => to.send(command, { abortSignal: signal }));
    },

    close: () => client.destroy(),
  };
}

/**
 * An instance of the answer as it was asked for; undefined when it lacks an id, or is in another state or without the
 * tags: a server that ignores the filter would have all machines of the account counted.
 */
function asked(
  { InstanceId: id, State, Tags = [], PrivateIpAddress, ClientToken }: Instance,
  { tags, states }: InstanceFilter,
): Ec2Instance | undefined {
  const own = Object.fromEntries(Tags.map(({ Key = '', Value = '' }) => [Key, Value]));
  const state = State?.Name;
  if (id === undefined || state === undefined || !states.includes(state)) return undefined;
  if (!Object.entries(tags).every(([key, values]) => values.includes(own[key] ?? ''))) return undefined;
  return { id, state, tags: own, privateAddress: PrivateIpAddress, clientToken: ClientToken };
}

/** Where the calls go, as a person is shown it. */
export function shownPlace({ region, endpoint }: Ec2Place): string {
  return endpoint === undefined ? `EC2 ${region ?? '(default region)'}` : `EC2 at ${new URL(endpoint).origin}`;
}

/** No capacity now, or too many calls: another try may find some. */
const PASSING = ['InsufficientInstanceCapacity', 'RequestLimitExceeded', 'Unavailable', 'InternalError'];

function ec2Failure(place: string, error: unknown): BackendError {
  if (error instanceof BackendError) return error;
  const { name = '', message = '', $metadata } = error as Error & { $metadata?: { httpStatusCode?: number } };
  const lacksCredentials = /Credential/.test(name);
  const code = lacksCredentials ? 'BACKEND_REJECTED' : codeOf(name, $metadata?.httpStatusCode);
  const hint = 'Set AWS credentials: AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY';
  return failure(code, { place, what: quoted(`${name}: ${message}`), cause: error, ...(lacksCredentials && { hint }) });
}

function codeOf(name: string, status: number | undefined): FailureCode {
  if (PASSING.includes(name) || (status !== undefined && status >= 500)) return 'BACKEND_BUSY';
  return status === undefined ? 'BACKEND_UNREACHABLE' : 'BACKEND_REJECTED';
}
