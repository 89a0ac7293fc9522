/** Parses a YAML file and remembers on which line each of its values stands. */
import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  type Scalar,
  visit,
  type YAMLMap,
} from 'yaml';
import { InputError } from '../errors.js';
import { formatOffered } from '../model/notation/offered-value.js';
import { type Entry, entryAt, type Path } from './entry.js';
import { Problems } from './problems.js';
import { readTextFile, shownPath } from './system/read-text.js';
import { parseYamlDocument } from './yaml-document.js';

/** Files written by hand are far smaller. A larger one only costs time before it is refused. */
const MAX_MIB = 0.5;

/**
 * The root entry of a YAML file. Its problems are gathered in `entry.file.problems`.
 * Throws InputError `FILE` (unreadable) or `YAML` (every syntax error, with line and column).
 */
export function readYamlFile(path: string): Entry {
  return parseYaml(shownPath(path), readTextFile(path, MAX_MIB));
}

/** Like `readYamlFile`, for text in memory. */
export function parseYaml(shown: string, text: string): Entry {
  const problems = new Problems();
  const lines = new LineCounter();
  const document = parsed(shown, () => parseYamlDocument(text, lines));
  const faults: Fault[] = [...document.errors, ...document.warnings].map(({ pos, message }) => {
    return { offset: pos[0], reason: message };
  });
  const told = new Set<number>();
  for (const { offset, reason } of [...faults, ...parsed(shown, () => faultyKeys(document))]) {
    if (told.has(offset)) continue;
    told.add(offset);
    problems.add(() => {
      const { line, col } = lines.linePos(offset);
      return `${shown}:${line}:${col}: not YAML: ${oneLine(reason)}`;
    });
  }
  problems.throwIfAny('YAML');
  const value: unknown = parsed(shown, () => document.toJS());

  /** Line of the value at a path, or of the nearest enclosing value with a place in the file. */
  function lineOf(at: Path): number | undefined {
    let node: Node | null | undefined = document.contents;
    let offset = node?.range?.[0];
    for (const step of at) {
      if (isAlias(node)) node = node.resolve(document);
      let found: Node | undefined;
      if (isMap<Node, Node | null>(node)) {
        const pair = pairIn(node, String(step), document);
        found = pair?.key;
        node = pair?.value;
      } else if (isSeq<Node>(node)) {
        found = node.items[Number(step)];
        node = found;
      }
      if (!found?.range) break;
      offset = found.range[0];
    }
    return offset === undefined ? undefined : lines.linePos(offset).line;
  }

  return entryAt({ shownPath: shown, problems, lineOf }, [], value);
}

/** The pair with a key: the mapping's own one, or else the first one that a merge key `<<` brings in. */
function pairIn(
  map: YAMLMap<Node, Node | null>,
  name: string,
  document: Document.Parsed,
): Pair<Node, Node | null> | undefined {
  const own = map.items.find(({ key }) => isScalar(key) && !isMergeKey(key) && String(key.value) === name);
  if (own !== undefined) return own;
  for (const { key, value } of map.items) {
    if (!isScalar(key) || !isMergeKey(key)) continue;
    for (const source of isSeq<Node>(value) ? value.items : [value]) {
      const merged = isAlias(source) ? source.resolve(document) : source;
      const pair = isMap<Node, Node | null>(merged) ? pairIn(merged, name, document) : undefined;
      if (pair !== undefined) return pair;
    }
  }
  return undefined;
}

/** The parser makes a symbol of a merge key. */
function isMergeKey({ value }: Scalar): boolean {
  return typeof value === 'symbol';
}

interface Fault {
  readonly offset: number;
  readonly reason: string;
}

/** Keys that are given twice, and keys that are no text. */
function faultyKeys(document: Document.Parsed): readonly Fault[] {
  const faults: Fault[] = [];
  visit(document, {
    Map(_key, map) {
      const seen = new Set<string>();
      for (const { key } of map.items) {
        const plain = isAlias(key) ? key.resolve(document) : key;
        if (!isScalar(plain)) {
          // It would be written out as text, again for each mapping around it.
          const { range } = key as Node;
          faults.push({
            offset: range?.[0] ?? map.range?.[0] ?? 0,
            reason: 'a key is a list or a mapping, must be text',
          });
          continue;
        }
        if (!isScalar(key)) continue;
        const name = isMergeKey(key) ? '<<' : String(key.value);
        if (seen.has(name))
          faults.push({ offset: key.range?.[0] ?? 0, reason: `key ${formatOffered(name)} is given twice` });
        seen.add(name);
      }
    },
  });
  return faults;
}

/** The parser throws for a document nested too deeply, and for aliases that multiply without end. */
function parsed<T>(shown: string, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    throw new InputError('YAML', `${shown}: not YAML: ${oneLine(String((error as Error).message))}`);
  }
}

function oneLine(message: string): string {
  const first = message.split('\n', 1)[0]!;
  return /^[\x20-\x7e]{1,200}$/.test(first) ? first : formatOffered(first);
}
