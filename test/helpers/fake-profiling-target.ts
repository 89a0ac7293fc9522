import type {
  BatchStream,
  BlockResult,
  ProfiledStage,
  ProfilingTarget,
} from '../../src/backends/contracts/profiling-target.js';
import type { Disturbance } from '../../src/model/measured/disturbance.js';

export interface FakeProfilingOptions {
  readonly stages?: readonly Partial<ProfiledStage>[];
  /** Service time of the n-th batch of a stage. */
  readonly serviceMs?: (batchSize: number, n: number, stage: string) => number;
  /** What is said of the n-th block; undefined: cannot be watched. */
  readonly disturbance?: (block: number) => Disturbance | undefined;
  /** Why a batch fails. */
  readonly failure?: (batchSize: number) => string | undefined;
}

/** A target in simulated time: blocks take as long as their batches and gaps, and what was asked for is kept. */
export class FakeProfilingTarget implements ProfilingTarget {
  nowMs = 0;
  readonly blocks: (readonly BatchStream[])[] = [];
  /** Of the queries that come in meanwhile: when they began, their rate, and when they ended. */
  readonly accompanied: { fromBlock: number; rateQps: number; toBlock?: number }[] = [];
  private readonly options: FakeProfilingOptions;
  private batches = 0;

  constructor(options: FakeProfilingOptions = {}) {
    this.options = options;
  }

  describe() {
    const stages = this.options.stages ?? [{ stage: 'a' }];
    return {
      kind: 'local' as const,
      place: 'nowhere',
      clock: 'service' as const,
      stages: stages.map((stage) => ({ stage: 'a', runtime: 'fake', replicas: 1, ...stage })),
    };
  }

  async runBatches(streams: readonly BatchStream[]): Promise<BlockResult> {
    const { serviceMs = (size) => size, disturbance, failure } = this.options;
    const told = disturbance === undefined ? QUIET : disturbance(this.blocks.length);
    this.blocks.push(streams);
    const failures: string[] = [];
    const lengths = streams.map(({ batches }) => batches.reduce((sum, { gapMs }) => sum + gapMs, 0));
    const batches = streams.flatMap(({ stage, batches: planned }, s) =>
      planned.flatMap(({ batchSize }) => {
        const why = failure?.(batchSize);
        const ms = serviceMs(batchSize, this.batches++, stage);
        lengths[s]! += ms;
        if (why !== undefined) failures.push(why);
        return why === undefined ? [{ stage, batchSize, serviceMs: ms }] : [];
      }),
    );
    this.nowMs += Math.max(...lengths);
    return { batches, failures, ...(told && { disturbance: told }) };
  }

  async accompany(rateQps: number) {
    const queries: (typeof this.accompanied)[number] = { fromBlock: this.blocks.length, rateQps };
    this.accompanied.push(queries);
    return async () => {
      queries.toBlock = this.blocks.length;
    };
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

export const QUIET: Disturbance = { foreignCpus: 0, stolenCpus: 0 };
export const NOISY: Disturbance = { foreignCpus: 0.5, stolenCpus: 0 };
