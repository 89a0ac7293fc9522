/** Everything that is fuzzed. */
import { FILE_TARGETS, RUN_TARGETS } from './file-targets.js';
import type { AnyTarget } from './target.js';

export const TARGETS: readonly AnyTarget[] = [...FILE_TARGETS];

/** With those that only the night tries. */
export const NIGHT_TARGETS: readonly AnyTarget[] = [...TARGETS, ...RUN_TARGETS];
