/** The live traffic and the work it made, in blocks of ten seconds. A day of blocks is kept, which bounds memory. */
import { msFromS, usFromMs } from '../../units.js';

export const BLOCK_MS = msFromS(10);
const BLOCKS_KEPT = 8640;

/** What one stage did in a block. */
export interface StageWork {
  /** Queries of the pipeline, and the items that the stage got of them. */
  queries: number;
  items: number;
  /** Batches done, how long they took, and how long the profile says that batches of their sizes take. */
  batches: number;
  measuredMs: number;
  expectedMs: number;
}

export interface DriftBlock {
  queries: number;
  /** Per width of the envelope, most arrivals in a window that ended in the block. */
  readonly peaks: Float64Array;
  readonly stages: readonly StageWork[];
}

export class DriftRecord {
  /** Blocks that are over, oldest first, without a gap between them. */
  readonly blocks: DriftBlock[] = [];
  private readonly widths: number;
  private readonly stageCount: number;
  private open: DriftBlock;
  private endUs: number;

  /** Begins at `startUs`, on the clock of the arrivals. */
  constructor({ widths, stages, startUs }: { widths: number; stages: number; startUs: number }) {
    this.widths = widths;
    this.stageCount = stages;
    this.open = this.emptyBlock();
    this.endUs = startUs + usFromMs(BLOCK_MS);
  }

  /** Adds a check at `nowUs`: `queries` since the last one, `peaks` as in `Observation.live`. */
  check({ nowUs, queries, peaks }: { nowUs: number; queries: number; peaks: ArrayLike<number> }): void {
    this.open.queries += queries;
    for (let w = 0; w < this.widths; w++) this.open.peaks[w] = Math.max(this.open.peaks[w]!, peaks[w]!);
    for (; nowUs >= this.endUs; this.endUs += usFromMs(BLOCK_MS)) {
      this.blocks.push(this.open);
      if (this.blocks.length > BLOCKS_KEPT) this.blocks.shift();
      this.open = this.emptyBlock();
    }
  }

  /** Adds work of a stage (index in the plan) to the open block. */
  work(stage: number, work: Partial<StageWork>): void {
    const sum = this.open.stages[stage]!;
    for (const [key, amount] of Object.entries(work) as [keyof StageWork, number][]) sum[key] += amount;
  }

  /** Starts afresh: arrivals before `fromUs` are unknown, so older blocks do not adjoin newer ones. */
  restart(fromUs: number): void {
    this.blocks.length = 0;
    this.open = this.emptyBlock();
    this.endUs = fromUs + usFromMs(BLOCK_MS);
  }

  private emptyBlock(): DriftBlock {
    return {
      queries: 0,
      peaks: new Float64Array(this.widths),
      stages: Array.from({ length: this.stageCount }, () => ({
        queries: 0,
        items: 0,
        batches: 0,
        measuredMs: 0,
        expectedMs: 0,
      })),
    };
  }
}
