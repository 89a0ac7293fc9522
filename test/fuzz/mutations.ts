/**
 * Mutations of valid documents: of the tree (keys and values deleted, repeated, renamed, retyped, swapped, nested), then
 * of its text (cut, spliced, repeated, characters turned), then of its bytes.
 */
import fc from 'fast-check';

/** Names that mean something to JavaScript, YAML or a shell. */
const HOSTILE_NAMES = [
  ...['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'valueOf', 'then', 'toJSON', 'length', 'prototype'],
  ...['', ' ', '.', '..', '../../etc/passwd', '-', '--help', 'query', '<<', '*a', '&a', '!!js/function', '~', 'null'],
  ...['\u0000', '\u001b[2J', '\u202e', '\ufeff', '\ud800', '😀', 'a\nb', 'x'.repeat(301), '$(id)', '%s', '1e3', '0'],
];

const HOSTILE_VALUES: readonly unknown[] = [
  ...HOSTILE_NAMES,
  ...[null, true, false, [], {}, [[]], [null], { a: 1 }, [1, 2, 3], { '': {} }],
  ...[
    0,
    -0,
    -1,
    1,
    2,
    0.1,
    1e-9,
    5e-324,
    65_535,
    65_536,
    1e6,
    2 ** 31,
    2 ** 32,
    1e9,
    2 ** 53,
    1e15,
    1e21,
    1e308,
    -1e308,
  ],
  ...[
    '1e999',
    '-1',
    'NaN',
    '.inf',
    '-.inf',
    '0x10',
    '1_000',
    '٣',
    '1,5',
    '1d',
    '0ms',
    '-5ms',
    '9'.repeat(400),
    '1e400s',
  ],
  ...['2024-02-30', '2024-01-01T00:00:00Z', '99999-01-01T00:00:00Z', '1700000000', '1e10', '.', '1.', '00', '+1'],
];

/** One change of a tree. Which node it meets follows from `at`, whatever the tree is. */
interface TreeEdit {
  readonly act: number;
  readonly at: number;
  readonly other: number;
  readonly name: string;
  readonly value: unknown;
}

const value: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...HOSTILE_VALUES) },
  { weight: 1, arbitrary: fc.integer() },
  { weight: 1, arbitrary: fc.double() },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 20 }) },
  { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 2 }) },
);

const treeEdit: fc.Arbitrary<TreeEdit> = fc.record({
  act: fc.nat(15),
  at: fc.nat(),
  other: fc.nat(),
  name: fc.constantFrom(...HOSTILE_NAMES),
  value,
});

type Container = Record<string, unknown> | unknown[];
interface Slot {
  readonly of: Container;
  readonly key: string;
}

/** A value of the same shape with one to four changes. */
export function mutatedTree(base: unknown): fc.Arbitrary<unknown> {
  return fc.array(treeEdit, { minLength: 1, maxLength: 4 }).map((edits) => {
    const root = { root: structuredClone(base) };
    // What is put in is copied: put into itself, it would have no end.
    for (const edit of edits) editTree(root, { ...edit, value: structuredClone(edit.value) });
    return root.root;
  });
}

/** Changes the tree at one node. */
function editTree(root: { root: unknown }, edit: TreeEdit): void {
  const slots = slotsOf(root);
  const slot = slots[edit.at % slots.length]!;
  const { act, other, name } = edit;
  if (act < 2) remove(slot);
  else if (act === 2) rename(slot, name);
  else if (act === 3) rename(slot, slots[other % slots.length]!.key);
  else if (act === 4) repeat(slot, 1 + (other % 60));
  else if (act === 5) insert(slot, name, edit.value);
  else set(slot, act === 6 ? structuredClone(get(slots[other % slots.length]!)) : changed(get(slot), edit));
}

/** What a value becomes. */
function changed(held: unknown, { act, other, name, value }: TreeEdit): unknown {
  if (act === 7) return nested(held, [1, 2, 30, 120, 400][other % 5]!, other % 2 === 0);
  if (act === 8 && typeof held === 'number') return held * [-1, 0, 1e-6, 1000, 1e9, 1e300][other % 6]!;
  if (act === 8) return typeof held === 'string' ? held + name : value;
  if (act === 9 && typeof held === 'string') return held.slice(0, other % (held.length + 1));
  if (act === 9 && typeof held === 'number') return String(held);
  return value;
}

function slotsOf(root: { root: unknown }): Slot[] {
  const slots: Slot[] = [];
  const waiting: Container[] = [root];
  // Bounded: nesting and repeating make trees of thousands of nodes.
  while (waiting.length > 0 && slots.length < 2000) {
    const of = waiting.pop()!;
    for (const key of Object.keys(of)) {
      const slot = { of, key };
      slots.push(slot);
      const held = get(slot);
      if (typeof held === 'object' && held !== null) waiting.push(held as Container);
    }
  }
  return slots;
}

