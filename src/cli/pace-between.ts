/** Profiles the stages of a validation again while it runs, in the pauses between the pieces of a run. */
import type { ProfilingTarget } from '../backends/profiling-target.js';
import { freshProfiles } from '../fidelity/fresh-profiles.js';
import { NO_COSTS, predict } from '../fidelity/predict.js';
import type { Profile } from '../model/profile.js';
import { spanUs } from '../model/trace.js';
import { PacedBlocks } from '../profiler/measure-paced.js';
import type { PacedStage } from '../profiler/paced-schedule.js';
import { qpsOver } from '../units.js';
import type { CliIo, Interrupt } from './io.js';
import { openLocal } from './profile-targets.js';
import type { Validation } from './validation-inputs.js';

/** How long each pause is paced, in blocks of half of it. */
const PACED_MS = 5000;
const BLOCKS = 2;
const WARM_UPS = 3;
const SAMPLE_QUERIES = 50;
const [LEAST_DUTY, MOST_DUTY] = [0.01, 0.95];
/** The run as a whole is judged, its pauses included. */
const ANY_DISTURBANCE = { foreignCpus: Number.POSITIVE_INFINITY, stolenCpus: Number.POSITIVE_INFINITY };

/** Of one run. */
export interface RunPacing {
  pace(): Promise<void>;
  /** As they were in the pauses so far. */
  profiles(): readonly Profile[];
}

export interface Pacing {
  startRun(): RunPacing;
  close(): Promise<void>;
}

/** Opens the stages a second time, beside the engine, and warms them up. Every stage has a module. */
export async function openPacing(
  { inputs, trace, configuration, queriesPath }: Validation,
  io: CliIo,
  interrupt: Interrupt,
): Promise<Pacing> {
  const abort = new AbortController();
  void interrupt.asked.then(() => abort.abort());
  const { pipeline, profiles, seed, paths } = inputs;
  const expected = predict({ ...inputs, configuration, trace, costs: NO_COSTS, seeds: [seed] }).stages;
  const profileOf = (index: number) => {
    const { model } = pipeline.stages[index]!;
    return profiles.find((profile) => profile.model === model && profile.hardware === configuration[index]!.hardware)!;
  };
  const stages: readonly PacedStage[] = configuration.map(({ stage, replicas, maxBatchSize }, index) => ({
    stage,
    replicas,
    itemsPerQuery: expected[index]!.items / trace.arrivalsUs.length,
    expected: rowsUpTo(profileOf(index), maxBatchSize).map(({ batchSize, meanMs }) => ({
      batchSize,
      serviceMs: meanMs,
    })),
  }));
  const target = await openLocal({
    request: {
      file: { path: paths.pipeline, ...(queriesPath !== undefined && { queriesPath }) },
      pipeline,
      batchSizes: stages.flatMap((stage) => stage.expected.map(({ batchSize }) => batchSize)),
      replicas: new Map(configuration.map(({ stage, replicas }) => [stage, replicas])),
      seed,
      samples: SAMPLE_QUERIES,
    },
    io,
    signal: abort.signal,
  });
  io.progress('');
  const utilisation = Math.max(...expected.map((stage) => stage.utilisation));
  const duty = Math.min(MOST_DUTY, Math.max(LEAST_DUTY, utilisation));
  const rateQps = qpsOver(trace.arrivalsUs.length, spanUs(trace));
  const startRun = (): RunPacing => {
    const blocks = new PacedBlocks(target, { stages, duty, seed, blockMs: PACED_MS / BLOCKS, quiet: ANY_DISTURBANCE });
    return {
      pace: () => paceFor(blocks, target, rateQps),
      profiles: () =>
        freshProfiles(profiles, (profile, batchSize) =>
          stages.flatMap(({ stage }, index) =>
            profileOf(index) === profile ? blocks.samplesOf(stage, batchSize) : [],
          ),
        ),
    };
  };
  const warmUp = startRun();
  for (let n = 0; n < WARM_UPS && !interrupt.isAsked; n++) await warmUp.pace();
  return { startRun, close: () => target.close() };
}

/** The rows that batches of up to so many items are told by. */
function rowsUpTo({ rows }: Profile, maxBatchSize: number): Profile['rows'] {
  const largest = rows.find(({ batchSize }) => batchSize >= maxBatchSize)?.batchSize ?? maxBatchSize;
  return rows.filter(({ batchSize }) => batchSize <= largest);
}

async function paceFor(blocks: PacedBlocks, target: ProfilingTarget, rateQps: number): Promise<void> {
  const release = await target.accompany?.(rateQps);
  try {
    for (let block = 0; block < BLOCKS; block++) await blocks.run();
  } finally {
    await release?.();
  }
}
