/** Churn and areas, worked by hand. */
import { describe, expect, it } from 'vitest';
import { areaBeside, churnOf } from '../../src/compare/scoreboard.js';
import type { StageView } from '../../src/policies/policy.js';

const timeline = (stage: string, ...steps: readonly (readonly [atS: number, replicas: number])[]) => ({
  stage,
  replicas: steps.map(([atS, replicas]) => ({ atMs: atS * 1000, replicas })),
});

describe('churn', () => {
  it('counts what is moved, and changes of direction within a minute', () => {
    const timelines = [
      // Up 2, down 1 after 60 s (a flip), down 1 after 1 s (the same direction), up 3 after 61 s (too late).
      timeline('a', [0, 1], [10, 3], [70, 2], [71, 1], [132, 4]),
      // Up 1, down 1 after 5 s, up 1 after 5 s: two flips.
      timeline('b', [0, 1], [20, 2], [25, 1], [30, 2]),
      timeline('c', [0, 7]),
    ];
    expect(churnOf(timelines)).toEqual({ replicasMoved: 2 + 1 + 1 + 3 + 1 + 1 + 1, flips: 3 });
  });
});

describe('areas', () => {
  it('are replica-seconds below and dollars above the reference, up to the last arrival', () => {
    const views = [3600, 7200].map((costUsdPerHour) => ({ costUsdPerHour }) as StageView);
    const own = [timeline('a', [0, 2], [10, 5], [30, 1]), timeline('b', [0, 1])];
    const reference = [timeline('a', [0, 3], [20, 4]), timeline('b', [0, 1], [35, 0])];
    // Stage a: 1 short for 10 s, 2 over for 10 s, 1 over for 10 s, 3 short for 10 s at $1 a second. Stage b: 1 over for
    // the last 5 s at $2 a second.
    expect(areaBeside(own, reference, { views, endMs: 40_000 })).toEqual({
      shortReplicaS: 10 + 30,
      overUsd: 20 + 10 + 10,
    });
  });

  it('are nothing beside oneself', () => {
    const views = [{ costUsdPerHour: 1 } as StageView];
    const own = [timeline('a', [0, 2], [10, 5], [10.5, 1])];
    expect(areaBeside(own, own, { views, endMs: 99_000 })).toEqual({ shortReplicaS: 0, overUsd: 0 });
  });
});
