/** A model repository of Triton becomes stages and edges. */
import { describe, expect, it } from 'vitest';
import { parseTextFormat } from '../../../src/files/intake/text-format.js';
import { tritonIntake } from '../../../src/files/intake/triton.js';

const model = (name: string, config?: string) => ({ name, config, shown: `${name}/config.pbtxt` });
const step = (name: string, reads: readonly string[], writes: string) =>
  `step { model_name: "${name}" ${reads.map((tensor, i) => `input_map { key: "I${i}" value: "${tensor}" }`).join(' ')}
   output_map { key: "O" value: "${writes}" } }`;

describe('the text format', () => {
  it('reads scalars, messages and lists, with and without colons and commas, and joins strings', () => {
    const parsed = parseTextFormat(
      'a.pbtxt',
      `# head
       name: "res" 'net'; version: -1, rate: 0.5f
       dims: [ 1, 2 ]  list { x: ON }
       list: < x: OFF >`,
    );
    expect(Object.fromEntries(parsed)).toEqual({
      name: ['resnet'],
      version: [-1],
      rate: [0.5],
      dims: [1, 2],
      list: [new Map([['x', ['ON']]]), new Map([['x', ['OFF']]])],
    });
  });

  it.each([
    ['name "x"', 'a.pbtxt:1: "\\"x\\"", must be ":" or "{"'],
    ['a: 1\nb {', 'a.pbtxt:2: the end of the file, must be the name of a field'],
    ['a: [ 1 2 ]', 'a.pbtxt:1: "2", must be "," or "]"'],
    ['a: "x', 'a.pbtxt:1: a string does not end on its line'],
    ['a: }', 'a.pbtxt:1: "}", must be a value'],
    [`${'a { '.repeat(60)}`, 'nested at most 50 deep'],
  ])('refuses %s with its line', (text, problem) => {
    expect(() => parseTextFormat('a.pbtxt', text)).toThrow(problem);
  });
});

describe('an ensemble', () => {
  const plain = 'max_batch_size: 8\ninstance_group [ { count: 2 kind: KIND_GPU } ]';
  const models = [
    model(
      'graph',
      `platform: "ensemble" ensemble_scheduling {
        ${step('join', ['left', 'right'], 'OUT')}
        ${step('one', ['IN'], 'left')}
        ${step('two', ['IN'], 'right')} }`,
    ),
    model('one', `${plain}\ndynamic_batching { max_queue_delay_microseconds: 1500 preferred_batch_size: [ 4, 8 ] }`),
    model('two', 'instance_group { kind: KIND_CPU }'),
    model('join', plain),
    model('other', plain),
  ];

  it('is stages in topological order, with an edge where a tensor goes', () => {
    const { name, stages, notes } = tritonIntake('repo', models);
    expect(name).toBe('graph');
    expect(stages.map(({ stage }) => [stage.name, stage.parents.map(({ from }) => from)])).toEqual([
      ['one', ['query']],
      ['two', ['query']],
      ['join', ['one', 'two']],
    ]);
    expect(stages[0]!.stage.batchTimeoutMs).toBe(1.5);
    expect(stages[0]!.comments.join(' ')).toMatch(/max_batch_size: 8.*batches of 4, 8.*2 of KIND_GPU/s);
    expect(stages[1]!.comments[0]).toContain('never batches');
    expect(notes.join('\n')).toContain('left out: other');
  });

  it('names a model that the repository lacks', () => {
    expect(() =>
      tritonIntake(
        'repo',
        models.filter(({ name }) => name !== 'two'),
      ),
    ).toThrow('graph: its steps name models that the repository lacks: two');
  });

  it('uses a model twice under two names', () => {
    const twice = model('graph', `ensemble_scheduling { ${step('one', ['IN'], 'x')} ${step('one', ['x'], 'OUT')} }`);
    const { stages } = tritonIntake('repo', [twice, model('one', plain)]);
    expect(stages.map(({ stage }) => [stage.name, stage.model, stage.parents[0]!.from])).toEqual([
      ['one', 'one', 'query'],
      ['one-2', 'one', 'one'],
    ]);
  });

  it('has the steps of the ensembles in it in their places, each with its own tensors', () => {
    const inner = `ensemble_scheduling {
      step { model_name: "one" input_map { key: "I" value: "A" } output_map { key: "O" value: "mid" } }
      step { model_name: "two" input_map { key: "I" value: "mid" } output_map { key: "O" value: "B" } } }`;
    const outer = `ensemble_scheduling {
      step { model_name: "inner" input_map { key: "A" value: "IN" } output_map { key: "B" value: "mid" } }
      step { model_name: "inner" input_map { key: "A" value: "IN" } output_map { key: "B" value: "other" } }
      ${step('join', ['mid', 'other'], 'OUT')} }`;
    const repository = [
      model('outer', outer),
      model('inner', inner),
      model('one', plain),
      model('two', plain),
      model('join', plain),
    ];
    const { name, stages, notes } = tritonIntake('repo', repository);
    expect(name).toBe('outer');
    expect(stages.map(({ stage }) => [stage.name, stage.parents.map(({ from }) => from)])).toEqual([
      ['one', ['query']],
      ['two', ['one']],
      ['one-2', ['query']],
      ['two-2', ['one-2']],
      ['join', ['two', 'two-2']],
    ]);
    expect(notes.join('\n')).not.toContain('left out');
  });

  it('refuses an ensemble in itself, without steps, or of too many', () => {
    const of = (...names: string[]) => `ensemble_scheduling { ${names.map((one) => step(one, ['x'], 'y')).join(' ')} }`;
    const doubled = Array.from({ length: 20 }, (_, n) => model(`e${n}`, of(`e${n + 1}`, `e${n + 1}`)));
    expect(() => tritonIntake('repo', [model('a', of('b')), model('b', of('a'))], 'a')).toThrow('(a > b > a)');
    expect(() => tritonIntake('repo', [model('a', of())])).toThrow('ensemble a has no steps');
    expect(() => tritonIntake('repo', [...doubled, model('e20', plain)])).toThrow(
      'ensemble e0 has more than 1000 steps',
    );
  });

  it('does not know the batches of a model whose configuration Triton completes', () => {
    const { stages } = tritonIntake('repo', [
      model('graph', `ensemble_scheduling { ${step('one', ['IN'], 'OUT')} }`),
      model('one'),
    ]);
    expect(stages.map(({ stage, comments }) => [stage.name, comments])).toEqual([
      ['one', [expect.stringMatching(/^No config\.pbtxt/)]],
    ]);
  });

  it('asks which model, where there are several and no ensemble', () => {
    expect(() => tritonIntake('repo', [model('a', plain), model('b', plain)])).toThrow('add --pick a|b');
    expect(() => tritonIntake('repo', [model('a', plain)], 'c')).toThrow('--pick = c, must be a model of repo: a');
    expect(() => tritonIntake('repo', [])).toThrow('repo: no folder with a config.pbtxt in it');
    expect(tritonIntake('repo', [model('a', plain), model('b', plain)], 'b').stages[0]!.stage.name).toBe('b');
  });
});
