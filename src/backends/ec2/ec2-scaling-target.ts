/**
 * `ec2`: one replica per EC2 instance, started from the stage's launch template and known by two tags. Growing first
 * takes back draining instances, then starts new ones and waits for their status checks. Shrinking tags the youngest
 * that this tool has started, waits, and terminates those that still carry the tag. The next removal also terminates
 * what a killed process left tagged. What others have started counts and is never terminated.
 */
import { createHash, randomUUID } from 'node:crypto';
import type { ScalingTarget } from '../contracts/scaling-target.js';
import { type Clock, steadyClock } from '../shared/clock.js';
import { drivenTarget, oneAtATime } from '../shared/driven-target.js';
import { failure } from '../shared/failure.js';
import type { Ec2Instance, Ec2ScalingApi } from './ec2-scaling-api.js';

export const PIPELINE_TAG = 'infer-plan:pipeline';
export const STAGE_TAG = 'infer-plan:stage';
export const DRAINING_TAG = 'infer-plan:draining';
/** Set by an Auto Scaling group on what it started. */
const GROUP_TAG = 'aws:autoscaling:groupName';
const DEFAULT_DRAIN_MS = 30_000;

export interface Ec2TargetOptions {
  readonly api: Ec2ScalingApi;
  readonly place: string;
  /** Name of the pipeline: two pipelines never touch each other's instances. */
  readonly pipeline: string;
  readonly stages: readonly string[];
  /** Launch template of each stage, by name; its default version is used. */
  readonly launchTemplates: Readonly<Record<string, string>>;
  /** From marking an instance to terminating it: longer than what routes traffic needs to notice the mark. */
  readonly drainMs?: number;
  /** Whether what runs on the instance takes items; asked once the status checks have passed. */
  readonly isServing?: (instance: Ec2Instance, signal: AbortSignal) => Promise<boolean>;
  readonly clock?: Clock;
}

