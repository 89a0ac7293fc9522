/** A validation of one small stage, worked out from logs that are written by hand. */
import { measuredRun } from '../../src/fidelity/measured-run.js';
import { type FidelityResult, predictAndCompare } from '../../src/fidelity/predict-and-compare.js';
import { slowed } from '../../src/fidelity/slowness.js';
import type { LoggedBatch } from '../../src/model/measured/logged-batch.js';
import { usFromMs } from '../../src/units.js';
import { configurationOf, hardwareOf, pipelineOf, profileOf, traceOf } from './builders.js';

const SLO = { latencyMs: 16, percentile: 99 };
const CONFIGURATION = configurationOf({ classify: { replicas: 2 } });
const ARRIVALS_MS = [0, 10, 20, 30];

/** Four queries, a batch each: 1 ms in, 12 ms at the stage, `outMs` out. */
function runOf(outMs: number) {
  const batches = ARRIVALS_MS.map((ms, query): LoggedBatch => {
    return { stage: 'classify', number: query, startMs: ms + 1, endMs: ms + 13, enteredMs: [ms + 1], queries: [query] };
  });
  const log = {
    scheduledUs: traceOf(ARRIVALS_MS).arrivalsUs,
    endedUs: Float64Array.from(ARRIVALS_MS, (ms) => usFromMs(ms + 13 + outMs)),
    arrivedMs: ARRIVALS_MS.map((ms) => ms + 1),
    firstQuery: 0,
    batches,
  };
  return measuredRun(log, CONFIGURATION, SLO);
}

export function fidelityResult(): FidelityResult {
  const profiles = [profileOf('classify', { 1: 11 })];
  const scenario = {
    pipeline: { ...pipelineOf({ classify: {} }), name: 'tiny' },
    profiles,
    hardware: [hardwareOf()],
    serviceModel: 'mean' as const,
    seed: 1,
    slo: SLO,
  };
  /** Where the stage was measured again within a run, so many times as slow. */
  const again = (times: number) => slowed(profiles, [times]);
  const runs = [
    {
      ...runOf(1),
      slowness: [1.2],
      disturbance: { foreignCpus: 0.01, stolenCpus: 0 },
      isClean: true,
      profiles: again(1.15),
    },
    {
      ...runOf(5),
      slowness: [2],
      disturbance: { foreignCpus: 0.9, stolenCpus: 0.1 },
      isClean: false,
      profiles: again(1.5),
    },
    { ...runOf(3), slowness: [1.1], isClean: true, profiles: again(1.05) },
  ];
  return predictAndCompare(scenario, {
    trace: traceOf(ARRIVALS_MS),
    configuration: CONFIGURATION,
    costs: { ingressMs: [1, 1], egressMs: [1, 3], handOverMs: [0.5, 1.5] },
    runs,
    isEmulated: false,
    seeds: [1],
  });
}
