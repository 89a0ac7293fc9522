/**
 * The contract of `ScalingTarget`, asked of every backend: in the fast suite over a recorded fake of its server, in the integration suite over the server itself.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ScalingTarget, StageReplicas } from '../../src/backends/contracts/scaling-target.js';
import { isWorthRetrying } from '../../src/backends/shared/failure.js';
import { BackendError, InputError } from '../../src/errors.js';

/** A live system with at least two stages at one replica each, and what can be done to it from outside. */
export interface ContractSubject {
  readonly target: ScalingTarget;
  readonly stages: readonly [string, string];
  /** Replicas as the server itself counts them, read in another way than the target does where there is one. */
  truth?(stage: string): Promise<number>;
  /** Sets replicas behind the target's back, as a person would. */
  byHand?(stage: string, replicas: number): Promise<void>;
  /** Makes the server refuse the next change of this stage, and take it again; undefined when it cannot be made to. */
  refuse?(stage: string): Promise<{ undo(): Promise<void> }>;
  /** Gives the stage to another autoscaler. */
  own?(stage: string): Promise<{ undo(): Promise<void> }>;
  /** The server stops answering but keeps its connections. */
  freeze(): void;
  thaw(): void;
  /** Resolves when a change that was just asked for is under way over there. */
  midway(): Promise<void>;
  /** The server ends without warning; `revive` starts one that has the state it would have. */
  kill(): void;
  revive(): Promise<void>;
  stop(): Promise<void>;
}

const HUNG_TIMEOUT_MS = 1_500;
/** What is left of a change is gone by then; Triton keeps a process that only looked at the model for some seconds. */
const TRUTH_TIMEOUT_MS = 20_000;

