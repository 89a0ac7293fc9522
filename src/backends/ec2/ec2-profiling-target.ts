/** Measures on a machine that it launches on Amazon EC2 and always terminates afterwards. */
import { BackendError } from '../../errors.js';
import { msFromS } from '../../units.js';
import type { ProfilingTarget } from '../contracts/profiling-target.js';
import { type Clock, steadyClock } from '../shared/clock.js';
import type { Ec2Api, Ec2Launch, Ec2Machine } from './ec2-launch-api.js';
import { launchToken, lifetimeScript, lifetimeTags, RUN_TAG, sweepExpired, terminateRun } from './ec2-lifetime.js';

const POLL_MS = 3000;
const RUNNING_WITHIN_MS = msFromS(600);
const SSH_WITHIN_MS = msFromS(300);
const TERMINATE_ATTEMPTS = 4;
const MINUTE_MS = msFromS(60);

export interface Ec2TargetOptions {
  readonly api: Ec2Api;
  readonly machine: Omit<Ec2Launch, 'tags' | 'userData' | 'token'>;
  /** Unique to this run. */
  readonly runId: string;
  readonly minutes: number;
  /** Reach it at its private address. */
  readonly isPrivate?: boolean;
  /** Opens a target on the machine. Retried for `SSH_WITHIN_MS`, because sshd starts late. */
  readonly connect: (address: string) => Promise<ProfilingTarget>;
  /** Milliseconds since 1970. */
  readonly wallMs: () => number;
  readonly clock?: Clock;
  /** One line at a time, for the user. */
  readonly onStep: (line: string) => void;
  readonly signal?: AbortSignal;
  readonly sshWithinMs?: number;
}

/**
 * Terminates expired machines, launches, waits and connects. Rejects with BackendError (or the signal's reason) after
 * terminating what it launched.
 */
export async function openEc2Target(options: Ec2TargetOptions): Promise<ProfilingTarget> {
  const { api, machine, runId, minutes, connect, wallMs, clock = steadyClock, onStep, signal } = options;
  const swept = await sweepExpired(api, wallMs());
  if (swept.length > 0) onStep(`terminated ${swept.join(', ')} of an earlier run, whose time was over`);
  signal?.throwIfAborted();
  const expires = new Date(wallMs() + minutes * MINUTE_MS);
  const token = launchToken({ runId, expires });
  let id: string | undefined;
  const terminate = () => terminateWhateverHappens({ api, launch: { runId, token, id }, clock, expires, onStep });
  try {
    const tags = lifetimeTags({ runId, expires });
    ({ id } = await api.launch({ ...machine, tags, userData: lifetimeScript(minutes), token }));
    onStep(`launched ${id} (${machine.type}), which terminates itself at ${expires.toISOString()}`);
    const address = await addressOf(id, options, clock);
    onStep(`${id} runs at ${address}`);
    const target = await connectWithin({ ...options, connect: () => connect(address), clock });
    let closed: Promise<void> | undefined;
    return {
      describe: () => ({ ...target.describe(), kind: 'ec2', place: `EC2 ${machine.type}` }),
      runBatches: (streams, abort) => target.runBatches(streams, abort),
      close() {
        closed ??= target.close().then(terminate, terminate);
        return closed;
      },
    };
  } catch (error) {
    await terminate();
    throw error;
  }
}

async function addressOf(
  id: string,
  { api, runId, isPrivate, signal }: Ec2TargetOptions,
  clock: Clock,
): Promise<string> {
  const deadlineMs = clock.nowMs() + RUNNING_WITHIN_MS;
  for (;;) {
    const machines: readonly Ec2Machine[] = await api.findByTags({ [RUN_TAG]: runId });
    const machine = machines.find((found) => found.id === id);
    const address = isPrivate ? machine?.privateAddress : machine?.address;
    if (machine?.state === 'running' && address !== undefined) return address;
    const isGone = machine !== undefined && !['pending', 'running'].includes(machine.state);
    if (isGone || clock.nowMs() >= deadlineMs) {
      const state = `${machine?.state ?? 'not listed'}${address === undefined ? ', without an address' : ''}`;
      const hint = 'Look up the reason in the EC2 console: quota, image, subnet';
      throw new BackendError('EC2', `${id} is ${state}, must be running`, { hint });
    }
    await clock.pause(POLL_MS, signal);
  }
}

async function connectWithin({
  connect,
  clock,
  signal,
  sshWithinMs = SSH_WITHIN_MS,
}: {
  connect: () => Promise<ProfilingTarget>;
  clock: Clock;
  signal?: AbortSignal;
  sshWithinMs?: number;
}): Promise<ProfilingTarget> {
  const deadlineMs = clock.nowMs() + sshWithinMs;
  for (;;) {
    try {
      return await connect();
    } catch (error) {
      signal?.throwIfAborted();
      const isEarly = error instanceof BackendError && /refused|timed out|no route|closed by/i.test(error.message);
      if (!isEarly || clock.nowMs() >= deadlineMs) throw error;
      await clock.pause(POLL_MS, signal);
    }
  }
}

/** Tries several times; a machine that cannot be terminated is named, together with when it ends by itself. */
async function terminateWhateverHappens({
  api,
  launch,
  clock,
  expires,
  onStep,
}: Pick<Ec2TargetOptions, 'api' | 'onStep'> & {
  launch: Parameters<typeof terminateRun>[1];
  clock: Clock;
  expires: Date;
}): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      const ids = await terminateRun(api, launch);
      if (ids.length > 0) onStep(`terminated ${ids.join(', ')}`);
      return;
    } catch (cause) {
      if (attempt < TERMINATE_ATTEMPTS) {
        await clock.pause(POLL_MS * attempt);
        continue;
      }
      throw new BackendError(
        'EC2',
        `the machine tagged ${RUN_TAG}=${launch.runId} could not be terminated: ${String(cause)}`,
        {
          cause,
          hint: `Terminate it by hand. It terminates itself at ${expires.toISOString()}.`,
        },
      );
    }
  }
}
