// @module-tag slow
/** The exact search against full enumeration; `npm run bench -- proof-grid --enumerate` does the same on two thousand instances. */
import { expect, it } from 'vitest';
import { cheapestByEnumeration } from '../../../bench/full-enumeration.js';
import type { Configuration } from '../../../src/model/configuration.js';
import { keepsTo } from '../../../src/model/plan/pin.js';
import { allowedMisses } from '../../../src/model/slo.js';
import { exactSearch } from '../../../src/planner/search/exact-search.js';
import type { SearchState } from '../../../src/planner/search/search-state.js';
import { searchSpace } from '../../../src/planner/space/search-space.js';
import { traceBounds } from '../../../src/planner/space/trace-bounds.js';
import { streamKey } from '../../../src/random.js';
import { kindOptions } from '../../../src/verifier/options.js';
import { enteringItems, replayStage, trafficOf } from '../../../src/verifier/stage-replay.js';
import { type Instance, instance, simulated, withFloors, withPins } from '../instances.js';

const REPLAY = { trafficOf, kindOptions, enteringItems, replayStage, allowedMisses };

/** One to four stages in turn. */
function drawn(seed: number): Instance {
  return instance(seed, { stageCount: ([2, 3, 4, 1] as const)[seed % 4]!, queries: 150 });
}

function highestCostMicroUsd(given: Instance): number {
  return searchSpace(given).stages.reduce((sum, { options }) => {
    return sum + given.maxReplicas * Math.max(...options.map(({ priceMicroUsd }) => priceMicroUsd));
  }, 0);
}

function start(given: Instance, accept?: (configuration: Configuration) => boolean) {
  const space = searchSpace(given);
  const bounds = traceBounds(given, space);
  return exactSearch({
    bounds,
    space,
    ceilingMicroUsd: highestCostMicroUsd(given),
    ...(accept === undefined ? {} : { condition: { accept } }),
  });
}

function toTheEnd(search: Generator<SearchState, SearchState>): { states: SearchState[]; result: SearchState } {
  const states: SearchState[] = [];
  for (;;) {
    const step = search.next();
    if (step.done) return { states, result: step.value };
    states.push(step.value);
  }
}

it('law: where stages must have some replicas, the result has them and nothing cheaper that has them holds', () => {
  const seen = { proved: 0, idle: 0, conditions: 0 };
  for (let seed = 24_000; seed < 24_060; seed++) {
    const given = withFloors(drawn(seed), seed);
    const accept = (configuration: Configuration) => streamKey(seed, JSON.stringify(configuration)) % 3 !== 0;
    const asked = seed % 4 === 0 ? accept : undefined;
    const { states, result } = toTheEnd(start(given, asked));
    if (result.incumbent === undefined) continue;
    const { costMicroUsd, configuration } = result.incumbent;
    const { best } = cheapestByEnumeration(given, REPLAY, { below: costMicroUsd, ...(asked && { accept: asked }) });
    expect([seed, best]).toEqual([seed, undefined]);
    expect(result.lowerBoundMicroUsd).toBe(costMicroUsd);
    expect([asked?.(configuration) ?? true, simulated(given, configuration).holds]).toEqual([true, true]);
    for (const { lowerBoundMicroUsd } of states) expect(lowerBoundMicroUsd).toBeLessThanOrEqual(costMicroUsd);
    const fewest = given.pipeline.stages.map(({ minReplicas = 1 }) => minReplicas);
    for (const [s, { replicas }] of configuration.entries()) expect(replicas).toBeGreaterThanOrEqual(fewest[s]!);
    seen.proved++;
    if (asked !== undefined) seen.conditions++;
    if (cheapestByEnumeration(drawn(seed), REPLAY, { below: costMicroUsd }).best !== undefined) seen.idle++;
  }
  for (const [what, instances] of Object.entries(seen)) expect([what, instances > 3]).toEqual([what, true]);
});

it('law: where choices are pinned, the result keeps to them and nothing cheaper that does holds', () => {
  const seen = { proved: 0, none: 0, batches: 0, replicas: 0, dearer: 0 };
  for (let seed = 25_000; seed < 25_080; seed++) {
    const given = withPins(drawn(seed), seed);
    const { result } = toTheEnd(start(given));
    if (result.incumbent === undefined && given.pipeline.stages.length > 2) continue;
    const { best } = cheapestByEnumeration(given, REPLAY, { below: result.incumbent?.costMicroUsd });
    expect([seed, best]).toEqual([seed, undefined]);
    if (result.incumbent === undefined) {
      seen.none++;
      continue;
    }
    const { costMicroUsd, configuration } = result.incumbent;
    expect([seed, result.lowerBoundMicroUsd]).toEqual([seed, costMicroUsd]);
    expect(simulated(given, configuration).holds).toBe(true);
    expect([seed, configuration.filter((choice) => !keepsTo(given.pins, choice))]).toEqual([seed, []]);
    seen.proved++;
    if (given.pins.some(({ maxBatchSize }) => maxBatchSize !== undefined)) seen.batches++;
    if (given.pins.some(({ replicas }) => replicas !== undefined)) seen.replicas++;
    if (cheapestByEnumeration(drawn(seed), REPLAY, { below: costMicroUsd }).best !== undefined) seen.dearer++;
  }
  for (const [what, instances] of Object.entries(seen)) expect([what, instances > 3]).toEqual([what, true]);
});

