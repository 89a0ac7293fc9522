/** A document as text: its sentences and tables, without pictures. */
import { emphasisOf, formatLines, formatTable, type ReportStyle } from '../table.js';
import type { Document } from './document.js';

export function documentText({ title, summary, sections }: Document, style: ReportStyle): string {
  const { strong } = emphasisOf(style);
  return [
    formatLines([strong(title), summary], style),
    ...sections.map(({ heading, sentences, tables }) =>
      [formatLines([strong(heading), ...sentences], style), ...tables.map((table) => formatTable(table, style))].join(
        '',
      ),
    ),
  ].join('\n');
}
