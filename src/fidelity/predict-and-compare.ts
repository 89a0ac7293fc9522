/** What the estimator predicts of runs that were measured, and how far the two are apart. */

import type { Configuration } from '../model/configuration.js';
import type { Profile } from '../model/profile.js';
import type { Scenario } from '../model/scenario.js';
import type { Slo } from '../model/slo.js';
import { type ArrivalTrace, spanUs } from '../model/trace.js';
import { meanRate, msFromS, usFromMs } from '../units.js';
import { type Comparison, compare, type WatchedRun } from './compare.js';
import { withPauses } from './pieces.js';
import { type Prediction, predict, type ServingCosts } from './predict.js';
import { slowed } from './slowness.js';

/** Simulated between the pieces of a run: long enough for every query to end. */
const PAUSE_US = usFromMs(msFromS(600));

/** A run, with the profiles that were measured within it where it was paced. */
export type ProfiledRun = WatchedRun & { readonly profiles?: readonly Profile[] };

/** Everything that `validate` finds. */
export interface FidelityResult {
  readonly pipeline: string;
  readonly queries: number;
  readonly meanRateQps: number;
  readonly slo?: Slo;
  /** What the calibration measured and the prediction used. */
  readonly costs: ServingCosts;
  readonly predicted: Prediction;
  readonly runs: readonly WatchedRun[];
  readonly comparison: Comparison;
}

/**
 * Predicts what was measured and compares the two. All runs replay the same queries, which take the same routes through
 * a pipeline of modules. An emulated engine draws routes as the estimator does.
 * @param measured at least one run of the whole trace
 * @throws InputError as `simulate` does
 */
export function predictAndCompare(
  scenario: Scenario & { readonly slo?: Slo },
  measured: {
    readonly trace: ArrivalTrace;
    readonly configuration: Configuration;
    readonly costs: ServingCosts;
    readonly runs: readonly ProfiledRun[];
    /** Whether no stage has a module. */
    readonly isEmulated: boolean;
    /** Length of the pieces that a run was replayed in; absent where it was not interrupted. */
    readonly pieceUs?: number;
    /** Seeds of the predictions, of which the mean counts. */
    readonly seeds: readonly number[];
  },
): FidelityResult {
  const { trace, configuration, costs, isEmulated, pieceUs, seeds } = measured;
  const { pipeline, profiles, slo } = scenario;
  const routes = isEmulated ? undefined : measured.runs.find((run) => run.routes !== undefined)?.routes;
  const simulated = pieceUs === undefined ? { trace } : withPauses(trace, { pieceUs, pauseUs: PAUSE_US });
  const request = { ...scenario, ...simulated, configuration, costs, seeds, ...(routes && { routes }) };
  const predicted = predict(request);
  const predictAt = (slowness: readonly number[]) =>
    predict({ ...request, profiles: slowed(profiles, slowness) }).latency;
  const runs = measured.runs.map(({ profiles: fresh, ...run }) =>
    fresh === undefined ? run : { ...run, reprofiled: predict({ ...request, profiles: fresh }) },
  );
  const queries = trace.arrivalsUs.length;
  return {
    pipeline: pipeline.name,
    queries,
    meanRateQps: meanRate(queries, spanUs(trace)),
    ...(slo && { slo }),
    costs,
    predicted,
    runs,
    comparison: compare(predicted, runs, isEmulated ? undefined : predictAt),
  };
}
