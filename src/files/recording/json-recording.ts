/** A recording that is JSON: one object a line, or the elements of an array anywhere in it. */
import { InputError } from '../../errors.js';
import { didYouMean } from '../../model/notation/nearest-name.js';
import { formatNames, formatOffered } from '../../model/notation/offered-value.js';
import { JsonElements } from './json/json-elements.js';
import { joinPath, splitPath } from './json/json-path.js';
import { isObject, jsonElements, jsonLines, parsed } from './json/json-rows.js';
import { knownFields } from './json/known-fields.js';
import { isRangeAnswer } from './json/range-answer.js';
import { conditionalRows, type Recording, type RecordingOptions, unknownColumn } from './recording.js';
import type { ByteWindow } from './text/byte-window.js';
import { LineScanner } from './text/line-scanner.js';

/** An array, but not an access log whose lines begin with `[2026-11-22T…]`. */
const BEGINS_JSON = /^\s*(\{|\[\s*([[{"\n]|-?\d+(\.\d+)?\s*[,\]]))/;
const TIME_NAME = /time|date|stamp|start|(^|[._])(ts?|at|end)$/i;

/** Whether a text is JSON, by its beginning. */
export function isJson(beginning: string): boolean {
  return BEGINS_JSON.test(beginning);
}

/** The fields of all rows are columns. Which array has the rows is decided by the first column that is found. */
export function jsonRecording(window: ByteWindow, { where }: RecordingOptions): Recording {
  const { shown } = window;
  const beginning = window.peek();
  const lines = objectLines(beginning, window.isWhole);
  const root = beginning.trimStart().startsWith('[') ? '[]' : '';
  const paths = lines === undefined ? [...knownFields(beginning)] : lines;
  // A first row longer than the beginning may have more fields than it shows.
  const isOpen = !window.isWhole && !/[\]}]/.test(beginning);
  const columns = paths.map((path) => (root === '' ? path : path.replace(/^\[\]\.(?=.)/, '')));
  let rowsPath: string | undefined;

  const known = () => formatNames([...columns].sort((a, b) => timeRank(a) - timeRank(b)));
  const find: Recording['find'] = (column, flag) => {
    if (flag !== '--field' || column === undefined) refuseRangeAnswer(shown, beginning);
    if (column === undefined) {
      const kind = lines === undefined ? 'JSON' : 'JSON lines';
      throw new InputError('TRACE_IMPORT', `${shown}: is ${kind}: give ${flag}, one of ${known()}`);
    }
    const meant = [column, joinPath(root, column), joinPath(rowsPath ?? '', column)];
    let index = paths.findIndex((path) => meant.includes(path));
    if (index === -1 && isOpen) index = paths.push(meant.at(-1)!) - 1;
    if (index === -1) {
      const nearest = columns.find((name) => name.endsWith(`.${column}`));
      const hint = nearest === undefined ? didYouMean(column, columns) : ` (did you mean ${nearest}?)`;
      throw unknownColumn(shown, { column, flag, known: known(), nearest: hint });
    }
    const { rows } = splitPath(paths[index]!);
    rowsPath ??= rows;
    if (rows !== rowsPath) {
      const problem = `${flag} = ${formatOffered(column)}, must be a field of ${rowsPath}, as the first field is`;
      throw new InputError('TRACE_IMPORT', `${shown}: ${problem}`);
    }
    return index;
  };

  return {
    shown,
    columns,
    notes: [],
    hasHeaderRow: false,
    find,
    rows(indices) {
      const open = (all: readonly number[]) => {
        const fields = all.map((index) => splitPath(paths[index]!)).map(fieldIn(rowsPath!));
        return lines !== undefined && rowsPath === ''
          ? jsonLines(new LineScanner(window), fields)
          : jsonElements(new JsonElements(window, rowsPath!), fields);
      };
      return conditionalRows(open, { indices, find, where });
    },
    close: () => window.close(),
  };
}

/** A field of other rows is in none of these. */
function fieldIn(rowsPath: string) {
  return ({ rows, field }: { rows: string; field: string }) => (rows === rowsPath ? field : NO_FIELD);
}

/** No JSON text of a recording has this name. */
const NO_FIELD = '\0';

/** The fields of JSON lines; undefined for a text that has no object on a line of its own. */
function objectLines(beginning: string, isWhole: boolean): string[] | undefined {
  const texts = beginning.split('\n').filter((line) => line.trim() !== '');
  if (!isWhole) texts.pop();
  const objects = texts.filter((line) => isObject(parsed(line)));
  const isLines = objects[0] === texts[0] || (objects[0] === texts[1] && objects[1] === texts[2]);
  if (objects.length === 0 || !isLines || !beginning.trimStart().startsWith('{')) return undefined;
  return [...new Set(objects.flatMap((line) => knownFields(line)))];
}

/** Its series are one after the other, so that a column of counts would be of no use. */
function refuseRangeAnswer(shown: string, beginning: string): void {
  if (!isRangeAnswer(beginning)) return;
  throw new InputError(
    'TRACE_IMPORT',
    `${shown}: is an answer of Prometheus: give --prometheus rate, --prometheus increase or --prometheus counter`,
    'Its values are queries per second, queries per step, or a counter that only grows.',
  );
}

function timeRank(column: string): number {
  return TIME_NAME.test(column) ? 0 : 1;
}
