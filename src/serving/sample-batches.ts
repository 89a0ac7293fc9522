/**
 * Batches that run only to be timed, through the queue and the replicas that serve. Their items are those that queries
 * brought the stage before, used in turn, over and over. Service time is the engine's own: from dispatch to results.
 */
import { msFromUs } from '../units.js';
import type { Batch, BatchOutcome } from './items/batch.js';
import type { LiveQuery } from './items/live-query.js';
import type { Runtime } from './runtime.js';
import type { ServedStage } from './served-stage.js';

/** Time of one batch, or why it is no measurement. */
export type SampleOutcome = { readonly serviceMs: number } | { readonly failure: string };

interface Waiting {
  readonly size: number;
  outcome?: SampleOutcome;
}

export class SampleBatches {
  private readonly runtime: Runtime;
  private readonly mostItems: number;
  private readonly items: { readonly kept: unknown[]; next: number }[];
  private readonly waiting = new Map<number, Waiting>();

  /** `mostItems` are kept of each stage, the first that come. */
  constructor(runtime: Runtime, mostItems: number) {
    this.runtime = runtime;
    this.mostItems = mostItems;
    this.items = runtime.engine.stages.map(() => ({ kept: [], next: 0 }));
  }

  /** Told of the items that a query brings a stage. */
  keep(stage: number, values: readonly unknown[] | undefined): void {
    const { kept } = this.items[stage]!;
    const room = this.mostItems - kept.length;
    if (room > 0 && values !== undefined) kept.push(...values.slice(0, room));
  }

  /** Whether any items have come to a stage. */
  has(stage: number): boolean {
    return this.items[stage]!.kept.length > 0;
  }

  /** Runs one batch of the stage; it must have items. */
  run(stage: ServedStage, size: number): Promise<SampleOutcome> {
    const pool = this.items[stage.index]!;
    const values = Array.from({ length: size }, (_, item) => pool.kept[(pool.next + item) % pool.kept.length]);
    pool.next += size;
    return new Promise((resolve) => {
      this.runtime.turn((nowUs) => {
        const { number } = this.runtime.engine.arriveAt(nowUs, stage.index, values, (query, outcome, reason) => {
          const measured = this.waiting.get(query.number)?.outcome;
          this.waiting.delete(query.number);
          resolve(outcome === 'done' && measured !== undefined ? measured : { failure: reason || outcome });
        });
        this.waiting.set(number, { size });
      });
    });
  }

  /** Told of every batch that ends. */
  ended({ queries, startUs, attempt }: Batch, endUs: number, outcome: BatchOutcome): void {
    const [query] = queries as [LiveQuery];
    const waits = this.waiting.get(query.number);
    if (waits === undefined) return;
    if (outcome !== 'done' || attempt > 1) {
      waits.outcome = { failure: `the batch ${outcome} in its attempt ${attempt}` };
    } else if (queries.length !== waits.size) {
      waits.outcome = { failure: `it ran as a batch of ${queries.length}` };
    } else waits.outcome = { serviceMs: msFromUs(endUs - startUs) };
  }
}
