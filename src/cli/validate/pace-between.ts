/** Profiles the stages of the engine itself again, in the pauses between the pieces of a run. */
import { dirname } from 'node:path';
import { frontDoor } from '../../backends/local/local-front-door.js';
import { servedStages } from '../../backends/local/local-served-stages.js';
import { freshProfiles } from '../../fidelity/fresh-profiles.js';
import { NO_COSTS, predict } from '../../fidelity/predict.js';
import { openSteadyLoad } from '../../load/steady-load.js';
import type { Profile } from '../../model/profile.js';
import { spanUs } from '../../model/trace.js';
import { expectedLoad } from '../../profiler/expected-load.js';
import { PacedBlocks } from '../../profiler/measure-paced.js';
import { meanRate } from '../../units.js';
import type { ValidateInputs } from './inputs.js';

/** How long each pause is paced, in blocks of half of it. */
const PACED_MS = 5000;
const BLOCKS = 2;
const WARM_UPS = 3;
const MOST_BODIES = 50;
/** The run as a whole is judged, its pauses included. */
const ANY_DISTURBANCE = { foreignCpus: Number.POSITIVE_INFINITY, stolenCpus: Number.POSITIVE_INFINITY };

/** Of one run. */
export interface RunPacing {
  pace(): Promise<void>;
  /** As they were in the pauses so far. */
  profiles(): readonly Profile[];
  /** Why the first batch that gave no time did not. */
  failure(): string | undefined;
}

export interface Pacing {
  /** Once queries have brought every stage items. */
  warmUp(): Promise<void>;
  startRun(): RunPacing;
  close(): Promise<void>;
}

/** Every stage has a module. `url` is the engine's; `body` is that of a query, by its place in the trace. */
export function pacingOf(
  { inputs, trace, configuration }: ValidateInputs,
  {
    url,
    body,
    token,
  }: { readonly url: string; readonly body: (query: number) => Uint8Array; readonly token: string | undefined },
): Pacing {
  const { pipeline, profiles, seed, paths } = inputs;
  const queries = trace.arrivalsUs.length;
  const expected = predict({ ...inputs, configuration, trace, costs: NO_COSTS, seeds: [seed] }).stages;
  const { stages, duty, stagesOf } = expectedLoad({ pipeline, configuration, profiles, queries, expected });
  const target = servedStages({ url, stages, token });
  const door = frontDoor({
    pipeline,
    folder: dirname(paths.pipeline),
    bodies: Array.from({ length: Math.min(queries, MOST_BODIES) }, (_, query) => body(query)),
    openQueries: (at) => openSteadyLoad({ ...at, model: pipeline.name, seed }),
  });
  const rateQps = meanRate(queries, spanUs(trace));
  const startRun = (): RunPacing => {
    const blocks = new PacedBlocks(target, { stages, duty, seed, blockMs: PACED_MS / BLOCKS, quiet: ANY_DISTURBANCE });
    return {
      async pace() {
        const release = await door.accompany(rateQps);
        try {
          for (let block = 0; block < BLOCKS; block++) await blocks.run();
        } finally {
          await release();
        }
      },
      profiles: () =>
        freshProfiles(profiles, (profile, batchSize) =>
          stagesOf(profile).flatMap((stage) => blocks.samplesOf(stage, batchSize)),
        ),
      failure: () => blocks.failed,
    };
  };
  return {
    async warmUp() {
      const run = startRun();
      for (let n = 0; n < WARM_UPS; n++) await run.pace();
    },
    startRun,
    close: () => door.close(),
  };
}
