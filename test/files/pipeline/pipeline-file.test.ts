import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readPipelineFile } from '../../../src/files/pipeline/pipeline-file.js';
import { shownPath } from '../../../src/files/system/read-text.js';
import { temporaryFolder } from '../../helpers/folder.js';

const folder = temporaryFolder();

const VALID = `\
version: 1
name: social
slo: 300ms
percentile: 99.9
profiles: [published.csv, data/measured.csv]
hardware: hardware.yaml
trace: trace.csv
stages:
  - name: detect
    model: yolo
    batch_timeout: 5ms
  - name: french
    parents:
      - { from: language, probability: 0.3, group: which, per: query }
  - name: german
    parents:
      - { from: language, probability: 0.7, group: which, per: query }
  - name: language
    kind: transform
    parents:
      - detect
      - { from: query, probability: 0.5, fan_out: {2: 0.25, 1: 0.75} }
queries: queries.js
`;

function withChange(from: string, to: string): string {
  expect(VALID).toContain(from);
  return folder.write('pipeline.yaml', VALID.replace(from, to));
}

describe('readPipelineFile', () => {
  it('reads every key, with absolute paths and parents before their children', () => {
    const path = folder.write('pipeline.yaml', VALID);
    folder.write('published.samples.csv', '');
    expect(readPipelineFile(path)).toEqual({
      path,
      slo: { latencyMs: 300, percentile: 99.9 },
      profilePaths: [join(folder.path, 'published.csv'), join(folder.path, 'data/measured.csv')],
      samplesPaths: [join(folder.path, 'published.samples.csv')],
      hardwarePath: join(folder.path, 'hardware.yaml'),
      tracePath: join(folder.path, 'trace.csv'),
      queriesPath: join(folder.path, 'queries.js'),
      warnings: [],
      pipeline: {
        name: 'social',
        stages: [
          {
            name: 'detect',
            kind: 'model',
            model: 'yolo',
            parents: [{ from: 'query', probability: 1, fanOut: 1 }],
            batchTimeoutMs: 5,
          },
          {
            name: 'language',
            kind: 'transform',
            model: 'language',
            parents: [
              { from: 'detect', probability: 1, fanOut: 1 },
              {
                from: 'query',
                probability: 0.5,
                fanOut: [
                  { items: 1, share: 0.75 },
                  { items: 2, share: 0.25 },
                ],
              },
            ],
          },
          {
            name: 'french',
            kind: 'model',
            model: 'french',
            parents: [{ from: 'language', probability: 0.3, fanOut: 1, group: 'which', per: 'query' }],
          },
          {
            name: 'german',
            kind: 'model',
            model: 'german',
            parents: [{ from: 'language', probability: 0.7, fanOut: 1, group: 'which', per: 'query' }],
          },
        ],
      },
    });
  });

  it('takes one profile without a list, and 99 where no percentile is given', () => {
    const text = 'version: 1\nname: one\nslo: 1.5s\nprofiles: p.csv\nhardware: h.yaml\nstages: [{ name: a }]\n';
    const read = readPipelineFile(folder.write('one.yaml', text));
    expect(read.profilePaths).toEqual([join(folder.path, 'p.csv')]);
    expect(read.slo).toEqual({ latencyMs: 1500, percentile: 99 });
    expect(read).not.toHaveProperty('tracePath');
  });

  it('follows anchors, and names the line of a value behind one', () => {
    const text = VALID.replace('- detect', '- &edge { from: detect, probability: 2 }\n      - *edge');
    const { problems } = folder.refusalOf(() => readPipelineFile(folder.write('anchor.yaml', text)));
    expect(problems).toEqual([
      'anchor.yaml:21: stages[3].parents[0].probability = 2, must be between 0 and 1',
      'anchor.yaml:21: stages[3].parents[1].probability = 2, must be between 0 and 1',
      'anchor.yaml:22: stages[3].parents[1] = detect, must be one edge per parent: parents[0] comes from it too',
    ]);
  });
});

const DURATION = 'must be a duration with a unit, such as 200ms or 1.5s';

