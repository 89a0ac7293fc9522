/** The answer of Prometheus to `/api/v1/query_range`, known by its beginning. */
import { InputError } from '../../../errors.js';
import { isObject, parsed } from './json-rows.js';

/** What the values of an answer are: per second, per step, or a counter that grows and falls to 0 at a restart. */
export const PROMETHEUS_KINDS = ['rate', 'increase', 'counter'] as const;
export type PrometheusKind = (typeof PROMETHEUS_KINDS)[number];

const RESULT_TYPE = /^\s*\{.*?"resultType"\s*:\s*"(\w+)"/s;
const SERIES_LIST = /^\s*\[\s*\{\s*"metric"\s*:\s*\{[^{}]*\}\s*,\s*"values"\s*:/;
const ERROR_ANSWER = /^\s*\{\s*"status"\s*:\s*"error"/;

/** Whether a text is the answer to a range query, by its beginning. */
export function isRangeAnswer(beginning: string): boolean {
  return RESULT_TYPE.exec(beginning)?.[1] === 'matrix' || SERIES_LIST.test(beginning);
}

/** Why a text is not one. */
export function otherAnswer(shown: string, beginning: string): InputError {
  const type = RESULT_TYPE.exec(beginning)?.[1];
  if (ERROR_ANSWER.test(beginning)) {
    const answer = parsed(beginning);
    const text = isObject(answer) ? `: ${answer.error}` : '';
    return refusal(`${shown}: is an error of Prometheus${text.slice(0, LONGEST_ERROR)}`);
  }
  if (type === 'streams') {
    const hint = 'Read the stamps of its lines with --field data.result[].values[].0 --sort.';
    return refusal(`${shown}: is an answer of Loki with log lines, must have a matrix of values`, hint);
  }
  if (type !== undefined)
    return refusal(`${shown}: is the answer of an instant query (${type}), must be of query_range`);
  return refusal(`${shown}: is no answer of Prometheus to query_range`, 'Other JSON is read with --field.');
}

const LONGEST_ERROR = 300;

function refusal(problem: string, hint?: string): InputError {
  return new InputError('TRACE_IMPORT', problem, hint);
}
