/** The options of `report`. */
import { type Flags, toggle, value } from '../flags/flag.js';
import { output } from '../flags/kinds.js';
import { JSON_FLAG } from '../inputs/options.js';

export const REPORT_FLAGS = {
  output: value(output, { short: 'o', help: 'page to write; - is standard output', default: 'report.html' }),
  text: toggle('print the sentences and tables instead', { excludes: ['json'] }),
  json: { ...JSON_FLAG, help: 'print sections, tables and series as JSON instead' },
} as const;

export type ReportFlags = Flags<typeof REPORT_FLAGS>;
