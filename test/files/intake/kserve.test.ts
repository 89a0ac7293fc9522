/** An InferenceGraph of KServe becomes stages and edges, or is refused by node. */
import { describe, expect, it } from 'vitest';
import { kserveIntake } from '../../../src/files/intake/kserve.js';

type Step = Readonly<Record<string, unknown>>;
const graph = (nodes: Readonly<Record<string, { routerType: string; steps: readonly Step[] }>>) => ({
  kind: 'InferenceGraph',
  metadata: { name: 'dogs' },
  spec: { nodes },
});
const service = (serviceName: string, more: Step = {}): Step => ({ serviceName, ...more });
const edges = (value: unknown) =>
  kserveIntake(value, 'graph.yaml').stages.map(({ stage }) => [
    stage.name,
    ...stage.parents.map(({ from, probability, group }) => [from, probability, group]),
  ]);

it('a Sequence is a chain, and a service called twice has two names', () => {
  const steps = [service('a'), service('b'), service('a')];
  expect(edges(graph({ root: { routerType: 'Sequence', steps } }))).toEqual([
    ['a', ['query', 1, undefined]],
    ['b', ['a', 1, undefined]],
    ['a-2', ['b', 1, undefined]],
  ]);
});

it('an Ensemble branches, and what follows waits for every branch', () => {
  const nodes = {
    root: { routerType: 'Sequence', steps: [{ nodeName: 'both' }, service('last')] },
    both: { routerType: 'Ensemble', steps: [service('a'), service('b')] },
  };
  expect(edges(graph(nodes)).at(-1)).toEqual(['last', ['a', 1, undefined], ['b', 1, undefined]]);
});

it('a Splitter chooses one way by its weights', () => {
  const nodes = {
    root: { routerType: 'Sequence', steps: [service('first'), { nodeName: 'split' }, service('last')] },
    split: { routerType: 'Splitter', steps: [service('a', { weight: 30 }), service('b', { weight: 10 })] },
  };
  expect(edges(graph(nodes))).toEqual([
    ['first', ['query', 1, undefined]],
    ['a', ['first', 0.75, 'split']],
    ['b', ['first', 0.25, 'split']],
    ['last', ['a', 1, undefined], ['b', 1, undefined]],
  ]);
});

it('a choice right within a choice is one choice of more ways', () => {
  const nodes = {
    root: { routerType: 'Splitter', steps: [service('a', { weight: 1 }), { nodeName: 'inner', weight: 3 }] },
    inner: { routerType: 'Splitter', steps: [service('b', { weight: 1 }), service('c', { weight: 1 })] },
  };
  expect(edges(graph(nodes))).toEqual([
    ['a', ['query', 0.25, 'root']],
    ['b', ['query', 0.375, 'root']],
    ['c', ['query', 0.375, 'root']],
  ]);
});

it('a Switch leaves its shares open, and says so', () => {
  const nodes = {
    root: { routerType: 'Switch', steps: [service('a', { condition: 'x == 1' }), service('b')] },
  };
  const { stages, notes } = kserveIntake(graph(nodes), 'graph.yaml');
  expect(stages.map(({ stage }) => stage.parents[0]!.probability)).toEqual([Number.NaN, Number.NaN]);
  expect(stages[0]!.comments).toEqual(['Taken when x == 1.']);
  expect(notes[0]).toContain('Switch root');
});

it('a condition in a Sequence leaves open how many go on, and what follows comes after the step', () => {
  const steps = [service('a'), service('b', { condition: 'x' }), service('c')];
  const value = graph({ root: { routerType: 'Sequence', steps } });
  expect(edges(value)).toEqual([
    ['a', ['query', 1, undefined]],
    ['b', ['a', Number.NaN, undefined]],
    ['c', ['b', 1, undefined]],
  ]);
  expect(kserveIntake(value, 'graph.yaml').notes[0]).toContain('Sequence root goes on with');
});

it('a URL gives the name of its host', () => {
  const steps = [{ serviceUrl: 'http://read.default.svc.cluster.local/v1' }];
  expect(edges(graph({ root: { routerType: 'Sequence', steps } }))[0]![0]).toBe('read');
});

describe('refused', () => {
  const sequence = (steps: readonly Step[]) => ({ routerType: 'Sequence', steps });
  const split = { routerType: 'Splitter', steps: [service('a', { weight: 1 }), service('b', { weight: 1 })] };
  it.each([
    ['another kind', { kind: 'InferenceService' }, 'no InferenceGraph with spec.nodes'],
    ['no root', graph({ start: sequence([service('a')]) }), 'spec.nodes has no node root, only start'],
    [
      'a node that is missing',
      graph({ root: sequence([{ nodeName: 'b' }]) }),
      'node b: is named by a step, and is not',
    ],
    [
      'a circle',
      graph({ root: sequence([{ nodeName: 'b' }]), b: sequence([{ nodeName: 'root' }]) }),
      'root > b > root',
    ],
    ['another router', graph({ root: { routerType: 'Loop', steps: [] } }), 'routerType must be one of Sequence'],
    ['no steps', graph({ root: sequence([]) }), 'node root: has no steps'],
    [
      'no weight',
      graph({ root: { routerType: 'Splitter', steps: [service('a')] } }),
      'each step of a Splitter must have a weight',
    ],
    [
      'a choice after branches',
      graph({
        root: sequence([{ nodeName: 'both' }, { nodeName: 'split' }]),
        both: { routerType: 'Ensemble', steps: [service('c'), service('d')] },
        split,
      }),
      'node split: a Splitter after branches side by side',
    ],
    [
      'a condition after branches',
      graph({
        root: sequence([{ nodeName: 'both' }, service('last', { condition: 'x' })]),
        both: { routerType: 'Ensemble', steps: [service('c'), service('d')] },
      }),
      'node root: a condition after branches side by side',
    ],
    [
      'a step after a Sequence that may end early',
      graph({
        root: sequence([{ nodeName: 'inner' }, service('last')]),
        inner: sequence([service('a'), service('b', { condition: 'x' })]),
      }),
      'node root: a step after a Sequence with a condition',
    ],
  ])('%s', (_, value, problem) => {
    expect(() => kserveIntake(value, 'graph.yaml')).toThrow(problem);
  });
});
