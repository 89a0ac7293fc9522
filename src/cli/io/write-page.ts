import { shownPath } from '../../files/system/read-text.js';
import { writeFileAtomically } from '../../files/system/write-file.js';
import type { Document } from '../../report/page/document.js';
import { type CliIo, pathFrom } from './io.js';
import { isStandardOutput } from './output-file.js';

/** Writes a document as a page of HTML, where one was asked for. What draws the pictures is loaded only then. */
export async function writePage(
  path: string | undefined,
  documentOf: () => Document | Promise<Document>,
  io: CliIo,
): Promise<void> {
  if (path === undefined) return;
  const { documentHtml } = await import('../../report/page/html.js');
  const html = await documentHtml(await documentOf());
  if (isStandardOutput(path)) {
    io.stdout(html);
    return;
  }
  const target = pathFrom(io, path);
  writeFileAtomically(target, html);
  io.stderr(`Wrote ${shownPath(target)}\n`);
}
