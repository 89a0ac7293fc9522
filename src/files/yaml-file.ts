/** Parses a YAML file and remembers on which line each of its values stands. */
import { isAlias, isMap, isScalar, isSeq, LineCounter, type Node, type Pair, parseDocument } from 'yaml';
import { formatOffered } from '../model/offered-value.js';
import { type Entry, entryAt, type Path } from './entry.js';
import { Problems } from './problems.js';
import { readTextFile, shownPath } from './read-text.js';

/** What people write by hand is far smaller, and larger input only costs time before it is refused. */
const MAX_MIB = 1;

/**
 * The root entry of a YAML file. Its problems are gathered in `entry.file.problems`.
 * Throws InputError `FILE` (unreadable) or `YAML` (every syntax error, with line and column).
 */
export function readYamlFile(path: string): Entry {
  return parseYaml(shownPath(path), readTextFile(path, MAX_MIB));
}

/** As `readYamlFile`, from text in hand. */
export function parseYaml(shown: string, text: string): Entry {
  const problems = new Problems();
  const lines = new LineCounter();
  const document = parsed(shown, problems, () =>
    parseDocument(text, { lineCounter: lines, prettyErrors: false, logLevel: 'error' }),
  );
  for (const { pos, message } of [...document.errors, ...document.warnings]) {
    const { line, col } = lines.linePos(pos[0]);
    problems.add(`${shown}:${line}:${col}: not YAML: ${oneLine(message)}`);
  }
  problems.throwIfAny('YAML');
  const value: unknown = parsed(shown, problems, () => document.toJS());

  /** Line of the value at a path, or of the nearest enclosing value that is written down. */
  function lineOf(at: Path): number | undefined {
    let node: Node | null | undefined = document.contents;
    let offset = node?.range?.[0];
    for (const step of at) {
      if (isAlias(node)) node = node.resolve(document);
      let found: Node | undefined;
      if (isMap<Node, Node | null>(node)) {
        const pair: Pair<Node, Node | null> | undefined = node.items.find(
          ({ key }) => isScalar(key) && String(key.value) === String(step),
        );
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

/** The parser itself gives up on documents nested thousands deep and on aliases that multiply without end. */
function parsed<T>(shown: string, problems: Problems, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    const reason = error instanceof RangeError ? 'nested too deeply' : oneLine(String((error as Error).message));
    problems.add(`${shown}: not YAML: ${reason}`);
    problems.throwIfAny('YAML');
    throw error;
  }
}

function oneLine(message: string): string {
  const first = message.split('\n', 1)[0]!;
  return /^[\x20-\x7e]{1,200}$/.test(first) ? first : formatOffered(first);
}