// Name, what is changed in the valid file, and every line of the error.
const REFUSED: readonly (readonly [string, string, string, readonly string[]])[] = [
  ['a duration without a unit', 'slo: 300ms', 'slo: 300', [`pipeline.yaml:3: slo = 300, ${DURATION}`]],
  ['a negative duration', 'slo: 300ms', 'slo: -300ms', [`pipeline.yaml:3: slo = -300ms, ${DURATION}`]],
  ['an SLO of zero', 'slo: 300ms', 'slo: 0ms', ['pipeline.yaml:3: slo = 0ms, must be more than 0 and at most 1d']],
  ['an SLO beyond a day', 'slo: 300ms', 'slo: 25h', ['pipeline.yaml:3: slo = 25h, must be more than 0 and at most 1d']],
  ['an SLO left empty', 'slo: 300ms', 'slo:', [`pipeline.yaml:3: slo = (empty), ${DURATION}`]],
  ['a batch timeout without a unit', '5ms', '5', [`pipeline.yaml:11: stages[0].batch_timeout = 5, ${DURATION}`]],
  [
    'a percentile above 100',
    '99.9',
    '100.1',
    ['pipeline.yaml:4: percentile = 100.1, must be from 1 to 100, with at most four decimals, such as 99 or 99.9'],
  ],
  [
    'a percentile of zero',
    '99.9',
    '0',
    ['pipeline.yaml:4: percentile = 0, must be from 1 to 100, with at most four decimals, such as 99 or 99.9'],
  ],
  [
    'a percentile with five decimals',
    '99.9',
    '99.99999',
    ['pipeline.yaml:4: percentile = 99.99999, must be from 1 to 100, with at most four decimals, such as 99 or 99.9'],
  ],
  [
    'a percentile without an objective',
    'slo: 300ms\n',
    '',
    ['pipeline.yaml:3: percentile = 99.9, must be left out where there is no slo'],
  ],
  ['no version', 'version: 1\n', '', ['pipeline.yaml: version is missing']],
  ['another version', 'version: 1', 'version: 2', ['pipeline.yaml:1: version = 2, must be 1']],
  [
    'a key that is nearly right',
    'batch_timeout',
    'batch_timeuot',
    ['pipeline.yaml:11: stages[0].batch_timeuot is not a known key (did you mean batch_timeout?)'],
  ],
  [
    'a key that is like no other',
    'percentile: 99.9',
    'owner: me',
    [
      'pipeline.yaml:4: owner is not a known key, must be one of version, name, profiles, hardware, stages, slo, percentile, trace, queries',
    ],
  ],
  [
    'a key that is missing',
    'hardware: hardware.yaml',
    'hardwear: hardware.yaml',
    ['pipeline.yaml:6: hardwear is not a known key (did you mean hardware?)', 'pipeline.yaml: hardware is missing'],
  ],
  [
    'text where a list belongs',
    'parents:\n      - { from: language, probability: 0.3, group: which, per: query }',
    'parents: language',
    [
      'pipeline.yaml:13: stages[1].parents = language, must be a list of parents; leave it out for a stage that every query enters',
    ],
  ],
  [
    'an empty list of parents',
    'parents:\n      - { from: language, probability: 0.3, group: which, per: query }',
    'parents: []',
    [
      'pipeline.yaml:13: stages[1].parents = an empty list, must be a list of parents; leave it out for a stage that every query enters',
    ],
  ],
  [
    'a number where text belongs',
    'name: social',
    'name: 12',
    ['pipeline.yaml:2: name = 12, must be text (put it in quotes)'],
  ],
  [
    'text where a number belongs',
    'probability: 0.3',
    'probability: "0.3"',
    ['pipeline.yaml:14: stages[1].parents[0].probability = "0.3", must be between 0 and 1 (a number, not text)'],
  ],
  [
    'a kind that is not known',
    'kind: transform',
    'kind: transfrom',
    ['pipeline.yaml:19: stages[3].kind = transfrom, must be one of model, transform (did you mean transform?)'],
  ],
  [
    'two stages of one name',
    'name: german',
    'name: french',
    ['pipeline.yaml:15: stages[2].name = french, must be unique: stages[1] has the same name'],
  ],
  [
    'a stage named query',
    'name: german',
    'name: query',
    ["pipeline.yaml:15: stages[2].name = query, must be another name: query stands for the pipeline's entry"],
  ],
  [
    'a name with a space',
    'name: german',
    'name: ger man',
    [
      'pipeline.yaml:15: stages[2].name = "ger man", must be letters, digits, - _ and ., beginning with a letter or a digit, at most 100 in all',
    ],
  ],
  [
    'a parent that is no stage',
    '- detect',
    '- detetc',
    ['pipeline.yaml:21: stages[3].parents[0] = detetc, must be query or another stage (did you mean detect?)'],
  ],
  [
    'a parent like no stage',
    '- detect',
    '- { from: nowhere-near }',
    [
      'pipeline.yaml:21: stages[3].parents[0] = nowhere-near, must be query or another stage: query, detect, french, german',
    ],
  ],
  [
    'a cycle',
    '- detect',
    '- french',
    ['pipeline.yaml:13: stages[1].parents close a cycle: french -> language -> french'],
  ],
  [
    'a stage that is its own parent',
    '- detect',
    '- language',
    ['pipeline.yaml:20: stages[3].parents close a cycle: language -> language'],
  ],
  [
    'a stage nothing reaches',
    'probability: 0.3',
    'probability: 0',
    ['pipeline.yaml:12: stages[1].name = french, must be reached by some query: every edge into it has probability 0'],
  ],
  [
    'a stage whose parents nothing reaches',
    '- detect\n      - { from: query, probability: 0.5, ',
    '- { from: query, probability: 0, ',
    [
      'pipeline.yaml:12: stages[1].name = french, must be reached by some query: no query reaches any of its parents',
      'pipeline.yaml:15: stages[2].name = german, must be reached by some query: no query reaches any of its parents',
      'pipeline.yaml:18: stages[3].name = language, must be reached by some query: every edge into it has probability 0',
    ],
  ],
  [
    'a probability above 1',
    'probability: 0.5',
    'probability: 1.5',
    ['pipeline.yaml:22: stages[3].parents[1].probability = 1.5, must be between 0 and 1'],
  ],
  [
    'a probability below 0',
    'probability: 0.5',
    'probability: -0.5',
    ['pipeline.yaml:22: stages[3].parents[1].probability = -0.5, must be between 0 and 1'],
  ],
  [
    'a probability that is no number',
    'probability: 0.5',
    'probability: .nan',
    ['pipeline.yaml:22: stages[3].parents[1].probability = NaN, must be between 0 and 1'],
  ],
  [
    'an exclusive group above 1',
    'probability: 0.7',
    'probability: 0.8',
    [
      'pipeline.yaml:17: stages[2].parents[0].group = which: the probabilities of its edges from language sum to 0.3 + 0.8 = 1.1, must be at most 1',
    ],
  ],
  [
    'an exclusive group drawn per query and per item',
    'probability: 0.7, group: which, per: query',
    'probability: 0.7, group: which, per: item',
    ['pipeline.yaml:17: stages[2].parents[0].group = which: its edges from language must all have the same `per`'],
  ],
  [
    'an edge per something else',
    'from: query, probability: 0.5',
    'from: query, per: box',
    ['pipeline.yaml:22: stages[3].parents[1].per = box, must be one of item, query'],
  ],
  [
    'more items down a chain than a query may have',
    'probability: 0.3, group: which, per: query }',
    'fan_out: 40000, per: item }',
    ['pipeline.yaml:12: stages[1].name = french: a query could have 80000 items there, must be at most 65535'],
  ],
  [
    'two edges of one parent',
    '- detect',
    '- detect\n      - detect',
    ['pipeline.yaml:22: stages[3].parents[1] = detect, must be one edge per parent: parents[0] comes from it too'],
  ],
  [
    'a fan-out that is no integer',
    '{2: 0.25, 1: 0.75}',
    '1.5',
    ['pipeline.yaml:22: stages[3].parents[1].fan_out = 1.5, must be an integer between 1 and 65535'],
  ],
  [
    'a fan-out of zero',
    '{2: 0.25, 1: 0.75}',
    '0',
    ['pipeline.yaml:22: stages[3].parents[1].fan_out = 0, must be an integer between 1 and 65535'],
  ],
  [
    'a fan-out that is too large',
    '{2: 0.25, 1: 0.75}',
    '65536',
    ['pipeline.yaml:22: stages[3].parents[1].fan_out = 65536, must be an integer between 1 and 65535'],
  ],
  [
    'fan-out shares that do not sum to 1',
    '{2: 0.25, 1: 0.75}',
    '{2: 0.25, 1: 0.7}',
    ['pipeline.yaml:22: stages[3].parents[1].fan_out = shares that sum to 0.95, must sum to 1'],
  ],
  [
    'a fan-out distribution without outcomes',
    '{2: 0.25, 1: 0.75}',
    '{}',
    ['pipeline.yaml:22: stages[3].parents[1].fan_out = shares that sum to 0, must sum to 1'],
  ],
  [
    'a fan-out of part of an item',
    '{2: 0.25, 1: 0.75}',
    '{1.5: 0.25, 1: 0.75}',
    ['pipeline.yaml:22: stages[3].parents[1].fan_out = "1.5", must be counts between 1 and 65535 with their shares'],
  ],
  [
    'a fan-out share of zero',
    '{2: 0.25, 1: 0.75}',
    '{2: 0, 1: 1}',
    ['pipeline.yaml:22: stages[3].parents[1].fan_out.2 = 0, must be more than 0 and at most 1'],
  ],
  [
    'a profile named twice',
    'data/measured.csv',
    'published.csv',
    ['pipeline.yaml:5: profiles[1] = published.csv, must be named once'],
  ],
  [
    'YAML that is not',
    'name: social',
    'name: [social',
    ['pipeline.yaml:3:1: not YAML: Flow sequence in block collection must be sufficiently indented and end with a ]'],
  ],
  ['a key given twice', 'name: social', 'version: 1', ['pipeline.yaml:2:1: not YAML: key version is given twice']],
  [
    'a tag that nobody knows',
    'social',
    '!!js/function x',
    ['pipeline.yaml:2:7: not YAML: Unresolved tag: tag:yaml.org,2002:js/function'],
  ],
  [
    'two documents',
    'name: social',
    '---\nname: social',
    ['pipeline.yaml:2:1: not YAML: a second document begins, must be one'],
  ],
  [
    'an empty file',
    VALID,
    '',
    ['pipeline.yaml: the file = (empty), must be a mapping with version, name, profiles, hardware, stages'],
  ],
  [
    'a list as the whole file',
    VALID,
    '- a\n',
    ['pipeline.yaml:1: the file = a list, must be a mapping with version, name, profiles, hardware, stages'],
  ],
  [
    'no stages',
    VALID.slice(VALID.indexOf('stages:')),
    'stages: []',
    ['pipeline.yaml:8: stages = an empty list, must be a list of stages'],
  ],
];

