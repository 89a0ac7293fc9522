/** Edits of files that people write: what is not meant stays to the byte. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { withRouting } from '../../src/files/pipeline/pipeline-edit.js';
import { withHardware } from '../../src/files/profile/hardware-edit.js';
import { readHardwareFile } from '../../src/files/profile/hardware-file.js';
import { temporaryFolder } from '../helpers/folder.js';

const folder = temporaryFolder();
const ROOT = join(import.meta.dirname, '../..');
const SHIPPED = [
  'pipeline.yaml',
  'examples/ocr/pipeline.yaml',
  'examples/generated/pipeline.yaml',
  'examples/cascade/pipeline.yaml',
];

/** Lines of the second text that the first has not, and the other way round. */
function changes(before: string, after: string): { gone: string[]; come: string[] } {
  const [a, b] = [before.split('\n'), after.split('\n')];
  return { gone: a.filter((line) => !b.includes(line)), come: b.filter((line) => !a.includes(line)) };
}

describe('withRouting', () => {
  const PIPELINE = `# what it does
version: 1
stages:
  - name: detect # finds boxes
  - name: read
    parents:
      # every box
      - { from: detect, probability: 0.5, fan_out: { 1: 0.6, 2: 0.4 }, group: kind }
  - name: join
    parents:
      - detect
      - read
`;
  const edge = (
    from: string,
    probability: number,
    fanOut: Parameters<typeof withRouting>[1][number]['edges'][number]['fanOut'],
  ) => ({
    from,
    visits: 10,
    probability,
    fanOut,
  });

  it('changes the counted edges alone', () => {
    const fanOut = [
      { items: 1, share: 0.25 },
      { items: 3, share: 0.75 },
    ];
    const after = withRouting(PIPELINE, [
      { stage: 'read', edges: [edge('detect', 0.8, fanOut)] },
      { stage: 'join', edges: [edge('detect', 1, 1), edge('read', 0.8, 1)] },
    ]);
    expect(changes(PIPELINE, after)).toEqual({
      gone: ['      - { from: detect, probability: 0.5, fan_out: { 1: 0.6, 2: 0.4 }, group: kind }', '      - read'],
      come: [
        '      - { from: detect, probability: 0.8, fan_out: { 1: 0.25, 3: 0.75 }, group: kind }',
        '      - { from: read, probability: 0.8 }',
      ],
    });
  });

  it('changes an edge that is written over several lines', () => {
    const block = PIPELINE.replace(/- \{ from: detect.*\n/, '- from: detect # boxes\n        probability: 0.5\n');
    const after = withRouting(block, [{ stage: 'read', edges: [edge('detect', 0.25, 2)] }]);
    expect(changes(block, after)).toEqual({
      gone: ['        probability: 0.5'],
      come: ['        probability: 0.25', '        fan_out: 2'],
    });
  });

  it('leaves an edge alone whose parent nothing visited', () => {
    const unseen = { ...edge('detect', 0, 1), visits: 0 };
    expect(withRouting(PIPELINE, [{ stage: 'read', edges: [unseen] }])).toBe(PIPELINE);
  });

  it.each(SHIPPED)('gives %s back to the byte when nothing was counted', (path) => {
    const text = readFileSync(join(ROOT, path), 'utf8');
    expect(withRouting(text, [])).toBe(text);
  });
});

describe('withHardware', () => {
  const text = readFileSync(join(ROOT, 'profiles/hardware.yaml'), 'utf8');
  const update = { costUsdPerHour: 0.1578, asOf: '2027-01-31', source: 'AWS spot Linux, us-east-1, cheapest zone' };

  it('gives the shipped file back to the byte when nothing changed', () => {
    expect(withHardware(text, [], [])).toBe(text);
  });

  it('changes price, date and source of one kind', () => {
    const after = withHardware(text, [{ name: 't4', ...update }], []);
    const { gone, come } = changes(text, after);
    expect(gone).toEqual(['    price_usd_per_hour: 0.526']);
    expect(come).toEqual([
      '    price_usd_per_hour: 0.1578',
      '    price_as_of: 2027-01-31',
      '    source: AWS spot Linux, us-east-1, cheapest zone',
    ]);
  });

  it('keeps the source of the kinds that shared it', () => {
    // cpu-half holds the anchor; the next kind gets it.
    const after = withHardware(text, [{ name: 'cpu-half', ...update }], []);
    expect(after.match(/&prices/g)).toHaveLength(1);
    const path = folder.write('hardware.yaml', after);
    expect(readHardwareFile(path)).toEqual(
      readHardwareFile(join(ROOT, 'profiles/hardware.yaml')).map((kind) =>
        kind.name === 'cpu-half' ? { ...kind, costUsdPerHour: 0.1578 } : kind,
      ),
    );
    const [shared] = /AWS on-demand Linux us-east-1; [^"]*/.exec(text)!;
    expect(after).toContain(`source: &prices "${shared}"`);
  });

  it('adds a kind at the end', () => {
    const after = withHardware(text, [], [{ name: 'g5.xlarge', kind: 'gpu', instance: 'g5.xlarge', ...update }]);
    expect(after.startsWith(text)).toBe(true);
    expect(readHardwareFile(folder.write('more.yaml', after)).at(-1)).toEqual({
      name: 'g5.xlarge',
      kind: 'gpu',
      costUsdPerHour: 0.1578,
      instance: 'g5.xlarge',
      share: 1,
      activationDelayMs: 5000,
    });
  });
});

it('withRouting gives an edge its own figures where it inherits others', () => {
  const text = `x-edge: &edge { probability: 0.5 }
stages:
  - name: a
  - { name: b, parents: [{ from: a, <<: *edge }] }
`;
  const counted = { stage: 'b', edges: [{ from: 'a', visits: 10, probability: 1, fanOut: 1 }] };
  expect(withRouting(text, [counted])).toContain('{ from: a, <<: *edge, probability: 1, fan_out: 1 }');
});
