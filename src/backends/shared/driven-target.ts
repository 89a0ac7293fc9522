/**
 * A scaling target from the two things that differ between servers: reading replicas and asking for others. Limits,
 * waiting and checks are here, once.
 */
import { InputError } from '../../errors.js';
import type {
  CallLimits,
  ReplicaRequest,
  ScalingTarget,
  StageReplicas,
  TargetDescription,
} from '../contracts/scaling-target.js';
import { changeReplicas } from './change-replicas.js';
import type { Clock } from './clock.js';
import { failure } from './failure.js';
import { withinLimits } from './within-limits.js';

/** No live system has more of one stage: a larger number is a mistake over there. */
const MOST_REPLICAS = 1_000_000;

export interface TargetDriver {
  readonly description: TargetDescription;
  readonly clock: Clock;
  /** Between two readings while a change is awaited. */
  readonly pollMs: number;
  readonly readTimeoutMs: number;
  readonly changeTimeoutMs: number;
  /** Replicas of these stages, in any order. */
  read(stages: readonly string[], signal: AbortSignal): Promise<readonly StageReplicas[]>;
  /**
   * Asks for `replicas` of a stage that wants `before.wanted`. May return at once or when they are ready. Returns the
   * activation in ms where the live system measures it. Refuses a stage that another autoscaler owns.
   */
  write(request: WriteRequest, signal: AbortSignal): Promise<number | undefined>;
  close?(): Promise<void>;
}

export interface WriteRequest {
  readonly stage: string;
  readonly replicas: number;
  readonly before: StageReplicas;
}

export function drivenTarget(driver: TargetDriver): ScalingTarget {
  const { description, clock } = driver;
  const { place, stages, leastReplicas } = description;
  const closing = new AbortController();

  function limited<T>(
    limits: CallLimits,
    defaultTimeoutMs: number,
    call: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    const signals = limits.signal === undefined ? [closing.signal] : [closing.signal, limits.signal];
    return withinLimits(
      { limits: { ...limits, signal: AbortSignal.any(signals) }, defaultTimeoutMs, clock, place },
      call,
    );
  }

  async function read(wanted: readonly string[], signal: AbortSignal): Promise<readonly StageReplicas[]> {
    const offered = await driver.read(wanted, signal);
    return wanted.map((stage) => {
      const found = offered.filter((one) => one.stage === stage);
      if (found.length === 1) return believable(found[0]!);
      throw failure('BACKEND_ANSWER', { place, what: `names stage ${stage} ${found.length} times, must name it once` });
    });
  }

  function believable(read: StageReplicas): StageReplicas {
    const most = Math.max(read.wanted, read.ready);
    if (most <= MOST_REPLICAS) return read;
    const what = `stage ${read.stage} has ${most} replicas, must be at most ${MOST_REPLICAS}`;
    throw failure('BACKEND_ANSWER', { place, what });
  }

  async function setReplicas({ stage, replicas, ...limits }: ReplicaRequest) {
    checkRequest(stage, replicas);
    return limited(limits, driver.changeTimeoutMs, async (signal) => {
      let measuredMs: number | undefined;
      const change = await changeReplicas({
        place,
        stage,
        replicas,
        clock,
        signal,
        pollMs: driver.pollMs,
        read: async (readSignal) => (await read([stage], readSignal))[0]!,
        write: async (before, writeSignal) => {
          measuredMs = await driver.write({ stage, replicas, before }, writeSignal);
        },
      });
      // Longer than the call took is not true.
      return { ...change, activationMs: Math.min(measuredMs ?? change.activationMs, change.activationMs) };
    });
  }

  function checkRequest(stage: string, replicas: number): void {
    if (!stages.includes(stage)) {
      throw new InputError('STAGE', `${place}: stage = ${stage}, must be one of ${stages.join(', ')}`);
    }
    if (!Number.isSafeInteger(replicas) || replicas < leastReplicas) {
      throw new InputError(
        'REPLICAS',
        `${place}: replicas of ${stage} = ${replicas}, must be an integer ≥ ${leastReplicas}`,
      );
    }
  }

  return {
    describe: () => description,
    readReplicas: (limits = {}) => limited(limits, driver.readTimeoutMs, (signal) => read(stages, signal)),
    setReplicas,
    close: async () => {
      closing.abort(failure('BACKEND_UNREACHABLE', { place, what: 'closed' }));
      await driver.close?.();
    },
  };
}

/** Runs what is given one at a time, in the order given; a failure of one does not stop the next. */
export function oneAtATime(): <T>(run: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return (run) => {
    const next = last.then(run, run);
    last = next.catch(() => undefined);
    return next;
  };
}