function get({ of, key }: Slot): unknown {
  return Object.getOwnPropertyDescriptor(of, key)?.value;
}

/** As an own property, also under `__proto__`. */
function set({ of, key }: Slot, value: unknown): void {
  Object.defineProperty(of, key, { value, writable: true, enumerable: true, configurable: true });
}

function remove({ of, key }: Slot): void {
  if (Array.isArray(of)) of.splice(Number(key), 1);
  else if (key !== 'root') delete of[key];
}

function rename(slot: Slot, key: string): void {
  if (Array.isArray(slot.of) || slot.key === 'root') return;
  const held = get(slot);
  remove(slot);
  set({ of: slot.of, key }, held);
}

function insert({ of, key }: Slot, name: string, value: unknown): void {
  const held = get({ of, key });
  const into = typeof held === 'object' && held !== null ? (held as Container) : of;
  if (Array.isArray(into)) into.push(value);
  else if (into !== of || key !== 'root') set({ of: into, key: name }, value);
}

function repeat({ of, key }: Slot, times: number): void {
  if (!Array.isArray(of)) return;
  const held = get({ of, key });
  for (let i = 0; i < times; i++) of.push(structuredClone(held));
}

function nested(value: unknown, depth: number, isList: boolean): unknown {
  let around = value;
  for (let i = 0; i < depth; i++) around = isList ? [around] : { a: around };
  return around;
}

/** One change of a text. Places are shares of its length. */
interface TextEdit {
  readonly act: number;
  readonly from: number;
  readonly to: number;
  readonly splice: string;
  readonly times: number;
}

const SPLICES = [
  ...'[]{}:,-&*!|>\'"%@#?\n\r\t \u0000\u001b\ufeff'.split(''),
  ...[
    '---\n',
    '...\n',
    '%YAML 1.1\n',
    '<<: *a\n',
    '&a ',
    '*a',
    '!!binary ',
    '? ',
    '- ',
    '\r\n',
    '\r',
    '""',
    '"""',
    ',,,,',
  ],
  ...[
    '\ud800',
    'é',
    '\u2028',
    '\u0085',
    '999999999999999999999',
    '-',
    '.',
    'e',
    'null',
    '{"a":',
    '\\u0000',
    '\\',
    '/*',
  ],
];

const textEdit: fc.Arbitrary<TextEdit> = fc.record({
  act: fc.nat(11),
  from: fc.double({ min: 0, max: 1, noNaN: true }),
  to: fc.double({ min: 0, max: 1, noNaN: true }),
  splice: fc.oneof(fc.constantFrom(...SPLICES), fc.string({ unit: 'binary', maxLength: 10 })),
  times: fc.nat(400),
});

const LONGEST_TEXT = 200_000;

function edited(text: string, { act, from, to, splice, times }: TextEdit): string {
  const start = Math.floor(Math.min(from, to) * text.length);
  const end = Math.floor(Math.max(from, to) * text.length);
  const near = Math.min(end, start + (times % 40));
  switch (act) {
    case 0:
      return text.slice(0, start);
    case 1:
      return text.slice(start);
    case 2:
      return text.slice(0, start) + text.slice(near);
    case 3:
      return text.slice(0, start) + text.slice(start, near).repeat(1 + times) + text.slice(near);
    case 4:
      return text + text.slice(start);
    case 5:
      return text.slice(0, near) + text.slice(end, end + 40) + text.slice(near);
    case 6:
      return text.slice(0, start) + splice.repeat(1 + times) + text.slice(start);
    case 7:
      return text.replace(/\d+/g, (digits, at: number) =>
        at >= start && at < near + 10 ? `${digits}${times}` : digits,
      );
    default:
      return text.slice(0, start) + splice + text.slice(act > 9 ? near : start);
  }
}

/** A text with none to three changes. */
export function mutatedText(texts: fc.Arbitrary<string>): fc.Arbitrary<string> {
  const edits = fc.oneof(
    { weight: 2, arbitrary: fc.constant<TextEdit[]>([]) },
    { weight: 3, arbitrary: fc.array(textEdit, { minLength: 1, maxLength: 3 }) },
  );
  return fc.tuple(texts, edits).map(([text, all]) => all.reduce(edited, text).slice(0, LONGEST_TEXT));
}

/** The text as it is, or in one of ten its bytes with some turned. */
export function mutatedBytes(texts: fc.Arbitrary<string>): fc.Arbitrary<string | Uint8Array> {
  const flips = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 4 });
  const turned = fc.tuple(texts, flips).map(([text, all]) => {
    const bytes = Buffer.from(text);
    for (const [at, byte] of all) if (bytes.length > 0) bytes[at % bytes.length] = byte;
    return new Uint8Array(bytes);
  });
  return fc.oneof({ weight: 9, arbitrary: texts }, { weight: 1, arbitrary: turned });
}
