/**
 * Writes a recording of more than 1 GiB to standard output: 70 rows, 50 ms apart, each with a cell of 16 MiB in another
 * column, so that the rows are few and the bytes many.
 */
import { once } from 'node:events';

const ROWS = 70;
const body = 'QUJD'.repeat(2 ** 22);
process.stdout.write('TIMESTAMP,Body,Tokens\n');
for (let i = 0; i < ROWS; i++) {
  const instant = new Date(Date.UTC(2024, 4, 12) + 50 * i).toISOString().replace('T', ' ').replace('Z', '+00:00');
  if (!process.stdout.write(`${instant},${body},3\n`)) await once(process.stdout, 'drain');
}
