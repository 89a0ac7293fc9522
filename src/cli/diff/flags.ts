/** The options of `diff`. */
import { type Flags, value } from '../flags/flag.js';
import { file } from '../flags/kinds.js';
import { JSON_FLAG } from '../inputs/options.js';

export const DIFF_FLAGS = {
  trace: value(file, { help: 'arrival trace that both are simulated on, CSV', otherwise: "the first plan's" }),
  json: JSON_FLAG,
} as const;

export type DiffFlags = Flags<typeof DIFF_FLAGS>;
