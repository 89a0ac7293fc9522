/**
 * The extended log format of the W3C (https://www.w3.org/TR/WD-logfile.html), as IIS and CloudFront write it. A line
 * `#Fields:` names the columns of the lines after it. The time is UTC and that of the answer, so the arrival is the time
 * less `time-taken`, where there is one: milliseconds of IIS, seconds of CloudFront, and of others seconds when it has
 * decimals.
 */
import { parseDurationUs, parseInstantUs } from '../time/instant-notation.js';
import type { TimeZone } from '../time/time-zone.js';
import { type LogFormat, type LoggedRequest, pathOf } from './log-format.js';

const DIRECTIVE = /^#(version|fields|software|start-date|end-date|date|remark):[ \t]*(.*)$/i;
const CELL = /"(?:[^"]|"")*"|\S+/g;

/** Whether a log begins as one of this format. */
export function isW3c(line: string): boolean {
  return DIRECTIVE.test(line);
}

/** A reader with the columns, date and software that the log has named so far. */
export function w3cLog(): LogFormat {
  let columns: readonly string[] = [];
  let date = '';
  let isMicrosoft = false;

  const cellsOf = (line: string): readonly string[] =>
    line.includes('\t') ? line.split('\t') : (line.match(CELL) ?? []);

  const cell = (cells: readonly string[], name: string): string | undefined => {
    const index = columns.indexOf(name);
    return index === -1 || cells[index] === '-' ? undefined : cells[index];
  };

  const stamp = (cells: readonly string[], zone: TimeZone | undefined) =>
    parseInstantUs(`${cell(cells, 'date') ?? date}T${cell(cells, 'time') ?? ''}`, 'iso', zone);

  return {
    allowed: 'a line of the fields that #Fields names, with a date, a time and a time taken',
    isAboutLog(line) {
      const [, name, text] = DIRECTIVE.exec(line) ?? [];
      if (name === undefined) return line.startsWith('#');
      if (/^fields$/i.test(name)) columns = cellsOf(text!.trim()).flatMap((names) => names.split(/\s+/));
      if (/^date$/i.test(name)) date = text!.slice(0, '2026-11-22'.length);
      if (/^software$/i.test(name)) isMicrosoft = /microsoft|internet information/i.test(text!);
      return true;
    },
    arrivalUs(line, zone) {
      const cells = cellsOf(line);
      const endUs = stamp(cells, zone);
      if (!columns.includes('time-taken') || endUs === undefined) return endUs;
      const taken = cell(cells, 'time-taken') ?? '';
      const isSeconds = columns.includes('x-edge-location') || (taken.includes('.') && !isMicrosoft);
      const takenUs = parseDurationUs(taken, isSeconds ? 's' : 'ms');
      return takenUs === undefined ? undefined : endUs - takenUs;
    },
    stampUs: (line) => stamp(cellsOf(line), undefined),
    request(line): LoggedRequest {
      const cells = cellsOf(line);
      const target = cell(cells, 'cs-uri-stem') ?? cell(cells, 'cs-uri');
      return { path: target === undefined ? undefined : pathOf(target), status: cell(cells, 'sc-status') };
    },
  };
}
