// @module-tag slow
/** The estimator as a search uses it, against the estimator as `simulate` uses it. */
import { expect, it } from 'vitest';
import type { Configuration } from '../../../src/model/configuration.js';
import type { Hardware } from '../../../src/model/hardware.js';
import type { Pipeline } from '../../../src/model/pipeline.js';
import type { Profile, ServiceModel } from '../../../src/model/profile.js';
import type { Slo } from '../../../src/model/slo.js';
import { type ArrivalTrace, sourceOf } from '../../../src/model/trace.js';
import { streamKey } from '../../../src/random.js';
import { serviceTimes } from '../../../src/simulation/service-times.js';
import { simulate } from '../../../src/simulation/simulate.js';
import type { SimulationResult } from '../../../src/simulation/simulation-result.js';
import type { StageChoice } from '../../../src/simulation/verdict/prefix.js';
import { StagewiseSimulator } from '../../../src/simulation/verdict/stagewise.js';
import { msFromUs } from '../../../src/units.js';
import { hardwareOf } from '../../helpers/builders.js';
import {
  type Dice,
  diceOf,
  randomArrivals,
  randomConfiguration,
  randomPipeline,
  randomProfile,
} from '../../helpers/random-pipelines.js';

const KINDS = ['slow', 'fast', 'odd'];

interface Space {
  readonly pipeline: Pipeline;
  readonly profiles: readonly Profile[];
  readonly hardware: readonly Hardware[];
  readonly serviceModel: ServiceModel;
  readonly trace: ArrivalTrace;
  readonly seed: number;
}

function randomSpace(dice: Dice, seed: number, queries: number): Space {
  const pipeline = randomPipeline(dice, { mostStages: 5, hasTimeouts: true });
  return {
    pipeline,
    profiles: pipeline.stages.flatMap(({ model }) => KINDS.map((kind) => randomProfile(dice, model, kind))),
    hardware: KINDS.map((name) => hardwareOf({ name })),
    serviceModel: dice.chance(0.25) ? 'empirical' : 'mean',
    trace: { arrivalsUs: Float64Array.from(randomArrivals(dice, queries)) },
    seed,
  };
}

function choicesOf({ pipeline, profiles, serviceModel, seed }: Space, configuration: Configuration): StageChoice[] {
  return pipeline.stages.map(({ name, model }, s) => {
    const chosen = configuration[s]!;
    const profile = profiles.find((p) => p.model === model && p.hardware === chosen.hardware)!;
    const key = streamKey(seed, 'service', name);
    const largest = profile.rows.at(-1)!.batchSize;
    const { hardware: option, maxBatchSize, replicas } = chosen;
    const service = serviceTimes({ profile, maxBatchSize: largest, serviceModel, streamKey: key });
    return { option, maxBatchSize, replicas, service };
  });
}

function simulatorOf(space: Space, slo: Slo): StagewiseSimulator {
  const fastestUs = space.pipeline.stages.map((_, s) => {
    const ofKinds = KINDS.map((hardware) => {
      const all = space.pipeline.stages.map(({ name }) => ({ stage: name, hardware, maxBatchSize: 1, replicas: 1 }));
      return Math.min(...choicesOf(space, all)[s]!.service.fastestUs.slice(1));
    });
    return Math.min(...ofKinds);
  });
  return new StagewiseSimulator({ ...space, slo, fastestUs });
}

function truthOf(space: Space, configuration: Configuration, slo: Slo): SimulationResult & { endsUs: number[] } {
  const endsUs: number[] = [];
  const onEnd = ({ from, to, mask, endUs }: { from: number; to: number; mask: number; endUs: Float64Array }) => {
    for (let q = from; q < to; q++) endsUs.push(endUs[q & mask]!);
  };
  return { ...simulate({ ...space, configuration, arrivals: sourceOf(space.trace), slo, onEnd }), endsUs };
}

