/** Names that every object inherits are only names. */
import { describe, expect, it } from 'vitest';
import { ownValue } from '../../../src/model/notation/own-value.js';
import { packModel } from '../../../src/model/pack-model.js';
import { mostReplicas } from '../../../src/model/plan/replica-limits.js';

describe.each(['constructor', 'toString', '__proto__', 'hasOwnProperty'])('%s', (name) => {
  it('is found only where it was given', () => {
    expect(ownValue({}, name)).toBeUndefined();
    expect(ownValue(undefined, name)).toBeUndefined();
    expect(ownValue(Object.fromEntries([[name, 7]]), name)).toBe(7);
  });

  it('may be the name of a stage with no limit of its own', () => {
    expect(mostReplicas({ stageMaxReplicas: { other: 1 }, maxReplicas: 5 }, name)).toBe(5);
  });

  it('may be the name of a resource of an instance', () => {
    const kind = { kind: 'cpu', costUsdPerHour: 1, activationDelayMs: 0 } as const;
    const { instances, takes } = packModel(
      [
        { ...kind, name: 'a', takes: { cores: 1 } },
        { ...kind, name: 'b', takes: Object.fromEntries([[name, 2]]) },
      ],
      [
        { name: 'large', costUsdPerHour: 1, resources: { cores: 4 } },
        { name: 'other', costUsdPerHour: 1, resources: Object.fromEntries([[name, 3]]) },
      ],
    );
    expect(instances.map(({ capacity }) => capacity)).toEqual([
      [4e6, 0],
      [0, 3e6],
    ]);
    expect([takes.get('a'), takes.get('b')]).toEqual([
      [[1e6, 0], undefined],
      [undefined, [0, 2e6]],
    ]);
  });
});
