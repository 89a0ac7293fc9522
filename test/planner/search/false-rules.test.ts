/**
 * Rules that sound right and are not (docs/algorithms.md, "What is not monotone"). Each fixture is a small problem on which one
 * of them is false, found by scripts/find-false-rules.js. A search that leaned on the rule could go wrong there; ours returns what full
 * enumeration finds.
 */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { cheapestByEnumeration } from '../../../bench/full-enumeration.js';
import type { Configuration } from '../../../src/model/configuration.js';
import { configurationCostMicroUsd } from '../../../src/model/cost.js';
import type { Profile } from '../../../src/model/profile.js';
import { allowedMisses } from '../../../src/model/slo.js';
import { planConfiguration } from '../../../src/planner/plan-configuration.js';
import { microUsd, usFromMs } from '../../../src/units.js';
import { FluidBound } from '../../../src/verifier/fluid-bound.js';
import { fastestWays, kindOptions, visitKinds } from '../../../src/verifier/options.js';
import { enteringItems, replayStage, trafficOf } from '../../../src/verifier/stage-replay.js';
import { type Instance, simulated } from '../instances.js';

const FOLDER = new URL('../../fixtures/false-rules/', import.meta.url);
const REPLAY = { trafficOf, kindOptions, enteringItems, replayStage, allowedMisses };

type Problem = Instance & { before: Configuration; after: Configuration; from: number; to: number };

function problem(rule: string): Problem {
  const { arrivalsUs, ...rest } = JSON.parse(readFileSync(new URL(`${rule}.json`, FOLDER), 'utf8'));
  return { ...rest, trace: { arrivalsUs: Float64Array.from(arrivalsUs) } };
}

function optimumOf(given: Instance): number | undefined {
  return cheapestByEnumeration(given, REPLAY).best?.costMicroUsd;
}

/** The one stage in which two configurations differ. */
function move({ before, after }: Problem) {
  const moved = before.flatMap((from, s) => (JSON.stringify(from) === JSON.stringify(after[s]) ? [] : [s]));
  expect(moved).toHaveLength(1);
  const s = moved[0]!;
  return { s, from: before[s]!, to: after[s]! };
}

function profileOf({ pipeline, profiles }: Problem, s: number, hardware: string): Profile {
  return profiles.find((profile) => profile.model === pipeline.stages[s]!.model && profile.hardware === hardware)!;
}

it('one more replica never hurts: false', () => {
  const given = problem('more-replicas');
  const { from, to } = move(given);
  expect(to).toEqual({ ...from, replicas: from.replicas + 1 });
  expect(simulated(given, given.before).holds).toBe(true);
  expect(simulated(given, given.after).holds).toBe(false);
});

it('the optimum with a few replicas more still holds: false', () => {
  const given = problem('optimum-and-more-replicas');
  const { from, to } = move(given);
  expect(to).toEqual({ ...from, replicas: expect.any(Number) });
  expect(to.replicas).toBeGreaterThan(from.replicas);
  expect(configurationCostMicroUsd(given.before, given.hardware)).toBe(optimumOf(given));
  expect(simulated(given, given.before).holds).toBe(true);
  expect(simulated(given, given.after).holds).toBe(false);
});

it('hardware that is faster at every batch size never hurts: false', () => {
  const given = problem('faster-hardware');
  const { s, from, to } = move(given);
  expect(to).toEqual({ ...from, hardware: to.hardware });
  const slow = profileOf(given, s, from.hardware).rows;
  profileOf(given, s, to.hardware).rows.forEach(({ meanMs, batchSize }, i) => {
    expect(batchSize).toBe(slow[i]!.batchSize);
    expect(meanMs).toBeLessThan(slow[i]!.meanMs);
  });
  expect(simulated(given, given.before).holds).toBe(true);
  expect(simulated(given, given.after).holds).toBe(false);
});

it('a busy window that starts from an empty pipeline misses no more than it does within the trace: false', () => {
  const given = problem('busy-window');
  const { before, from, to, trace } = given;
  const whole = simulated(given, before);
  const alone = simulated({ ...given, trace: { arrivalsUs: trace.arrivalsUs.slice(from, to) } }, before);
  expect(whole.holds).toBe(true);
  expect(alone.misses).toBeGreaterThan(allowedMisses(trace.arrivalsUs.length, given.slo.percentile));
});

it.each([
  ['helps', false],
  ['hurts', true],
] as const)('a larger max batch size never %s: false', (effect, heldBefore) => {
  const given = problem(`larger-batch-${effect}`);
  const { from, to } = move(given);
  expect(to).toEqual({ ...from, maxBatchSize: to.maxBatchSize });
  expect(to.maxBatchSize).toBeGreaterThan(from.maxBatchSize);
  expect(simulated(given, given.before).holds).toBe(heldBefore);
  expect(simulated(given, given.after).holds).toBe(!heldBefore);
});

it('the least of way to and way on taken together leaves a valid window: false', () => {
  const given = problem('joint-window');
  const { pipeline, trace, seed, slo } = given;
  const sloUs = usFromMs(slo.latencyMs);
  const traffic = trafficOf({ pipeline, arrivalsUs: trace.arrivalsUs, seed });
  const [before, around, shared, after] = kindOptions(given).map(([only]) => only);
  const serviceUs = [before, around, shared, after].map((option) => option!.fastestUs);
  const { windowsUs } = fastestWays(traffic, visitKinds(traffic), { serviceUs, sloUs });
  // One way: 10 ms before, nothing after. The other: 0.1 ms before, 10 ms after. Together at least 10 ms; apart 0.1 ms and 0.
  const jointUs = sloUs - 10_000;
  expect(windowsUs[2]).toBe(sloUs - 100);

  const allowed = allowedMisses(trace.arrivalsUs.length, slo.percentile);
  const bound = new FluidBound(
    pipeline.stages.map(() => ({ arrivalsUs: trace.arrivalsUs, items: null })),
    { allowedMisses: allowed, sloUs },
  );
  const mayDo = (replicas: number, windowUs: number) => {
    return bound.mayDo(2, { service: shared!.service, maxBatchSize: 1, replicas, windowUs });
  };
  expect(mayDo(1, jointUs)).toBe(false);
  expect(mayDo(1, windowsUs[2]!)).toBe(true);
  const result = planConfiguration(given, { search: 'exact' });
  if (!result.feasible) throw new Error('no plan');
  expect(result.plan.stages[2]).toMatchObject({ stage: 'shared', replicas: 1 });
});

describe('where a rule is false the exact search returns the enumerated optimum', () => {
  it.each([
    'more-replicas',
    'optimum-and-more-replicas',
    'faster-hardware',
    'busy-window',
    'larger-batch-helps',
    'larger-batch-hurts',
    'joint-window',
  ])('%s', (rule) => {
    const given = problem(rule);
    const optimum = optimumOf(given);
    const result = planConfiguration(given, { search: 'exact' });
    if (!result.feasible) throw new Error(`nothing found, although ${optimum} holds`);
    expect(result.plan.certificate).toMatchObject({ isProved: true });
    expect(microUsd(result.plan.costUsdPerHour)).toBe(optimum);
  });
});