/** An objective near what one configuration reaches, so that some hold it and some do not. */
function randomSlo(dice: Dice, space: Space): Slo {
  const configuration = randomConfiguration(dice, space.pipeline, space.profiles);
  const percentile = dice.oneOf([50, 90, 95, 99, 100]);
  const { percentileLatencyMs } = truthOf(space, configuration, { latencyMs: 1, percentile }).slo!;
  return { latencyMs: Math.max(0, percentileLatencyMs + msFromUs(dice.oneOf([-2, -1, 0, 1, 2]))), percentile };
}

/** Judges configurations one after the other, each a move or two from the last, some of them again. */
function wander(dice: Dice, space: Space, steps: number): Configuration[] {
  const visited = [randomConfiguration(dice, space.pipeline, space.profiles)];
  while (visited.length < steps) {
    const fresh = randomConfiguration(dice, space.pipeline, space.profiles);
    const last = visited.at(-1)!;
    visited.push(
      dice.chance(0.2) ? dice.oneOf(visited) : last.map((choice, s) => (dice.chance(0.3) ? fresh[s]! : choice)),
    );
  }
  return visited;
}

it.each([
  ['small cases', 150, 60],
  // Long enough to be refuted part of the way.
  ['traces of many slices', 8, 20_000],
])('L11: judge agrees with simulate: %s', (_name, cases, queries) => {
  const seen = { held: 0, refuted: 0 };
  for (let seed = 0; seed < cases; seed++) {
    const dice = diceOf(seed, 'space');
    const space = randomSpace(dice, seed, queries);
    const slo = randomSlo(dice, space);
    const simulator = simulatorOf(space, slo);
    for (const configuration of wander(dice, space, 12)) {
      const context = `seed ${seed}, ${JSON.stringify(configuration)}`;
      const choices = choicesOf(space, configuration);
      const truth = truthOf(space, configuration, slo);
      const verdict = simulator.judge(choices);
      expect(verdict.holds, context).toBe(truth.slo!.holds);
      if (verdict.holds) {
        seen.held++;
        expect(verdict, context).toEqual({ holds: true, misses: truth.slo!.misses, refutedAt: -1 });
        expect(Array.from(simulator.endsOf(choices)), context).toEqual(truth.endsUs);
        expect(simulator.latencies(choices).summary(), context).toEqual(truth.latency);
        expect(msFromUs(simulator.tailUs(choices)), context).toBe(truth.slo!.percentileLatencyMs);
      } else {
        seen.refuted++;
        // Only true misses are counted, and more of them than the objective allows.
        expect(verdict.misses, context).toBeGreaterThan(simulator.allowedMisses);
        expect(verdict.misses, context).toBeLessThanOrEqual(truth.slo!.misses);
      }
    }
  }
  expect(Math.min(seen.held, seen.refuted)).toBeGreaterThan(cases);
});

it('L12: what was judged before changes no verdict', () => {
  for (let seed = 0; seed < 60; seed++) {
    const dice = diceOf(seed, 'order');
    const space = randomSpace(dice, seed, 60);
    const slo = randomSlo(dice, space);
    const simulator = simulatorOf(space, slo);
    for (const configuration of wander(dice, space, 20)) {
      const choices = choicesOf(space, configuration);
      expect(simulator.judge(choices), `seed ${seed}`).toEqual(simulatorOf(space, slo).judge(choices));
    }
  }
});

it('simulates again only what a move touches and what follows it', () => {
  const dice = diceOf(3, 'chain');
  const space = randomSpace(dice, 3, 60);
  const simulator = simulatorOf(space, { latencyMs: 1000, percentile: 99 });
  const configuration = randomConfiguration(dice, space.pipeline, space.profiles);
  simulator.judge(choicesOf(space, configuration));
  const first = simulator.stageRuns;
  expect(first).toBe(space.pipeline.stages.length);
  simulator.judge(choicesOf(space, configuration));
  expect(simulator.stageRuns).toBe(first);
  const last = space.pipeline.stages.length - 1;
  const hardware = KINDS.find((kind) => kind !== configuration[last]!.hardware)!;
  simulator.judge(choicesOf(space, configuration.with(last, { ...configuration[last]!, hardware })));
  expect(simulator.stageRuns).toBe(first + 1);
});
