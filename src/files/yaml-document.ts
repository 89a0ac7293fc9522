/** Parses YAML text with bounds on what a small text can cost. */
import { Composer, type CST, type Document, Lexer, type LineCounter, Parser, YAMLParseError } from 'yaml';

/** Open brackets, lists and mappings. No file by hand has ten; thousands overflow the stack of a recursive parser. */
const MOST_OPEN = 200;

/** The text is nested so deeply that it is not parsed. */
export class TooDeepError extends Error {}

/**
 * The first document of a text, with its errors and warnings. A second document is an error too.
 * Throws TooDeepError.
 */
export function parseYamlDocument(text: string, lines?: LineCounter): Document.Parsed {
  const composer = new Composer({ prettyErrors: false, logLevel: 'error', uniqueKeys: false, merge: true });
  // Thousands of errors with a stack each would take a gigabyte.
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    let first: Document.Parsed | undefined;
    for (const document of composer.compose(tokens(text, lines), true, text.length)) {
      if (first === undefined) first = document;
      else {
        const [start, end] = document.range;
        first.errors.push(new YAMLParseError([start, end], 'MULTIPLE_DOCS', 'a second document begins, must be one'));
        break;
      }
    }
    return first!;
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}

function* tokens(text: string, lines: LineCounter | undefined): Generator<CST.Token> {
  const parser = new Parser(lines?.addNewLine);
  lines?.addNewLine(0);
  for (const lexeme of new Lexer().lex(text)) {
    yield* parser.next(lexeme);
    if (parser.stack.length > MOST_OPEN) throw new TooDeepError('nested too deeply');
  }
  yield* parser.end();
}
