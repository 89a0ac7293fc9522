/** The fields that the beginning of a JSON text shows. The text may be cut off anywhere. */
import { joinPath } from './json-path.js';

const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/gs;
const MOST_FIELDS = 400;

interface Container {
  readonly kind: '{' | '[';
  readonly path: string;
  /** An array in an array, whose elements mean different things: `[1763805600, "12.5"]`. */
  readonly isTuple: boolean;
  name: string;
  index: number;
}

/** Paths of all fields with a value of their own (`a.b`, `rows[].time`, `rows[].0`), in their order. */
export function knownFields(beginning: string): readonly string[] {
  const fields = new Set<string>();
  const open: Container[] = [];
  let isName = false;

  const here = (): string => {
    const container = open.at(-1);
    if (container === undefined) return '';
    const { kind, path, isTuple, name, index } = container;
    if (kind === '{') return joinPath(path, name);
    return isTuple ? joinPath(path, String(index)) : `${path}[]`;
  };

  for (const [token] of beginning.matchAll(TOKEN)) {
    const container = open.at(-1);
    if (token === '{' || token === '[') {
      const isTuple = token === '[' && container?.kind === '[';
      open.push({ kind: token, path: here(), isTuple, name: '', index: 0 });
      isName = token === '{';
    } else if (token === '}' || token === ']') {
      open.pop();
      isName = false;
    } else if (token === ',') {
      if (container !== undefined) container.index++;
      isName = container?.kind === '{';
    } else if (token === ':') isName = false;
    else if (isName) container!.name = nameOf(token);
    else fields.add(here());
    if (fields.size >= MOST_FIELDS) break;
  }
  return [...fields];
}

function nameOf(token: string): string {
  try {
    return String(JSON.parse(token));
  } catch {
    return token;
  }
}
