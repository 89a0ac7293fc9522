/**
 * One row of the hot curve: batches of one size, one after another, in blocks. After the warm-up each block is kept, or
 * discarded when others used the machine. Blocks go on until the intervals are narrow enough or the time budget is used
 * up. A row without a quiet block within its budget may take `PATIENCE` times as long before it is given up.
 */
import type { ProfilingTarget } from '../backends/contracts/profiling-target.js';
import { isQuiet, type QuietLimits } from '../model/measured/disturbance.js';
import type { MeasuredRow } from '../model/measured/measured-row.js';
import { nearestRank } from '../stats/quantile-interval.js';
import { measuredRow, type RowOrigin } from './make-row.js';
import { remarksOf } from './quiet-blocks.js';
import { isPrecise, type PrecisionGoal, precisionOf } from './stop-rule.js';

const PATIENCE = 3;
const WARM_UP_SHARE = 0.2;
const WARM_UP_BATCHES = 3;
const LONGEST_BLOCK_MS = 1000;
const BLOCKS_IN_BUDGET = 4;
const MOST_BATCHES_IN_BLOCK = 20_000;
/** Fewer measurements than this are no row. */
export const LEAST_SAMPLES = 5;
const MOST_TOLD_FAILURES = 3;
/** Why a row is missing when the user stopped the run. */
export const STOPPED = 'stopped';

export interface MeasureOptions {
  readonly budgetMs: number;
  readonly goal: PrecisionGoal;
  readonly quiet: QuietLimits;
  nowMs(): number;
  /** Asked between blocks: ends measuring with what is there. */
  isStopped(): boolean;
}

/** A row, or the reason why there is none. */
export type RowResult = { readonly row: MeasuredRow } | { readonly leftOut: string };

/** Measures one batch size of one stage. Rejects only when the target itself is lost. */
export async function measureHot(
  target: ProfilingTarget,
  { stage, batchSize, origin }: { stage: string; batchSize: number; origin: RowOrigin },
  options: MeasureOptions,
): Promise<RowResult> {
  const { budgetMs, goal, quiet, nowMs, isStopped } = options;
  const startMs = nowMs();
  const run = async (count: number) => {
    const batches = Array.from({ length: count }, () => ({ batchSize, gapMs: 0 }));
    return target.runBatches([{ stage, replica: 0, batches }]);
  };
  const warm = await warmUp(run, { budgetMs, nowMs });
  if (warm.typicalMs === undefined) return { leftOut: leftOut(warm.failures, 'no batch succeeded') };

  const blockMs = Math.min(LONGEST_BLOCK_MS, budgetMs / BLOCKS_IN_BUDGET);
  const kept: number[] = [];
  const count = { kept: 0, thrownAway: 0, unwatched: 0 };
  let failures: readonly string[] = [];
  let typicalMs = warm.typicalMs;
  for (;;) {
    const size = Math.min(MOST_BATCHES_IN_BLOCK, Math.max(1, Math.round(blockMs / typicalMs)));
    const result = await run(size);
    const samples = result.batches.map(({ serviceMs }) => serviceMs);
    failures = [...failures, ...result.failures].slice(0, MOST_TOLD_FAILURES);
    if (!isQuiet(result.disturbance, quiet)) count.thrownAway++;
    else if (samples.length > 0) {
      kept.push(...samples);
      count.kept++;
      if (result.disturbance === undefined) count.unwatched++;
    }
    const ascending = kept.toSorted((a, b) => a - b);
    const elapsedMs = nowMs() - startMs;
    const isDone = isPrecise(precisionOf(ascending), goal);
    const isLate = elapsedMs >= (kept.length >= LEAST_SAMPLES ? budgetMs : PATIENCE * budgetMs);
    if (ascending.length > 0) typicalMs = nearestRank(ascending, 0.5);
    const isBroken = samples.length === 0 && result.failures.length > 0;
    if (!isDone && !isLate && isStopped()) return { leftOut: STOPPED };
    if (!isDone && !isLate && !isBroken) continue;
    if (kept.length < LEAST_SAMPLES) {
      return {
        leftOut: leftOut(failures, count.thrownAway > 0 ? 'no quiet time on the machine' : 'too few measurements'),
      };
    }
    const remarks = [...remarksOf(count, quiet), ...(failures.length === 0 ? [] : ['some batches failed'])];
    const stoppedBy = isDone ? 'precision' : 'budget';
    return { row: measuredRow(origin, { curve: 'hot', batchSize, samplesMs: kept, stoppedBy, remarks }) };
  }
}

/** Runs batches that do not count until caches are filled and frameworks have allocated what they need. */
async function warmUp(
  run: (count: number) => ReturnType<ProfilingTarget['runBatches']>,
  { budgetMs, nowMs }: { budgetMs: number; nowMs: () => number },
): Promise<{ typicalMs?: number; failures: readonly string[] }> {
  const endMs = nowMs() + WARM_UP_SHARE * budgetMs;
  let typicalMs: number | undefined;
  let batches = 0;
  for (;;) {
    const result = await run(1);
    const [batch] = result.batches;
    if (batch === undefined) return { failures: result.failures };
    typicalMs = batch.serviceMs;
    batches++;
    if (batches >= WARM_UP_BATCHES && nowMs() >= endMs) return { typicalMs, failures: [] };
  }
}

function leftOut(failures: readonly string[], otherwise: string): string {
  return failures.length === 0 ? otherwise : failures.join('; ');
}
