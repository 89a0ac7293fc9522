/** Recordings of real programs under golden/. No field of theirs has a comma or a quote. */
import { readFileSync } from 'node:fs';

export type Row = Readonly<Record<string, string>>;

export function goldenRows(file: string): Row[] {
  const text = readFileSync(new URL(`golden/${file}.csv`, import.meta.url), 'utf8');
  const [header, ...lines] = text.trimEnd().split('\n');
  const columns = header!.split(',');
  return lines.map((line) => {
    const cells = line.split(',');
    return Object.fromEntries(columns.map((column, i) => [column, cells[i]!]));
  });
}