it('law: the result holds, nothing that costs less does, and no state on the way claims more', () => {
  const seen = { proved: 0, none: 0, joins: 0, timeouts: 0, fanOuts: 0, groups: 0, inventories: 0 };
  for (let seed = 20_000; seed < 20_096; seed++) {
    const given = drawn(seed);
    const { states, result } = toTheEnd(start(given));
    // To try all configurations of more stages takes seconds where none holds: the benchmark does that.
    if (result.incumbent === undefined && given.pipeline.stages.length > 2) continue;
    const { best } = cheapestByEnumeration(given, REPLAY, { below: result.incumbent?.costMicroUsd });
    expect([seed, best]).toEqual([seed, undefined]);
    if (result.incumbent !== undefined) expect(result.lowerBoundMicroUsd).toBe(result.incumbent.costMicroUsd);
    if (result.incumbent === undefined) {
      expect(result.lowerBoundMicroUsd).toBeGreaterThanOrEqual(highestCostMicroUsd(given));
      seen.none++;
      continue;
    }
    const { costMicroUsd, configuration } = result.incumbent;
    expect(simulated(given, configuration).holds).toBe(true);
    // A search that is interrupted returns one of these states.
    for (const { lowerBoundMicroUsd } of states) expect(lowerBoundMicroUsd).toBeLessThanOrEqual(costMicroUsd);
    for (const incumbent of new Set(states.map((state) => state.incumbent))) {
      if (incumbent !== undefined) expect(simulated(given, incumbent.configuration).holds).toBe(true);
    }
    const { stages } = given.pipeline;
    const edges = stages.flatMap(({ parents }) => parents);
    seen.proved++;
    if (stages.some(({ parents }) => parents.length > 1)) seen.joins++;
    if (stages.some(({ batchTimeoutMs }) => batchTimeoutMs !== undefined)) seen.timeouts++;
    if (edges.some(({ fanOut }) => fanOut !== 1)) seen.fanOuts++;
    if (edges.some(({ group }) => group !== undefined)) seen.groups++;
    if (given.inventory !== undefined) seen.inventories++;
  }
  for (const [what, instances] of Object.entries(seen)) expect([what, instances > 3]).toEqual([what, true]);
});

it('law: bounds only rise, incumbents only become cheaper', () => {
  for (let seed = 21_000; seed < 21_030; seed++) {
    const { states } = toTheEnd(start(drawn(seed)));
    states.forEach(({ lowerBoundMicroUsd, incumbent }, i) => {
      const before = states[i - 1];
      expect(lowerBoundMicroUsd).toBeGreaterThanOrEqual(before?.lowerBoundMicroUsd ?? 0);
      if (before?.incumbent !== undefined)
        expect(incumbent!.costMicroUsd).toBeLessThanOrEqual(before.incumbent.costMicroUsd);
    });
  }
});

it('law: the same input goes through the same states', () => {
  for (let seed = 22_000; seed < 22_012; seed++)
    expect(toTheEnd(start(drawn(seed)))).toEqual(toTheEnd(start(drawn(seed))));
});

it('law: under any further condition the result is the cheapest that meets it, of those that behave unlike others on the trace', () => {
  let dearer = 0;
  for (let seed = 23_000; seed < 23_024; seed++) {
    const given = drawn(seed);
    const accept = (configuration: Configuration) => streamKey(seed, JSON.stringify(configuration)) % 4 === 0;
    const { states, result } = toTheEnd(start(given, accept));
    if (result.incumbent === undefined) continue;
    const { best } = cheapestByEnumeration(given, REPLAY, { below: result.incumbent.costMicroUsd, accept });
    expect([seed, best]).toEqual([seed, undefined]);
    const { costMicroUsd, configuration } = result.incumbent;
    expect([accept(configuration), simulated(given, configuration).holds]).toEqual([true, true]);
    for (const { lowerBoundMicroUsd } of states) expect(lowerBoundMicroUsd).toBeLessThanOrEqual(costMicroUsd);
    if (costMicroUsd > toTheEnd(start(given)).result.incumbent!.costMicroUsd) dearer++;
  }
  expect(dearer).toBeGreaterThan(2);
});
