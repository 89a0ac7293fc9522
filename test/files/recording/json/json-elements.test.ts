import { describe, expect, it } from 'vitest';
import { JsonElements } from '../../../../src/files/recording/json/json-elements.js';
import { EACH, fieldOf, type Step, stepsTo } from '../../../../src/files/recording/json/json-path.js';
import { ByteWindow } from '../../../../src/files/recording/text/byte-window.js';
import { randomStream } from '../../../../src/random.js';
import { temporaryFolder } from '../../../helpers/folder.js';

const folder = temporaryFolder();

function elementsIn(text: string, rows: string): readonly string[] {
  const window = new ByteWindow(folder.write('x.json', text));
  const elements = new JsonElements(window, rows);
  const found: string[] = [];
  while (elements.next()) found.push(elements.text);
  window.close();
  return found;
}

describe('the elements of a JSON text', () => {
  it.each<[string, string, string[]]>([
    ['[1, "a,]", [2], {"b":{}} ,null]', '[]', ['1', '"a,]"', '[2]', '{"b":{}}', 'null']],
    ['{"a":[9],"rows":[{"t":1},{"t":2}],"z":{"rows":[3]}}', 'rows[]', ['{"t":1}', '{"t":2}']],
    ['{"a":{"b":[[1,2],[],[3]]}}', 'a.b[][]', ['1', '2', '3']],
    ['[{"v":[1]},{"w":[2]},{"v":3},7,{"v":[4,5]}]', '[].v[]', ['1', '4', '5']],
    ['{"s":[1]}\n{"s":[2]}', 's[]', ['1', '2']],
    ['{\n"t": 1}\n\n{"t":2}', '', ['{\n"t": 1}', '{"t":2}']],
    ['{"\\u0061":["\\\\\\"]"]}', 'a[]', ['"\\\\\\"]"']],
    ['{"a":[]}', 'a[]', []],
    ['\ufeff[1]', '[]', ['1']],
  ])('%s at %s', (text, rows, found) => {
    expect(elementsIn(text, rows)).toEqual(found);
  });

  it.each(['[1,', '{"a":[1', '{"a":["x', '{"a', '{"a":', '{"a":[{"b":1}', '{"a":["\\'])('%s is cut short', (text) => {
    const rows = text.startsWith('[') ? '[]' : 'a[]';
    expect(folder.refusalOf(() => elementsIn(text, rows)).problems[0]).toMatch(/is not whole: the file is cut short$/);
  });

  it.each(['{a:[1]}', '{"a"=1}', '[1 "x":2]', '{1:2}'])('%s is not JSON', (text) => {
    const rows = text.startsWith('[') ? '[]' : 'a[]';
    expect(folder.refusalOf(() => elementsIn(text, rows)).problems[0]).toMatch(/is not JSON$/);
  });

  it('are those that the whole text parses to, wherever the buffer ends', () => {
    for (let seed = 0; seed < 6; seed++) {
      const next = randomStream(seed, 'json');
      const value = { pad: 'x'.repeat(Math.floor(next() * 262_144)), rows: randomRows(next, 400) };
      const text = JSON.stringify(value, null, seed % 3);
      expect(elementsIn(text, 'rows[].in[]').map((element) => JSON.parse(element))).toEqual(
        valuesAt(value, stepsTo('rows[].in[]')),
      );
    }
  });
});

function randomRows(next: () => number, count: number): unknown[] {
  return Array.from({ length: count }, () => ({
    'a"\\ é': next() < 0.5 ? null : [{ in: [1] }],
    in: next() < 0.1 ? 'none' : Array.from({ length: Math.floor(next() * 4) }, () => randomValue(next)),
    text: '}]"\\\n€'.repeat(Math.floor(next() * 200)),
  }));
}

function randomValue(next: () => number): unknown {
  const kind = Math.floor(next() * 5);
  return [next(), '[{"\\', { in: ['x', {}] }, [[], [true]], null][kind];
}

function valuesAt(value: unknown, [step, ...more]: readonly Step[]): readonly unknown[] {
  if (step === undefined) return [value];
  if (step === EACH) return Array.isArray(value) ? value.flatMap((each) => valuesAt(each, more)) : [];
  const inner = fieldOf(value, step as string);
  return inner === undefined ? [] : valuesAt(inner, more);
}