/** Tests of one backend; `start` is called once. */
export function scalingContract(name: string, start: () => Promise<ContractSubject>): void {
  describe(`scaling target ${name}`, () => {
    let subject: ContractSubject;
    let first: string;
    let second: string;
    beforeAll(async () => {
      subject = await start();
      [first, second] = subject.stages;
    });
    afterAll(async () => {
      await subject?.target.close();
      await subject?.stop();
    });

    async function replicasOf(stage: string): Promise<StageReplicas> {
      return (await subject.target.readReplicas()).find((one) => one.stage === stage)!;
    }

    async function expectReplicas(stage: string, replicas: number): Promise<void> {
      expect(await replicasOf(stage)).toEqual({ stage, wanted: replicas, ready: replicas });
      if (subject.truth) await expect.poll(() => subject.truth?.(stage), { timeout: TRUTH_TIMEOUT_MS }).toBe(replicas);
    }

    it('describes itself without asking, and names every stage once, in its order', async () => {
      const { stages } = subject.target.describe();
      expect(stages).toEqual(subject.stages);
      expect(await subject.target.readReplicas()).toEqual(stages.map((stage) => ({ stage, wanted: 1, ready: 1 })));
    });

    it('scales up, and resolves when the replicas are ready', async () => {
      const change = await subject.target.setReplicas({ stage: first, replicas: 3 });
      expect(change).toMatchObject({ stage: first, before: 1, replicas: 3 });
      expect(change.activationMs).toBeGreaterThan(0);
      await expectReplicas(first, 3);
      await expectReplicas(second, 1);
    });

    it('has nothing to do for the count that is there', async () => {
      const change = await subject.target.setReplicas({ stage: first, replicas: 3 });
      expect(change).toEqual({ stage: first, before: 3, replicas: 3, activationMs: 0 });
    });

    it('scales two stages at once', async () => {
      await Promise.all([
        subject.target.setReplicas({ stage: first, replicas: 2 }),
        subject.target.setReplicas({ stage: second, replicas: 2 }),
      ]);
      await expectReplicas(first, 2);
      await expectReplicas(second, 2);
    });

    it('scales down, and resolves when the surplus is gone', async () => {
      for (const stage of [first, second]) {
        const change = await subject.target.setReplicas({ stage, replicas: 1 });
        expect(change).toMatchObject({ stage, before: 2, replicas: 1 });
        await expectReplicas(stage, 1);
      }
    });

    it('sees what a person changed', async ({ skip }) => {
      if (!subject.byHand) return skip();
      await subject.byHand(first, 2);
      await expectReplicas(first, 2);
      await subject.byHand(first, 1);
      await expectReplicas(first, 1);
    });

    it.each([0, -1, 1.5, Number.NaN])('refuses %s replicas before asking', async (replicas) => {
      if (replicas === 0 && subject.target.describe().leastReplicas === 0) return;
      await expect(subject.target.setReplicas({ stage: first, replicas })).rejects.toThrow(InputError);
    });

    it('refuses a stage that is not its own', async () => {
      await expect(subject.target.setReplicas({ stage: 'nobody', replicas: 1 })).rejects.toThrow(InputError);
    });

    it('says that a change was rejected, and takes the next', async ({ skip }) => {
      if (!subject.refuse) return skip();
      const refused = await subject.refuse(first);
      const error = await caught(subject.target.setReplicas({ stage: first, replicas: 2 }));
      await refused.undo();
      expect(error).toBeInstanceOf(BackendError);
      expect((error as BackendError).code).toBe('BACKEND_REJECTED');
      expect(isWorthRetrying(error)).toBe(false);
      await expectReplicas(first, 1);
      await subject.target.setReplicas({ stage: first, replicas: 2 });
      await subject.target.setReplicas({ stage: first, replicas: 1 });
    });

    it('refuses a stage that another autoscaler owns', async ({ skip }) => {
      if (!subject.own) return skip();
      const owned = await subject.own(first);
      const error = await caught(subject.target.setReplicas({ stage: first, replicas: 4 }));
      await owned.undo();
      expect((error as BackendError).code).toBe('BACKEND_OWNED');
      await expectReplicas(first, 1);
    });

    it('ends a call when its signal is aborted', async () => {
      const reason = new Error('changed my mind');
      const signal = AbortSignal.abort(reason);
      await expect(subject.target.readReplicas({ signal })).rejects.toBe(reason);
      await expect(subject.target.setReplicas({ stage: first, replicas: 2, signal })).rejects.toBe(reason);
      await expectReplicas(first, 1);
    });

    it('gives up on a server that hangs, and goes on when it does', async () => {
      subject.freeze();
      const errors = await Promise.all([
        caught(subject.target.readReplicas({ timeoutMs: HUNG_TIMEOUT_MS })),
        caught(subject.target.setReplicas({ stage: first, replicas: 2, timeoutMs: HUNG_TIMEOUT_MS })),
      ]);
      subject.thaw();
      for (const error of errors) {
        expect(error).toMatchObject({ code: 'BACKEND_TIMEOUT' });
        expect(isWorthRetrying(error)).toBe(true);
      }
      // What hung may be done by now or not: asking again settles it.
      await subject.target.setReplicas({ stage: first, replicas: 2 });
      await expectReplicas(first, 2);
      await subject.target.setReplicas({ stage: first, replicas: 1 });
    });

    it('says that a server is gone in the middle of a change, and finds it again', async () => {
      const change = caught(subject.target.setReplicas({ stage: first, replicas: 3, timeoutMs: 60_000 }));
      await subject.midway();
      subject.kill();
      const error = await change;
      expect(error).toBeInstanceOf(BackendError);
      expect(isWorthRetrying(error)).toBe(true);
      expect(isWorthRetrying(await caught(subject.target.readReplicas()))).toBe(true);
      await subject.revive();
      await subject.target.setReplicas({ stage: first, replicas: 3 });
      await expectReplicas(first, 3);
      await subject.target.setReplicas({ stage: first, replicas: 1 });
      await expectReplicas(first, 1);
      await expectReplicas(second, 1);
    });
  });
}

async function caught(call: Promise<unknown>): Promise<unknown> {
  return call.then(
    () => 'it succeeded',
    (error: unknown) => error,
  );
}
