/** Writes vegeta.csv: three rows whose seventh column holds 4 MB of a body, one of them in quotes with line ends. */
import { writeFileSync } from 'node:fs';

const body = 'QUJD'.repeat(1_000_000);
const quoted = `"${'a line, with ""quotes""\n'.repeat(200_000)}"`;
const row = (/** @type {string} */ stamp, /** @type {string} */ cell) =>
  `${stamp},200,1500000,0,42,,${cell},,0,GET,http://front.example/infer,\n`;
writeFileSync(
  'vegeta.csv',
  row('1763805600000000123', body) + row('1763805600250000123', quoted) + row('1763805600500000123', body),
);
