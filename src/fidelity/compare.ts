/** Predicted beside measured: how far the prediction is off, and how far the real runs are from each other. */
import type { RunDisturbance } from './disturbance.js';
import { type LatencyFigures, meanLatency, meanStages, type StageFigures } from './figures.js';
import type { MeasuredRun } from './measured-run.js';
import type { Prediction } from './predict.js';

export interface WatchedRun extends MeasuredRun {
  /** Absent where the machine cannot be watched. */
  readonly disturbance?: RunDisturbance;
  /** Whether the disturbance is small enough to count the run. */
  readonly isClean: boolean;
}

/** One figure of the latency. */
export interface ComparedFigure {
  readonly predicted: number;
  /** Mean of the runs that count. */
  readonly measured: number;
  /** predicted ÷ measured − 1; null when nothing was measured. */
  readonly errorRatio: number | null;
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
  readonly stages: readonly ComparedStage[];
}

const FIGURES: readonly (keyof LatencyFigures)[] = ['meanMs', 'p50Ms', 'p95Ms', 'p99Ms', 'sloAttainment'];

/** Compares a prediction with at least one run. */
export function compare(predicted: Prediction, runs: readonly WatchedRun[]): Comparison {
  const clean = runs.filter(({ isClean }) => isClean);
  const counted = clean.length > 0 ? clean : runs;
  const measured = meanLatency(counted.map(({ latency }) => latency));
  const measuredStages = meanStages(counted.map(({ stages }) => stages));
  return {
    counted: counted.length,
    isClean: clean.length > 0,
    figures: Object.fromEntries(
      FIGURES.flatMap((figure) => {
        const pair = { predicted: predicted.latency[figure], measured: measured[figure] };
        if (pair.predicted === undefined || pair.measured === undefined) return [];
        const single = counted.map(({ latency }) => latency[figure] ?? 0);
        return [[figure, comparedFigure(pair.predicted, pair.measured, single)]];
      }),
    ),
    stages: predicted.stages.map((stage, s) => ({
      stage: stage.stage,
      predicted: stage,
      measured: measuredStages[s]!,
      serviceErrorRatio: errorRatio(stage.meanServiceMs, measuredStages[s]!.meanServiceMs),
    })),
  };
}

function comparedFigure(predicted: number, measured: number, single: readonly number[]): ComparedFigure {
  const lowest = Math.min(...single);
  const highest = Math.max(...single);
  return {
    predicted,
    measured,
    errorRatio: errorRatio(predicted, measured),
    lowest,
    highest,
    spreadRatio: isMeasured(measured) ? (highest - lowest) / 2 / measured : null,
  };
}

function errorRatio(predicted: number, measured: number): number | null {
  return isMeasured(measured) ? predicted / measured - 1 : null;
}

/** Not zero, and not the infinity of failed queries. */
function isMeasured(figure: number): boolean {
  return figure > 0 && figure < Number.POSITIVE_INFINITY;
}