describe('readPipelineFile refuses', () => {
  it.each(REFUSED)('%s', (_name, from, to, problems) => {
    const path = withChange(from, to);
    expect(folder.refusalOf(() => readPipelineFile(path)).problems).toEqual(problems);
  });
});

it('tells every problem at once, and counts those beyond fifty', () => {
  // 60 stages, each with an unknown key: 60 problems.
  const stages = Array.from({ length: 60 }, (_, index) => `  - { name: s${index}, kindd: model }\n`);
  const text = `version: 1\nname: many\nprofiles: p.csv\nhardware: h.yaml\nstages:\n${stages.join('')}`;
  const { problems } = folder.refusalOf(() => readPipelineFile(folder.write('many.yaml', text)));
  expect(problems).toHaveLength(51);
  expect(problems[49]).toBe('many.yaml:55: stages[49].kindd is not a known key (did you mean kind?)');
  expect(problems[50]).toBe('… and 10 more');
});

it('refuses a pipeline of more than a thousand stages', () => {
  const stages = Array.from({ length: 1001 }, (_, index) => `  - { name: s${index} }\n`);
  const text = `version: 1\nname: many\nprofiles: p.csv\nhardware: h.yaml\nstages:\n${stages.join('')}`;
  const { problems } = folder.refusalOf(() => readPipelineFile(folder.write('large.yaml', text)));
  expect(problems).toEqual(['large.yaml:5: stages = 1001, must be at most 1000 stages']);
});

