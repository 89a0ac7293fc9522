/**
 * A whole profiling run: the hot curve of every model, size by size, then the paced curves of all stages together. Each
 * row is handed over as soon as it is complete, so stopping the run keeps what is finished.
 */
import type { ProfilingTarget } from '../backends/contracts/profiling-target.js';
import type { MeasuredRow } from '../model/measured/measured-row.js';
import type { ProfileCurve } from '../model/profile.js';
import type { Slo } from '../model/slo.js';
import type { RowOrigin } from './make-row.js';
import { type MeasureOptions, measureHot, STOPPED } from './measure-hot.js';
import { measurePaced } from './measure-paced.js';
import { couldBeUsed, type StageToMeasure } from './measurement-list.js';

/** A row measured earlier, which this run need not measure again. */
export interface FinishedRow {
  readonly model: string;
  readonly curve: ProfileCurve;
  readonly batchSize: number;
  readonly p50Ms: number;
}

export interface ProfilingRun {
  readonly target: ProfilingTarget;
  readonly stages: readonly StageToMeasure[];
  readonly curves: readonly ProfileCurve[];
  /** Rows of this hardware that are there already and stay. */
  readonly finished: readonly FinishedRow[];
  readonly hardware: string;
  readonly source: string;
  readonly slo?: Slo;
  readonly duty: number;
  readonly seed: number;
  onRow(row: MeasuredRow): void;
  onProgress(progress: RunProgress): void;
}

export interface RunProgress {
  readonly stage: string;
  readonly curve: ProfileCurve;
  readonly batchSize?: number;
  readonly rowsDone: number;
  readonly rowsInAll: number;
  /** If every remaining row used up its budget, and no block was discarded. */
  readonly longestLeftMs: number;
}

export interface LeftOutRow {
  readonly stage: string;
  readonly curve: ProfileCurve;
  readonly batchSize: number;
  readonly reason: string;
  /** False for a size that no plan could use. */
  readonly isFailure: boolean;
}

/**
 * Rows that were not made, each with its reason; empty when the run is complete. Rejects only when the target is lost.
 */
export async function runProfiling(run: ProfilingRun, options: MeasureOptions): Promise<readonly LeftOutRow[]> {
  const leftOut: LeftOutRow[] = [];
  const medians = new Map<string, Map<number, number>>();
  const progress = progressOf(run, options);
  const isWanted = (curve: ProfileCurve) => run.curves.includes(curve);

  // The paced curve draws its gaps from the hot medians, so those are measured for it even where only it is asked for.
  for (const stage of run.stages) {
    const hot = new Map<number, number>();
    medians.set(stage.stage, hot);
    for (const batchSize of stage.batchSizes) {
      const finished = run.finished.find((row) => isRow(row, stage, 'hot', batchSize));
      if (finished !== undefined) hot.set(batchSize, finished.p50Ms);
      if (finished !== undefined || options.isStopped()) continue;
      progress.tell({ stage: stage.stage, curve: 'hot', batchSize });
      const request = { stage: stage.stage, batchSize, origin: originOf(run, stage) };
      const result = await measureHot(run.target, request, options);
      progress.done();
      if ('leftOut' in result) {
        if (result.leftOut !== STOPPED) {
          leftOut.push({ stage: stage.stage, curve: 'hot', batchSize, reason: result.leftOut, isFailure: true });
        }
        continue;
      }
      hot.set(batchSize, result.row.p50Ms);
      if (isWanted('hot')) run.onRow(withMonotonyRemark(result.row, hot));
      const fastestMs = Math.min(...result.row.samplesMs);
      if (!couldBeUsed(fastestMs, stage, run.slo)) {
        const larger = stage.batchSizes.filter((size) => size > batchSize);
        const reason = 'no plan could use it: a smaller batch alone takes longer than the SLO';
        const common = { stage: stage.stage, curve: 'hot' as const, reason, isFailure: false };
        leftOut.push(...larger.map((size) => ({ ...common, batchSize: size })));
        break;
      }
    }
  }
  if (isWanted('paced') && !options.isStopped()) {
    leftOut.push(...(await runPaced(run, medians, { options, progress })));
  }
  return leftOut;
}

