import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { Configuration } from '../../src/model/configuration.js';
import type { Hardware } from '../../src/model/hardware.js';
import type { Pipeline } from '../../src/model/pipeline.js';
import type { Profile } from '../../src/model/profile.js';
import type { Slo } from '../../src/model/slo.js';
import { changeCheck } from '../../src/replay/change-check.js';
import { stageSetups } from '../../src/simulation/stage-setups.js';
import { type Change, firstState } from '../../src/tuner/decision.js';
import { configurationOf, hardwareOf, pipelineOf, profileOf } from '../helpers/builders.js';
import { tunerPlanOf } from '../tuner/tuner-plans.js';

function changeOf(kind: 'up' | 'down', stage: string, from: number, to: number): Change {
  const window = { windowMs: 1000, queries: 1, rateQps: 1 };
  return { kind, atMs: 60_000, reason: 'less traffic', window, changes: [{ stage, from, to, asked: to }] };
}

/** One stage, 10 ms a query, one query every 8 ms: two replicas keep up, one does not. At most 1 % later than 50 ms. */
function verdict(kind: 'up' | 'down', from: number, to: number, gapUs: number) {
  const pipeline = pipelineOf({ a: {} });
  const setups = stageSetups({
    pipeline,
    configuration: configurationOf({ a: { replicas: from } }),
    profiles: [profileOf('a', { 1: 10 })],
    hardware: [hardwareOf()],
    serviceModel: 'mean',
    seed: 1,
  });
  const review = changeCheck(tunerPlanOf(), { pipeline, setups, slo: { latencyMs: 50, percentile: 99 }, seed: 1 });
  const before = firstState([from], 0);
  const after = { ...firstState([to], 0), lastChangeMs: 60_000 };
  const recentUs = () => Float64Array.from({ length: 5000 }, (_, i) => i * gapUs);
  return review(changeOf(kind, 'a', from, to), { before, after, recentQueries: 5000, recentUs });
}

it('a removal that the last minute would not have borne is refused, and not proposed again at once', () => {
  const { decision, state } = verdict('down', 2, 1, 8000);
  expect(decision).toMatchObject({ kind: 'hold', reason: 'refused', changes: [{ stage: 'a', from: 2, to: 1 }] });
  expect(state).toMatchObject({ replicas: [2], lastChangeMs: 60_000 });
});

it.each([
  ['a removal that it would have borne', 'down' as const, 2, 1, 10_000, [1]],
  ['an increase that helps', 'up' as const, 1, 2, 8000, [2]],
  ['an increase that changes nothing', 'up' as const, 2, 3, 8000, [3]],
])('%s is made', (_, kind, from, to, gapUs, expected) => {
  const { decision, state } = verdict(kind, from, to, gapUs);
  expect(decision.kind).toBe(kind);
  expect(state.replicas).toEqual(expected);
});

/** A fixture in which one replica more makes too many queries late (found by scripts/find-false-rules.js). */
it('an increase that would make the tail worse tries more replicas', () => {
  const path = join(import.meta.dirname, '../fixtures/false-rules/more-replicas.json');
  const given = JSON.parse(readFileSync(path, 'utf8')) as {
    before: Configuration;
    pipeline: Pipeline;
    profiles: readonly Profile[];
    hardware: readonly Hardware[];
    slo: Slo;
    seed: number;
    arrivalsUs: readonly number[];
  };
  const setups = stageSetups({ ...given, configuration: given.before, serviceModel: 'mean' });
  const plan = tunerPlanOf({ a: {}, b: {} });
  const review = changeCheck(plan, { pipeline: given.pipeline, setups, slo: given.slo, seed: given.seed });
  const context = {
    before: firstState([1, 1], 0),
    after: firstState([2, 1], 0),
    recentQueries: given.arrivalsUs.length,
    recentUs: () => Float64Array.from(given.arrivalsUs),
  };
  const { decision, state } = review(changeOf('up', 'a', 1, 2), context);
  expect(decision.kind).toBe('up');
  expect(state.replicas[0]).toBeGreaterThanOrEqual(2);
  expect(state.replicas[1]).toBe(1);
});