it.each([
  ['nested without end', '['.repeat(100_000), /^deep.yaml: not YAML: nested too deeply$/],
  [
    'multiplied by aliases',
    `a: &a [x, x, x, x, x, x, x, x, x]\n${['b', 'c', 'd', 'e', 'f', 'g', 'h']
      .map((key, index) => `${key}: &${key} [${`*${'abcdefg'[index]}, `.repeat(9)}]`)
      .join('\n')}\n`,
    /^deep.yaml: not YAML: Excessive alias count/,
  ],
])('refuses YAML that is %s', (_name, text, expected) => {
  const { problems } = folder.refusalOf(() => readPipelineFile(folder.write('deep.yaml', text)));
  expect(problems).toHaveLength(1);
  expect(problems[0]).toMatch(expected);
});

describe('the length of a text', () => {
  const longest = 'n'.repeat(300);

  it('may be 300 characters', () => {
    expect(readPipelineFile(withChange('social', longest)).pipeline.name).toBe(longest);
  });

  it('may not be 301', () => {
    const path = withChange('social', `${longest}n`);
    expect(() => readPipelineFile(path)).toThrow('pipeline.yaml:2: name = ');
  });
});

describe('an edge from a parent where a query can have several items', () => {
  const left = 'probability: 0.3, group: which, per: query';

  it('is warned about where it leaves open what takes it', () => {
    const path = withChange(left, 'probability: 0.3, group: which');
    expect(readPipelineFile(path).warnings).toEqual([
      `${shownPath(path)}:14: stages[1].parents[0] = language: a query can have 2 items there; ` +
        'say `per: item` if each goes on to french, `per: query` if the query does once (assumed)',
    ]);
  });

  it('is warned about only while the parent may have several', () => {
    const path = withChange(left, 'probability: 0.3, group: which');
    folder.write('pipeline.yaml', readFileSync(path, 'utf8').replace('fan_out: {2: 0.25, 1: 0.75}', 'fan_out: 1'));
    expect(readPipelineFile(path).warnings).toEqual([]);
  });
});

