/** Compares predicted with measured: the error of the prediction, and the spread of the runs. */
import type { Disturbance } from '../model/measured/disturbance.js';
import { type LatencyFigures, meanLatency, meanStages, type StageFigures } from './latency-figures.js';
import type { MeasuredRun } from './measured-run.js';
import { meanPrediction, type Prediction } from './predict.js';

export interface WatchedRun extends MeasuredRun {
  /** What is predicted from a profile that was measured within the run; absent where none was. */
  readonly reprofiled?: Prediction;
  /** Per profile (slowness.ts). */
  readonly slowness: readonly number[];
  /** Absent where the machine cannot be watched. */
  readonly disturbance?: Disturbance;
  /** Whether the disturbance is small enough to count the run. */
  readonly isClean: boolean;
}

/** What else could have been predicted. */
export interface OtherPrediction {
  readonly predicted: number;
  readonly errorRatio: number | null;
}

/** One figure of the latency. */
export interface ComparedFigure {
  readonly predicted: number;
  /** Mean of the runs that count. */
  readonly measured: number;
  /** predicted ÷ measured − 1; null when nothing was measured. */
  readonly errorRatio: number | null;
  /** From profiles measured within the runs that count, the mean of them. */
  readonly reprofiled?: OtherPrediction;
  /** The prediction at the run's own machine speed. Absent where only emulated replicas ran. */
  readonly atRunSpeed?: OtherPrediction;
  /** Of single runs: what any predictor can promise is no better. */
  readonly lowest: number;
  readonly highest: number;
  /** (highest − lowest) ÷ 2 ÷ measured. */
  readonly spreadRatio: number | null;
}

export interface ComparedStage {
  readonly stage: string;
  readonly predicted: StageFigures;
  readonly measured: StageFigures;
  /** Predicted ÷ measured mean service time − 1: a profile that has drifted shows here before anywhere else. */
  readonly serviceErrorRatio: number | null;
}

export interface Comparison {
  /** Runs that count: the clean ones, or all when none is. */
  readonly counted: number;
  readonly isClean: boolean;
  readonly figures: Readonly<Partial<Record<keyof LatencyFigures, ComparedFigure>>>;
  /** Where the runs were profiled, their prediction is that from those profiles. */
  readonly stages: readonly ComparedStage[];
}

const FIGURES: readonly (keyof LatencyFigures)[] = ['meanMs', 'p50Ms', 'p95Ms', 'p99Ms', 'sloAttainment'];

/**
 * Compares a prediction with at least one run.
 * @param predictAt the latencies to expect with service times scaled by a factor per profile
 */
export function compare(
  predicted: Prediction,
  runs: readonly WatchedRun[],
  predictAt?: (slowness: readonly number[]) => LatencyFigures,
): Comparison {
  const clean = runs.filter(({ isClean }) => isClean);
  const counted = clean.length > 0 ? clean : runs;
  const measured = meanLatency(counted.map(({ latency }) => latency));
  const atSpeed = predictAt && meanLatency(counted.map(({ slowness }) => predictAt(slowness)));
  const reprofiled = counted.flatMap((run) => run.reprofiled ?? []);
  const again = reprofiled.length === counted.length ? meanPrediction(reprofiled) : undefined;
  const measuredStages = meanStages(counted.map(({ stages }) => stages));
  return {
    counted: counted.length,
    isClean: clean.length > 0,
    figures: Object.fromEntries(
      FIGURES.flatMap((figure) => {
        const [ours, theirs] = [predicted.latency[figure], measured[figure]];
        if (ours === undefined || theirs === undefined) return [];
        const others = { reprofiled: again?.latency[figure], atSpeed: atSpeed?.[figure] };
        const single = counted.map(({ latency }) => latency[figure] ?? 0);
        return [[figure, comparedFigure({ ...others, predicted: ours, measured: theirs, single })]];
      }),
    ),
    stages: (again ?? predicted).stages.map((stage, s) => ({
      stage: stage.stage,
      predicted: stage,
      measured: measuredStages[s]!,
      serviceErrorRatio: errorRatio(stage.meanServiceMs, measuredStages[s]!.meanServiceMs),
    })),
  };
}

function comparedFigure({
  predicted,
  measured,
  reprofiled,
  atSpeed,
  single,
}: {
  predicted: number;
  measured: number;
  reprofiled: number | undefined;
  atSpeed: number | undefined;
  single: readonly number[];
}): ComparedFigure {
  const lowest = Math.min(...single);
  const highest = Math.max(...single);
  const other = (figure: number) => ({ predicted: figure, errorRatio: errorRatio(figure, measured) });
  return {
    predicted,
    measured,
    errorRatio: errorRatio(predicted, measured),
    ...(reprofiled !== undefined && { reprofiled: other(reprofiled) }),
    ...(atSpeed !== undefined && { atRunSpeed: other(atSpeed) }),
    lowest,
    highest,
    spreadRatio: isMeasured(measured) ? (highest - lowest) / 2 / measured : null,
  };
}

function errorRatio(predicted: number | null, measured: number | null): number | null {
  return predicted !== null && measured !== null && isMeasured(measured) ? predicted / measured - 1 : null;
}

/** Not zero, and not the infinity of failed queries. */
function isMeasured(figure: number): boolean {
  return figure > 0 && figure < Number.POSITIVE_INFINITY;
}
