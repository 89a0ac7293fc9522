/** Turns documents into YAML with comments. */
import { Document, isMap, isPair, isScalar, type Scalar } from 'yaml';
import type { ExportedDocument, ExportedFile } from '../../export/exported.js';

/** The text of a file of an export. */
export function exportText(file: ExportedFile): string {
  return 'text' in file ? file.text : file.documents.map(documentText).join('---\n');
}

function documentText({ head, value, comments = {}, texts = {} }: ExportedDocument): string {
  const document = new Document(value, { aliasDuplicateObjects: false });
  for (const [path, inner] of Object.entries(texts)) document.setIn(path.split('.'), documentText(inner));
  for (const [path, text] of Object.entries(comments)) comment(document, path.split('.'), text);
  return `# ${head}\n${document.toString({ lineWidth: 0 })}`;
}

/** Writes a comment above a key; a path that the document does not have is left alone. */
function comment(document: Document, path: readonly string[], text: string): void {
  const steps = path.map((step) => (/^\d+$/.test(step) ? Number(step) : step));
  const parent = document.getIn(steps.slice(0, -1));
  if (!isMap(parent)) return;
  const pair = parent.items.find((item) => isPair(item) && isScalar(item.key) && item.key.value === steps.at(-1));
  if (pair !== undefined) (pair.key as Scalar).commentBefore = ` ${text}`;
}
