/** A document as one page of HTML that needs nothing else: no script, no request, light and dark, made for paper too. */
import type { Table } from '../fit-table.js';
import { drawPicture } from './charts.js';
import type { Document, Section } from './document.js';

const WIDE = 920;
const NARROW = 350;

/** Draws all pictures twice, for wide and for narrow screens; the style shows one of them. */
export async function documentHtml(document: Document): Promise<string> {
  const sections: string[] = [];
  for (const [n, section] of document.sections.entries()) sections.push(await sectionHtml(section, n));
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${escaped(document.title)}</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<h1>${escaped(document.title)}</h1>
<p class="summary">${escaped(document.summary)}</p>
${sections.join('\n')}
</main>
</body>
</html>
`;
}

async function sectionHtml({ heading, sentences, picture, tables }: Section, n: number): Promise<string> {
  const words = sentences.map((sentence) => `<p>${escaped(sentence)}</p>`).join('\n');
  const figures = tables.map((table) => tableHtml(table, heading)).join('\n');
  if (picture === undefined) return `<section>\n<h2>${escaped(heading)}</h2>\n${words}\n${figures}\n</section>`;
  const [wide, narrow] = [
    await drawPicture(picture, { place: `w${n}`, width: WIDE, isNarrow: false }),
    await drawPicture(picture, { place: `n${n}`, width: NARROW, isNarrow: true }),
  ];
  return `<section>
<h2>${escaped(heading)}</h2>
${words}
<figure><div class="wide">${wide}</div><div class="narrow">${narrow}</div></figure>
${figures}
</section>`;
}

function tableHtml({ columns, rows, total }: Table, caption: string): string {
  const cell = (tag: 'td' | 'th', text: string, column: number, scope = '') => {
    const side = columns[column]!.align === 'right' ? ' class="number"' : '';
    return `<${tag}${scope}${side}>${escaped(text).replaceAll('\n', ' ')}</${tag}>`;
  };
  const row = (cells: readonly string[]) => {
    return `<tr>${cells.map((text, n) => (n === 0 ? cell('th', text, n, ' scope="row"') : cell('td', text, n))).join('')}</tr>`;
  };
  // A heading without text would be read as nothing.
  const head = columns.map(({ heading }, n) => {
    return heading === '' ? '<td></td>' : cell('th', heading, n, ' scope="col"');
  });
  return `<div class="table" role="region" aria-label="${escaped(caption)}" tabindex="0"><table>
<thead><tr>${head.join('')}</tr></thead>
<tbody>
${rows.map(row).join('\n')}
</tbody>${total === undefined ? '' : `\n<tfoot>${row(total)}</tfoot>`}
</table></div>`;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}

const STYLE = `
:root { color-scheme: light dark; --page: #f6f7f9; --surface: #ffffff; --ink: #1b2330; --muted: #54607a; --faint: #d9dee7; --mark: #b3261e;
  --series-1: #2f5fd0; --series-2: #b45309; --series-3: #0f766e; --series-4: #9333a8; --series-5: #4d7c0f; --series-6: #be185d; }
@media (prefers-color-scheme: dark) { :root { --page: #12161d; --surface: #1a202b; --ink: #eef1f6; --muted: #a9b4c8; --faint: #343d4d; --mark: #ff8a80;
  --series-1: #7da2ff; --series-2: #f0a35e; --series-3: #4fd1c0; --series-4: #d79bf0; --series-5: #a6cf5e; --series-6: #f48fb8; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--ink); font: 15px/1.5 system-ui, sans-serif; }
main { max-width: 1000px; margin: 0 auto; padding: 32px 20px 64px; }
h1 { font-size: 26px; line-height: 1.2; margin: 0 0 8px; overflow-wrap: anywhere; }
h2 { font-size: 18px; margin: 0 0 8px; }
p { margin: 0 0 6px; overflow-wrap: anywhere; }
.summary { color: var(--muted); font-size: 16px; margin-bottom: 24px; }
section { background: var(--surface); border: 1px solid var(--faint); border-radius: 10px; padding: 18px 20px; margin: 0 0 18px; }
figure { margin: 12px 0; }
svg { display: block; width: 100%; height: auto; }
.narrow { display: none; }
.table { overflow-x: auto; margin-top: 10px; }
table { border-collapse: collapse; width: 100%; font-size: 14px; font-variant-numeric: tabular-nums; }
th, td { text-align: left; padding: 5px 12px 5px 0; border-bottom: 1px solid var(--faint); vertical-align: top; font-weight: 400; }
thead th { color: var(--muted); font-size: 13px; }
tfoot th, tfoot td { font-weight: 600; border-bottom: 0; }
.number { text-align: right; }
td.number { white-space: nowrap; }
@media (max-width: 640px) { main { padding: 18px 10px 40px; } section { padding: 14px 12px; } .wide { display: none; } .narrow { display: block; }
  table { font-size: 11px; } th, td { padding-right: 5px; } thead th { font-size: 10px; } }
@media print { body { background: none; font-size: 11pt; } main { max-width: none; padding: 0; } section { break-inside: avoid; border: 0; padding: 0 0 12pt; } }
`;