describe('a merge key', () => {
  const SHARED = `\
version: 1
name: shared
profiles: p.csv
hardware: h.yaml
x-slow: &slow { batch_timeout: 9ms, model: big }
x-quick: &quick
  batch_timeout: 5ms
stages:
  - name: a
    <<: *quick
  - { name: b, <<: [*quick, *slow], parents: [a] }
  - { name: c, <<: *slow, batch_timeout: 7ms, parents: [b] }
`;

  it('gives a stage the keys of other mappings, the first of them first, its own before all', () => {
    const { stages } = readPipelineFile(folder.write('shared.yaml', SHARED)).pipeline;
    expect(stages.map(({ model, batchTimeoutMs }) => [model, batchTimeoutMs])).toEqual([
      ['a', 5],
      ['big', 5],
      ['big', 7],
    ]);
  });

  it.each([
    ['a value where it stands', 'batch_timeout: 5ms', 'batch_timeout: 5', 'shared.yaml:7: stages[0].batch_timeout = 5'],
    [
      'a key twice',
      '    <<: *quick',
      '    <<: *quick\n    <<: *slow',
      'shared.yaml:11:5: not YAML: key "<<" is given twice',
    ],
    ['a key that is none', 'version: 1', 'version: 1\ny-slow: 1', 'shared.yaml:2: y-slow is not a known key'],
    ['a key of odd letters', 'version: 1', 'version: 1\n"?!": 1', 'shared.yaml:2: ["?!"] is not a known key'],
    [
      'an extension below the root',
      '- name: a',
      '- name: a\n    x-y: 1',
      'shared.yaml:10: stages[0].x-y is not a known key',
    ],
  ])('names %s', (_, from, to, problem) => {
    const path = folder.write('shared.yaml', SHARED.replace(from, to));
    expect(folder.refusalOf(() => readPipelineFile(path)).problems[0]).toContain(problem);
  });
});