export function ec2ScalingTarget(options: Ec2TargetOptions): ScalingTarget {
  const { api, place, pipeline, stages, launchTemplates } = options;
  const { drainMs = DEFAULT_DRAIN_MS, isServing, clock = steadyClock } = options;
  const turns = new Map(stages.map((stage) => [stage, oneAtATime()]));
  const tokens = new Map(stages.map((stage) => [stage, launchTokens(pipeline, stage)]));
  /** Started by this process. */
  const startedHere = new Set<string>();
  /** Marked by a change of ours that is under way. */
  const drainingHere = new Set<string>();

  function inTurn<T>(stage: string, run: () => Promise<T>): Promise<T> {
    return turns.get(stage)!(run);
  }

  function find(asked: readonly string[], signal: AbortSignal): Promise<readonly Ec2Instance[]> {
    const tags = { [PIPELINE_TAG]: [pipeline], [STAGE_TAG]: asked };
    return api.findInstances({ tags, states: ['pending', 'running'] }, signal);
  }

  async function findServing(instances: readonly Ec2Instance[], signal: AbortSignal): Promise<ReadonlySet<string>> {
    const running = instances.filter(({ state }) => state === 'running');
    const healthy = await api.findHealthy(idsOf(running), signal);
    const checked = running.filter(({ id }) => healthy.has(id));
    if (isServing === undefined) return new Set(idsOf(checked));
    const answers = await Promise.all(checked.map((one) => isServing(one, signal)));
    return new Set(idsOf(checked.filter((_, index) => answers[index])));
  }

  /**
   * Whether this tool has started an instance, now or in an earlier process: its launch then had a token of this
   * pipeline and stage. Tags, which others can write, prove nothing.
   */
  function isOurs({ id, clientToken, tags }: Ec2Instance): boolean {
    return startedHere.has(id) || (clientToken?.startsWith(tokenPrefix(pipeline, tags[STAGE_TAG] ?? '')) ?? false);
  }

  /** The youngest that may be ended. Throws when too few of them are ours. */
  function youngestOf(stage: string, instances: readonly Ec2Instance[], surplus: number): readonly Ec2Instance[] {
    if (surplus <= 0) return [];
    const ours = instances.filter((one) => isStaying(one) && isOurs(one));
    if (ours.length >= surplus) return ours.slice(-surplus);
    const what = `${surplus} instances of stage ${stage} are too many, but infer-plan started only ${ours.length} of them`;
    throw failure('BACKEND_REJECTED', { place, what, hint: 'Terminate the others by hand: only their owner may' });
  }

  /** Tags the youngest, waits, and terminates those still tagged, also what a killed process left tagged. */
  async function shrink(stage: string, surplus: number, signal: AbortSignal): Promise<void> {
    const leaving = await inTurn(stage, async () => {
      const instances = await find([stage], signal);
      const marked = instances.filter((one) => !isStaying(one) && isOurs(one) && !drainingHere.has(one.id));
      const youngest = youngestOf(stage, instances, surplus);
      if (youngest.length > 0) await api.tag(idsOf(youngest), DRAINING_TAG, 'yes', signal);
      return idsOf([...marked, ...youngest]);
    });
    for (const id of leaving) drainingHere.add(id);
    try {
      // Not in turn: traffic that comes back must find the instances at once.
      await clock.pause(drainMs, signal);
      await inTurn(stage, async () => {
        const still = (await find([stage], signal)).filter((one) => leaving.includes(one.id) && !isStaying(one));
        if (still.length > 0) await api.terminate(idsOf(still), signal);
      });
    } finally {
      for (const id of leaving) drainingHere.delete(id);
    }
  }

  async function grow(stage: string, replicas: number, signal: AbortSignal): Promise<void> {
    const instances = await find([stage], signal);
    const missing = replicas - instances.filter(isStaying).length;
    const back = instances.filter((one) => !isStaying(one)).slice(0, Math.max(0, missing));
    if (back.length > 0) await api.untag(idsOf(back), DRAINING_TAG, signal);
    const count = missing - back.length;
    if (count <= 0) return;
    const token = tokens.get(stage)!;
    const tags = { [PIPELINE_TAG]: pipeline, [STAGE_TAG]: stage, Name: `${pipeline} ${stage}` };
    const run = { launchTemplate: launchTemplates[stage]!, count, tags, token: token.forRun(idsOf(instances), count) };
    const started = await api.runInstances(run, signal);
    if (new Set(started).size === count && !started.includes('')) {
      token.used();
      for (const id of started) startedHere.add(id);
      return;
    }
    // What was started is not known, so the next request carries the same token.
    const what = `started ${started.length} instances of stage ${stage}, asked for ${count}`;
    throw failure('BACKEND_ANSWER', { place, what });
  }

  return drivenTarget({
    description: {
      kind: 'ec2',
      place,
      stages,
      queue: 'unknown',
      batchTrigger: 'unknown',
      replicaUnit: 'EC2 instance',
      canSetReplicas: true,
      leastReplicas: 1,
      isOnThisMachine: false,
    },
    clock,
    pollMs: 2_000,
    readTimeoutMs: 20_000,
    changeTimeoutMs: 900_000,

    async read(asked, signal) {
      const all = await find(asked, signal);
      const serving = await findServing(all, signal);
      return asked.map((stage) => {
        const own = all.filter(({ tags }) => tags[STAGE_TAG] === stage);
        const ready = own.filter(({ id }) => serving.has(id)).length;
        return { stage, wanted: own.filter(isStaying).length, ready };
      });
    },

    async write({ stage, replicas, before }, signal) {
      const owned = (await find([stage], signal)).find(({ tags }) => tags[GROUP_TAG] !== undefined);
      if (owned !== undefined) {
        const what = `instance ${owned.id} of stage ${stage} belongs to Auto Scaling group ${owned.tags[GROUP_TAG]}`;
        const hint = 'Detach it from the group, or let the group scale the stage';
        throw failure('BACKEND_OWNED', { place, what, hint });
      }
      if (replicas > before.wanted) await inTurn(stage, () => grow(stage, replicas, signal));
      else await shrink(stage, before.wanted - replicas, signal);
      return undefined;
    },

    close: async () => api.close(),
  });
}

function idsOf(instances: readonly Ec2Instance[]): string[] {
  return instances.map(({ id }) => id);
}

function isStaying({ tags }: Ec2Instance): boolean {
  return tags[DRAINING_TAG] === undefined;
}

const PREFIX_DIGITS = 16;
const TOKEN_DIGITS = 36;

/** What the tokens of all launches of a stage begin with: with the rest at most 64 characters, as EC2 wants. */
function tokenPrefix(pipeline: string, stage: string): string {
  return `infer-plan-${sha256(`${pipeline}\n${stage}`).slice(0, PREFIX_DIGITS)}-`;
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/**
 * Tokens that make a launch repeatable. A request after a lost answer carries the same token, so it starts nothing
 * twice. A request after an answered one carries a new token, even if the same instances are gone by then.
 */
function launchTokens(
  pipeline: string,
  stage: string,
): { forRun(known: readonly string[], count: number): string; used(): void } {
  let series = randomUUID();
  return {
    forRun: (known, count) => {
      const text = [series, stage, count, ...[...known].sort()].join('\n');
      return `${tokenPrefix(pipeline, stage)}${sha256(text).slice(0, TOKEN_DIGITS)}`;
    },
    used: () => {
      series = randomUUID();
    },
  };
}
