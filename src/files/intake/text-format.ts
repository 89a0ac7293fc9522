/**
 * Reads the text format of protocol buffers, as far as configurations of models use it: fields with scalars, messages
 * and lists, without a schema. Every field gives a list, since any may be repeated.
 */
import { InputError } from '../../errors.js';
import { formatOffered } from '../../model/notation/offered-value.js';

/** A field's values in order: text for strings and words, numbers as numbers. */
export type TextMessage = ReadonlyMap<string, readonly TextValue[]>;
export type TextValue = string | number | TextMessage;

const MOST_DEPTH = 50;
const TOKEN = /\s+|#[^\n]*|("(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|[{}[\]:,;<>]|[^\s{}[\]:,;<>"'#]+)/y;
const NUMBER = /^-?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?f?$/i;

interface Token {
  readonly text: string;
  readonly line: number;
}

/**
 * @param shown name of the file in errors
 * @throws InputError `PBTXT` with file and line for other text
 */
export function parseTextFormat(shown: string, text: string): TextMessage {
  const tokens = tokensOf(shown, text);
  let next = 0;

  function refuse(token: Token | undefined, allowed: string): never {
    const where = `${shown}:${token?.line ?? tokens.at(-1)?.line ?? 1}`;
    const offered = token === undefined ? 'the end of the file' : formatOffered(token.text);
    throw new InputError('PBTXT', `${where}: ${offered}, must be ${allowed}`);
  }

  function message(end: string | undefined, depth: number): TextMessage {
    if (depth > MOST_DEPTH) refuse(tokens[next], `nested at most ${MOST_DEPTH} deep`);
    const fields = new Map<string, TextValue[]>();
    for (;;) {
      const token = tokens[next++];
      if (token?.text === end) return fields;
      if (token === undefined || !/^[A-Za-z_][\w.]*$/.test(token.text)) refuse(token, 'the name of a field');
      const values = fieldValues(depth);
      const present = fields.get(token.text);
      if (present === undefined) fields.set(token.text, values);
      else for (const value of values) present.push(value);
      while (tokens[next]?.text === ',' || tokens[next]?.text === ';') next++;
    }
  }

  function fieldValues(depth: number): TextValue[] {
    const hasColon = tokens[next]?.text === ':';
    if (hasColon) next++;
    if (tokens[next]?.text !== '[') return [value(hasColon, depth)];
    next++;
    const values: TextValue[] = [];
    while (tokens[next]?.text !== ']') {
      values.push(value(true, depth));
      if (tokens[next]?.text === ',') next++;
      else if (tokens[next]?.text !== ']') refuse(tokens[next], '"," or "]"');
    }
    next++;
    return values;
  }

  function value(mayBeScalar: boolean, depth: number): TextValue {
    const token = tokens[next++];
    if (token?.text === '{') return message('}', depth + 1);
    if (token?.text === '<') return message('>', depth + 1);
    if (token === undefined || !mayBeScalar || /^[}\]:,;>[]$/.test(token.text)) {
      refuse(token, mayBeScalar ? 'a value' : '":" or "{"');
    }
    if (/^["']/.test(token.text)) {
      let joined = unquoted(token.text);
      // Strings beside one another are one string.
      for (; /^["']/.test(tokens[next]?.text ?? ''); next++) joined += unquoted(tokens[next]!.text);
      return joined;
    }
    return NUMBER.test(token.text) ? Number(token.text.replace(/f$/i, '')) : token.text;
  }

  return message(undefined, 0);
}

function tokensOf(shown: string, text: string): readonly Token[] {
  const tokens: Token[] = [];
  let line = 1;
  TOKEN.lastIndex = 0;
  for (let at = 0; at < text.length; at = TOKEN.lastIndex) {
    const match = TOKEN.exec(text);
    if (match === null) throw new InputError('PBTXT', `${shown}:${line}: a string does not end on its line`);
    if (match[1] !== undefined) tokens.push({ text: match[1], line });
    for (const character of match[0]) if (character === '\n') line++;
  }
  return tokens;
}

function unquoted(text: string): string {
  return text.slice(1, -1).replace(/\\(.)/g, (_, one: string) => (one === 'n' ? '\n' : one === 't' ? '\t' : one));
}
