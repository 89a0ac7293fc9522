/** Everything that is fuzzed. */
import { ANSWER_TARGETS } from './answer-targets.js';
import { CALL_TARGETS } from './call-targets.js';
import { COMMAND_TARGETS } from './command-targets.js';
import { FILE_TARGETS } from './file-targets.js';
import type { AnyTarget } from './target.js';
import { TEXT_TARGETS } from './text-targets.js';

export const TARGETS: readonly AnyTarget[] = [
  ...FILE_TARGETS,
  ...CALL_TARGETS,
  ...ANSWER_TARGETS,
  ...TEXT_TARGETS,
  ...COMMAND_TARGETS,
];
