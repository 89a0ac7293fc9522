import { describe, expect, it } from 'vitest';
import { disturbanceBetween, QUIET_RUN } from '../../src/fidelity/machine-counters.js';
import { isQuiet } from '../../src/model/measured/disturbance.js';

const BEFORE = { busyMs: 1000, stolenMs: 50, ownMs: 400 };

describe('disturbance', () => {
  it.each([
    ['none', { busyMs: 2000, stolenMs: 50, ownMs: 1400 }, 0, 0],
    // Busy for 1500 ms of which 1000 are our own: half a CPU over a second.
    ['a neighbour', { busyMs: 2500, stolenMs: 50, ownMs: 1400 }, 0.5, 0],
    ['stolen time', { busyMs: 2000, stolenMs: 80, ownMs: 1400 }, 0, 0.03],
    ['counters that are a tick apart', { busyMs: 1990, stolenMs: 50, ownMs: 1400 }, 0, 0],
  ])('is %s', (_, after, foreignCpus, stolenCpus) => {
    expect(disturbanceBetween(BEFORE, after, 1000)).toEqual({ foreignCpus, stolenCpus });
  });

  it.each([
    ['nothing is known of', undefined, true],
    ['is just at both limits', { foreignCpus: 0.05, stolenCpus: 0.005 }, true],
    ['has too much foreign work', { foreignCpus: 0.051, stolenCpus: 0 }, false],
    ['has too much stolen time', { foreignCpus: 0, stolenCpus: 0.006 }, false],
  ])('of a run that %s decides whether it counts', (_, disturbance, counts) => {
    expect(isQuiet(disturbance, QUIET_RUN)).toBe(counts);
  });
});
