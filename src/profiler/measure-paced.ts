/**
 * The paced curves of all stages at once: every replica is alive and gets batches of random sizes after random gaps.
 * Blocks go on until every size of every stage is precise enough or the time is used up. Disturbed blocks are
 * discarded.
 */
import type { ProfilingTarget } from '../backends/contracts/profiling-target.js';
import { isQuiet, type QuietLimits } from '../model/measured/disturbance.js';
import type { MeasuredRow } from '../model/measured/measured-row.js';
import type { ProfileCurve } from '../model/profile.js';
import { measuredRow, type RowOrigin } from './make-row.js';
import { type MeasureOptions, STOPPED } from './measure-hot.js';
import { type PacedBlock, type PacedStage, pacedStreams, queryRateQps } from './paced-schedule.js';
import { remarksOf } from './quiet-blocks.js';
import { LEAST_PACED_SAMPLES, scaledSamples } from './scale-sparse.js';
import { isPrecise, precisionOf } from './stop-rule.js';

const LONGEST_BLOCK_MS = 2000;
const BLOCKS_IN_BUDGET = 4;

export interface PacedRequest {
  readonly stages: readonly (PacedStage & { readonly origin: RowOrigin })[];
  readonly duty: number;
  readonly seed: number;
  /** Told after each block, with the share of the time that is used up. */
  readonly onBlock?: (usedShare: number) => void;
}

export interface PacedResult {
  readonly rows: readonly MeasuredRow[];
  readonly leftOut: readonly { readonly stage: string; readonly batchSize: number; readonly reason: string }[];
}

const CURVE: ProfileCurve = 'paced';

/** Blocks run so far, and what they showed. */
export class PacedBlocks {
  readonly count = { kept: 0, thrownAway: 0, unwatched: 0 };
  /** Why the first batch that failed did. */
  failed: string | undefined;
  private readonly target: ProfilingTarget;
  private readonly request: BlocksRequest;
  private readonly kept = new Map<string, number[]>();
  private next = 0;

  constructor(target: ProfilingTarget, request: BlocksRequest) {
    this.target = target;
    this.request = request;
  }

  /** Runs one more. Rejects only when the target itself is lost. */
  async run(): Promise<void> {
    const { stages, quiet, ...block } = this.request;
    const result = await this.target.runBatches(pacedStreams(stages, { ...block, block: this.next++ }));
    this.failed ??= result.failures[0];
    if (!isQuiet(result.disturbance, quiet)) {
      this.count.thrownAway++;
      return;
    }
    this.count.kept++;
    if (result.disturbance === undefined) this.count.unwatched++;
    for (const { stage, batchSize, serviceMs } of result.batches) this.samplesOf(stage, batchSize).push(serviceMs);
  }

  /** Service times in the order in which they were measured. */
  samplesOf(stage: string, batchSize: number): number[] {
    const key = JSON.stringify([stage, batchSize]);
    const samplesMs = this.kept.get(key) ?? [];
    this.kept.set(key, samplesMs);
    return samplesMs;
  }
}

export interface BlocksRequest extends Omit<PacedBlock, 'block'> {
  readonly stages: readonly PacedStage[];
  /** Blocks in which others took more of the machine are discarded. */
  readonly quiet: QuietLimits;
}

/** `options.budgetMs` is for all rows together. Rejects only when the target itself is lost. */
export async function measurePaced(
  target: ProfilingTarget,
  request: PacedRequest,
  options: MeasureOptions,
): Promise<PacedResult> {
  const { stages, duty } = request;
  const release = await target.accompany?.(queryRateQps(stages, duty));
  const measured = await measureBlocks(target, request, options).finally(release);
  return rowsOf(measured, request, options);
}

async function measureBlocks(
  target: ProfilingTarget,
  { stages, duty, seed, onBlock }: PacedRequest,
  { budgetMs, goal, quiet, nowMs, isStopped }: MeasureOptions,
): Promise<{ blocks: PacedBlocks; isUsedUp: boolean }> {
  const startMs = nowMs();
  const blockMs = Math.min(LONGEST_BLOCK_MS, budgetMs / BLOCKS_IN_BUDGET);
  const blocks = new PacedBlocks(target, { stages, duty, seed, blockMs, quiet });
  const isEnough = () =>
    stages.every(({ stage, expected }) =>
      expected.every(({ batchSize }) =>
        isPrecise(precisionOf(blocks.samplesOf(stage, batchSize).toSorted((a, b) => a - b)), goal),
      ),
    );
  for (;;) {
    await blocks.run();
    const elapsedMs = nowMs() - startMs;
    onBlock?.(Math.min(1, elapsedMs / budgetMs));
    const isUsedUp = elapsedMs >= budgetMs;
    if (isEnough() || isUsedUp || isStopped()) return { blocks, isUsedUp };
  }
}

function rowsOf(
  { blocks, isUsedUp }: { blocks: PacedBlocks; isUsedUp: boolean },
  { stages }: PacedRequest,
  { goal, quiet }: MeasureOptions,
): PacedResult {
  const { count, failed } = blocks;
  const rows: MeasuredRow[] = [];
  const leftOut: PacedResult['leftOut'][number][] = [];
  const common = [...remarksOf(count, quiet), ...(failed === undefined ? [] : ['some batches failed'])];
  for (const { stage, expected, origin } of stages) {
    const one = expected.find(({ batchSize }) => batchSize === 1);
    const pacedAtOneMs = blocks.samplesOf(stage, 1);
    for (const { batchSize, serviceMs } of expected) {
      const samplesMs = blocks.samplesOf(stage, batchSize);
      const isTight = isPrecise(precisionOf(samplesMs.toSorted((a, b) => a - b)), goal);
      const stoppedBy = isTight ? 'precision' : 'budget';
      if (!isTight && !isUsedUp) {
        leftOut.push({ stage, batchSize, reason: STOPPED });
        continue;
      }
      if (samplesMs.length >= LEAST_PACED_SAMPLES) {
        rows.push(measuredRow(origin, { curve: CURVE, batchSize, samplesMs, stoppedBy, remarks: common }));
      } else if (one !== undefined && batchSize !== 1 && pacedAtOneMs.length >= LEAST_PACED_SAMPLES) {
        const scaledMs = scaledSamples(pacedAtOneMs, { oneMs: one.serviceMs, sizeMs: serviceMs });
        const remarks = [...common, 'scaled from batch size 1 by the hot curve'];
        const samples = samplesMs.length;
        rows.push(measuredRow(origin, { curve: CURVE, batchSize, samplesMs: scaledMs, samples, stoppedBy, remarks }));
      } else {
        const reason = failed ?? `${samplesMs.length} paced measurements, must be at least ${LEAST_PACED_SAMPLES}`;
        leftOut.push({ stage, batchSize, reason });
      }
    }
  }
  return { rows, leftOut };
}
