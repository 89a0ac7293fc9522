import { appendFileSync, existsSync, readFileSync, statSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openJournalFile } from '../../src/files/journal-file.js';
import { temporaryFolder } from '../helpers/folder.js';

interface Entry {
  readonly kind: string;
  readonly atMs?: number;
  readonly text?: string;
}

const folder = temporaryFolder();
const start = (): Entry => ({ kind: 'start' });
const read = ({ value }: { value: unknown }): Entry => {
  const { at_ms: atMs, ...rest } = value as { kind: string; at_ms?: number };
  return { ...rest, ...(atMs !== undefined && { atMs }) };
};
const open = (name: string) => openJournalFile<Entry>(join(folder.path, name), read);

describe('a journal', () => {
  it('gives back what was written, with keys as they are in the code', () => {
    const first = open('plain');
    expect(first.records).toEqual([]);
    first.append({ kind: 'a', atMs: 1.5 }, start);
    first.append({ kind: 'b', text: 'line\nfeed' }, start);
    first.close();
    expect(readFileSync(join(folder.path, 'plain'), 'utf8')).toBe(
      '{"kind":"a","at_ms":1.5}\n{"kind":"b","text":"line\\nfeed"}\n',
    );
    expect(open('plain').records).toEqual([
      { kind: 'a', atMs: 1.5 },
      { kind: 'b', text: 'line\nfeed' },
    ]);
  });

  it('cut anywhere has every whole record and no half one, and goes on after them', () => {
    const journal = open('cut');
    for (let atMs = 0; atMs < 5; atMs++) journal.append({ kind: 'a', atMs }, start);
    journal.close();
    const path = join(folder.path, 'cut');
    const whole = readFileSync(path);
    for (let length = whole.length; length >= 0; length--) {
      truncateSync(path, 0);
      appendFileSync(path, whole.subarray(0, length));
      const again = open('cut');
      const lines = whole.subarray(0, length).toString().split('\n').length - 1;
      expect(again.records).toHaveLength(lines);
      again.append({ kind: 'next' }, start);
      again.close();
      expect(open('cut').records.map(({ kind }) => kind)).toEqual([...Array(lines).fill('a'), 'next']);
    }
  });

  it('that has grown long is put aside, and begins with what its owner says', () => {
    const journal = open('long');
    const text = 'x'.repeat(2 ** 20);
    for (let i = 0; i < 8; i++) journal.append({ kind: 'a', text }, start);
    journal.append({ kind: 'b' }, start);
    journal.close();
    expect(open('long').records.map(({ kind }) => kind)).toEqual(['start', 'b']);
    expect(existsSync(join(folder.path, 'long.new'))).toBe(false);
    expect(statSync(join(folder.path, 'long.1')).size).toBeGreaterThan(8 * 2 ** 20);
  });

  it('refuses a line that is none of its own', () => {
    folder.write('bad', '{"kind":"a"}\nhello\n[1]\n7\n');
    const { code, problems } = folder.refusalOf(() => open('bad'));
    expect(code).toBe('JOURNAL');
    expect(problems).toEqual([
      'bad:2: is no JSON object, must be a record of the journal',
      'bad:3: is no JSON object, must be a record of the journal',
      'bad:4: is no JSON object, must be a record of the journal',
    ]);
  });

  it('names a folder that does not exist', () => {
    expect(folder.refusalOf(() => open('missing/journal'))).toMatchObject({
      code: 'FILE',
      hint: 'Create it: mkdir -p missing',
    });
    expect(existsSync(join(folder.path, 'missing'))).toBe(false);
  });
});
