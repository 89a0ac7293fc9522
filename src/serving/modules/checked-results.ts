/** What a module's `run` returned, checked and copied in its own thread: what leaves it has the shape of the contract. */

import type { StageResult } from './stage-module.js';
import { weighWithin } from './weigh.js';

/** All results of a batch. */
const MOST_BYTES = 256 * 1024 * 1024;

/**
 * One result per item, in order. Throws an Error that says what is wrong.
 * @param children names that `send` may use
 */
export function checkedResults(
  results: unknown,
  { items, stage, children }: { readonly items: number; readonly stage: string; readonly children: readonly string[] },
): readonly StageResult[] {
  if (!Array.isArray(results) || results.length !== items) {
    const count = Array.isArray(results) ? `${results.length} results` : 'no list of results';
    throw new Error(`${count} for a batch of ${items}`);
  }
  const checked = Array.from(results as unknown[], (result) => checkedResult(result, stage, children));
  if (!weighWithin(checked, MOST_BYTES)) {
    throw new Error(`the results of a batch are too large or nested too deeply, must be at most ${MOST_BYTES} bytes`);
  }
  return checked;
}

function checkedResult(result: unknown, stage: string, children: readonly string[]): StageResult {
  if (typeof result !== 'object' || result === null) throw new Error('a result is not an object with output or send');
  const { output, send, then } = result as StageResult & { readonly then?: unknown };
  if (typeof then === 'function') throw new Error('a result is a promise: await it before run returns');
  if (send === undefined || send === null) return { output };
  if (typeof send !== 'object') throw new Error('send is not an object of lists of items');
  for (const [child, sent] of Object.entries(send)) {
    if (!children.includes(child)) throw new Error(`send names ${child}, which is no child of ${stage}`);
    if (!Array.isArray(sent)) throw new Error(`send.${child} is not a list of items`);
  }
  return { output, send: { ...send } };
}
