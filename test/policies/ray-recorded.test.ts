/** Decisions of the real Ray Serve, recorded by scripts/record-ray-policy.py, row by row. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { RAY_START, type RaySpec, rayDecision } from '../../src/policies/systems/ray-decision.js';

const DEFAULTS: RaySpec = {
  ...{ minReplicas: 1, maxReplicas: 30, targetOngoing: 2, upscalingFactor: 1, downscalingFactor: 1 },
  ...{ upscaleDelayS: 30, downscaleDelayS: 600, downscaleToZeroDelayS: 600 },
};
/** As in the script; without a delay to zero of its own, that of a removal. */
const delays = (upscaleDelayS: number, downscaleDelayS: number) => {
  return { upscaleDelayS, downscaleDelayS, downscaleToZeroDelayS: downscaleDelayS };
};
const SEQUENCES: Readonly<Record<string, Partial<RaySpec>>> = {
  'defaults with short delays': delays(5, 20),
  factors: { upscalingFactor: 0.5, downscalingFactor: 0.3, ...delays(3, 6) },
  'no delays': { targetOngoing: 1.5, ...delays(0, 0) },
  'to zero': { minReplicas: 0, upscalingFactor: 3, ...delays(2, 4) },
  'slow replicas': { upscalingFactor: 2, maxReplicas: 12, ...delays(4, 15) },
};

const ROWS = readFileSync(join(import.meta.dirname, '../fixtures/autoscalers/ray-policy.csv'), 'utf8')
  .trim()
  .split('\n')
  .slice(1)
  .map((row) => row.split(','));

it.each(Object.entries(SEQUENCES))('%s', (name, given) => {
  const rows = ROWS.filter(([sequence]) => sequence === name);
  expect(rows.length).toBe(120);
  let state = RAY_START;
  const found = rows.map(([, atS, ongoing, running, target]) => {
    const seen = { nowS: Number(atS), ongoing: Number(ongoing), running: Number(running), target: Number(target) };
    const decided = rayDecision({ ...DEFAULTS, ...given }, state, seen);
    state = decided.state;
    return [atS, decided.replicas, state.counter].join();
  });
  expect(found).toEqual(rows.map(([, atS, , , , decision, counter]) => [atS, decision, counter].join()));
});
