/** `--report` of the commands whose result a page can show. */
import { value } from '../flags/flag.js';
import { output } from '../flags/kinds.js';

export const REPORT_FLAG = value(output, { help: 'also write the result as a page of HTML' });
