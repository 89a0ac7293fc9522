/** Which lines of an access log count, by the path that was asked for and the status of the answer. */
import type { LoggedRequest } from './log-format.js';

export interface LogFilter {
  /** Any of them: a whole path, or its beginning and `*`. */
  readonly paths?: readonly string[] | undefined;
  /** Any of them: `200`, or `2xx`. */
  readonly statuses?: readonly string[] | undefined;
}

/** A path that `--path` takes. */
export const PATH = /^\/[^\s?#*]*\*?$/;
/** A status that `--status` takes. */
export const STATUS = /^[1-5](\d\d|xx)$/;

/** Undefined where every line counts. */
export function matcherOf({ paths, statuses }: LogFilter): ((request: LoggedRequest) => boolean) | undefined {
  if (paths === undefined && statuses === undefined) return undefined;
  return ({ path, status }) =>
    (paths === undefined || (path !== undefined && paths.some((wanted) => isUnder(path, wanted)))) &&
    (statuses === undefined || (status !== undefined && statuses.some((wanted) => isLike(status, wanted))));
}

function isUnder(path: string, wanted: string): boolean {
  return wanted.endsWith('*') ? path.startsWith(wanted.slice(0, -1)) : path === wanted;
}

function isLike(status: string, wanted: string): boolean {
  return wanted.endsWith('xx') ? status.length === wanted.length && status[0] === wanted[0] : status === wanted;
}
