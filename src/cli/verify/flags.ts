/** The options of `verify`. */
import { type Flags, list, value } from '../flags/flag.js';
import { file } from '../flags/kinds.js';
import { JSON_FLAG } from '../inputs/options.js';

export const VERIFY_FLAGS = {
  trace: value(file, { help: 'arrival trace, CSV', otherwise: "the plan's" }),
  hardware: value(file, { help: 'kinds of hardware and their prices, YAML', otherwise: "the plan's" }),
  profiles: list(file, { help: 'service times, CSV', otherwise: "the plan's" }),
  json: JSON_FLAG,
} as const;

export type VerifyFlags = Flags<typeof VERIFY_FLAGS>;