async function runPaced(
  run: ProfilingRun,
  medians: ReadonlyMap<string, ReadonlyMap<number, number>>,
  { options, progress }: { options: MeasureOptions; progress: ReturnType<typeof progressOf> },
): Promise<readonly LeftOutRow[]> {
  const stages = run.stages.flatMap((stage) => {
    const hot = [...medians.get(stage.stage)!];
    const isFinished = hot.every(([size]) => run.finished.some((row) => isRow(row, stage, 'paced', size)));
    if (hot.length === 0 || isFinished) return [];
    const expected = hot.map(([batchSize, serviceMs]) => ({ batchSize, serviceMs }));
    const { replicas } = run.target.describe().stages.find((offered) => offered.stage === stage.stage)!;
    const { stage: name, itemsPerQuery } = stage;
    return [{ stage: name, replicas, itemsPerQuery, expected, origin: originOf(run, stage) }];
  });
  if (stages.length === 0) return [];
  const sizes = stages.reduce((sum, { expected }) => sum + expected.length, 0);
  const budgetMs = options.budgetMs * sizes;
  const told = { stage: stages.map(({ stage }) => stage).join(', '), curve: 'paced' as const };
  progress.tell(told, budgetMs);
  const result = await measurePaced(
    run.target,
    {
      stages,
      duty: run.duty,
      seed: run.seed,
      onBlock: (usedShare) => progress.tell(told, (1 - usedShare) * budgetMs),
    },
    { ...options, budgetMs },
  );
  for (const row of result.rows) {
    const stage = stages.find(({ origin }) => origin.model === row.model)!;
    const paced = result.rows.filter(({ model }) => model === stage.origin.model);
    run.onRow(withMonotonyRemark(row, new Map(paced.map(({ batchSize, p50Ms }) => [batchSize, p50Ms]))));
    progress.done();
  }
  return result.leftOut
    .filter(({ reason }) => reason !== STOPPED)
    .map((row) => ({ ...row, curve: 'paced', isFailure: true }));
}

/**
 * Marks a row whose median lies below that of a smaller batch. On some hardware that is real (another kernel takes
 * over), on others the measurement was disturbed. The estimator uses it as it is.
 */
export function withMonotonyRemark(row: MeasuredRow, medians: ReadonlyMap<number, number>): MeasuredRow {
  const slower = [...medians].find(([size, p50Ms]) => size < row.batchSize && p50Ms > row.p50Ms);
  if (slower === undefined) return row;
  return { ...row, remarks: [...row.remarks, `not monotonic: faster than batch size ${slower[0]}`] };
}

function isRow(row: FinishedRow, stage: StageToMeasure, curve: ProfileCurve, batchSize: number): boolean {
  return row.model === stage.model && row.curve === curve && row.batchSize === batchSize;
}

function originOf({ target, hardware, source }: ProfilingRun, { stage, model }: StageToMeasure): RowOrigin {
  const { runtime } = target.describe().stages.find((offered) => offered.stage === stage)!;
  return { model, hardware, runtime, source };
}

/** Counts rows, and how long the rest may take at most. */
function progressOf(run: ProfilingRun, { budgetMs }: MeasureOptions) {
  const sizes = run.stages.reduce((sum, { batchSizes }) => sum + batchSizes.length, 0);
  const rowsInAll = sizes * (run.curves.includes('paced') ? 2 : 1);
  let rowsDone = 0;
  return {
    done: () => {
      rowsDone++;
    },
    tell(at: Pick<RunProgress, 'stage' | 'curve' | 'batchSize'>, leftMs = (rowsInAll - rowsDone) * budgetMs) {
      run.onProgress({ ...at, rowsDone, rowsInAll, longestLeftMs: leftMs });
    },
  };
}
