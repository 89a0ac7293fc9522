/** The formats of access logs: what one line says. */
import type { TimeZone } from '../time/time-zone.js';

export interface LogFormat {
  /** When the query of a line arrived, in microseconds; undefined for a line of another format. */
  arrivalUs(line: string, zone: TimeZone | undefined): number | undefined;
  /** The instant that a line is stamped with, where the arrival is another. */
  stampUs?(line: string): number | undefined;
  /** What a line must be, for the problem of one that is not. */
  readonly allowed?: string;
  /** Whether a line is about the log itself. Such lines are read in their order. */
  isAboutLog?(line: string): boolean;
  /** What was asked for and how it was answered, where the line says so. */
  request(line: string): LoggedRequest;
}

/** The path is without the host and what follows `?`. */
export interface LoggedRequest {
  readonly path?: string | undefined;
  readonly status?: string | undefined;
}

const URL_START = /^[a-z][a-z\d+.-]*:\/\/[^/?#]*/i;

/** The path of a request's target: `http://host:80/predict?x=1` → `/predict`. */
export function pathOf(target: string): string {
  const path = target.replace(URL_START, '').replace(/[?#].*$/s, '');
  return path === '' ? '/' : path;
}
