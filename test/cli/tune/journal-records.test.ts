/** A journal is checked record by record, as every other file is. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { journalReader } from '../../../src/cli/tune/journal-records.js';
import { type JournalRecord, resumePoint } from '../../../src/control-loop/journal.js';
import { loopStart } from '../../../src/control-loop/resume.js';
import { InputError } from '../../../src/errors.js';
import { openJournalFile } from '../../../src/files/journal-file.js';
import { randomStream } from '../../../src/random.js';
import { temporaryFolder } from '../../helpers/folder.js';
import { JOURNAL_RECORDS } from '../../helpers/loop-events.js';
import { tunerPlanOf } from '../../tuner/tuner-plans.js';

const folder = temporaryFolder();
const SHA = 'ab'.repeat(32);
/** Every kind of record but the end, after which there is nothing to go on from. */
const RECORDS = JOURNAL_RECORDS.slice(0, -1).map((record) =>
  'planSha256' in record ? { ...record, planSha256: SHA } : record,
);
const path = join(folder.path, 'j');
const open = () => openJournalFile<JournalRecord>(path, journalReader());

function write(records: readonly JournalRecord[]): string {
  writeFileSync(path, '');
  const journal = open();
  for (const record of records) journal.append(record, () => record);
  journal.close();
  return readFileSync(path, 'utf8');
}

it('gives back every kind of record as it was written', () => {
  write(JOURNAL_RECORDS.map((record) => ('planSha256' in record ? { ...record, planSha256: SHA } : record)));
  const journal = open();
  journal.close();
  expect(journal.records.slice(0, -1)).toEqual(RECORDS);
});

const START = `{"kind":"start","version":1,"pipeline":"p","plan_sha256":"${SHA}","stages":["a","b"],"state":{"replicas":[1,1],"last_change_ms":0,"last_raise_ms":[null,null],"hand_until_ms":[null,null]},"applied":[1,1],"checked_ms":null,"zero_ms":null}`;

describe('a line that is no record is refused with its line and key', () => {
  it.each<[string, string]>([
    [START.replace(',"applied":[1,1]', ''), 'j:1: start.applied is missing'],
    [START.replace('"stages":["a","b"],', ''), 'j:1: start.stages is missing'],
    [START.replace('["a","b"]', '"a,b"'), 'j:1: start.stages = "a,b", must be a list of 1 to 1000'],
    [START.replace('["a","b"]', '["a","a"]'), 'j:1: start.stages = a list, must be names of stages, each once'],
    [
      START.replace('[1,1]', '[1,[null]]'),
      'j:1: start.state.replicas[1] = a list, must be an integer between 0 and 1000000',
    ],
    [START.replace('[1,1]', '[-5,1]'), 'j:1: start.state.replicas[0] = -5, must be an integer between 0 and 1000000'],
    [
      START.replace('[1,1]', '[1,1e9]'),
      'j:1: start.state.replicas[1] = 1000000000, must be an integer between 0 and 1000000',
    ],
    [START.replace('[1,1]', '[1]'), 'j:1: start.state.replicas = a list, must be a list of 2, one for each stage'],
    [
      START.replace('"last_change_ms":0', '"last_change_ms":"constructor"'),
      'j:1: start.state.last_change_ms = constructor, must be a number of ms, at most 9000000000000 (a number, not text)',
    ],
    [
      START.replace('"last_change_ms":0', '"last_change_ms":1e300'),
      'j:1: start.state.last_change_ms = 1e+300, must be a number of ms, at most 9000000000000',
    ],
    [START.replace('"version":1', '"version":2'), 'j:1: start.version = 2, must be 1'],
    [START.replace(SHA, 'no'), 'j:1: start.plan_sha256 = no, must be a SHA-256 in hexadecimal'],
    [
      START.replace('"start"', '"stop"'),
      'j:1: kind = stop, must be one of start, decision, hand, clock, refused, applied, progress, end',
    ],
    [START.replace('{"kind"', '{"more":1,"kind"'), 'j:1: start.more is not a known key, must be one of kind, version'],
    ['{"kind":"progress","checked_ms":1,"zero_ms":2}', 'j:1: progress must come after a record of the kind start'],
    [
      `${START}\n{"kind":"applied","stage":"c","replicas":1,"activation_ms":0}`,
      'j:2: applied.stage = c, must be one of a, b',
    ],
    [`${START}\n{"kind":"decision","decision":{},"state":{}}`, 'j:2: decision.decision.kind is missing'],
    [`${START}\nhello`, 'j:2: is no JSON object, must be a record of the journal'],
    [`${'['.repeat(100_000)}`, 'j:1: is no JSON object, must be a record of the journal'],
    [
      START.replace('"version":1', `"version":${'['.repeat(100_000)}${']'.repeat(100_000)}`),
      'j:1: start.version = a list, must be 1',
    ],
  ])('%.60s', (text, problem) => {
    writeFileSync(path, `${text}\n`);
    const { code, problems, hint } = folder.refusalOf(open);
    expect(code).toBe('JOURNAL');
    expect(problems[0]).toContain(problem);
    expect(hint).toBe('Put the file aside to begin a new journal.');
  });
});

it('what a kill left of the last line is no mistake', () => {
  writeFileSync(path, `${START}\n{"kind":"progress","checked_ms":1,"ze`);
  const journal = open();
  journal.close();
  expect(journal.records).toHaveLength(1);
});

it('of 1,500 journals with a mistake each is refused with file and line, or asks for nothing beyond the limits', () => {
  const whole = write(RECORDS);
  const uniform = randomStream(18, 'journals');
  const below = (most: number) => Math.floor(uniform() * most);
  const any = [
    'null',
    '-1',
    '1e99',
    '"x"',
    '[]',
    '{}',
    'true',
    '[[1]]',
    '0.5',
    '9007199254740993',
    '"__proto__"',
    '50',
    '{"a":1}',
  ];
  const plan = tunerPlanOf(
    { detect: {}, classify: { replicas: 1 } },
    { limits: { mostReplicas: { detect: 4 }, mostUsdPerHour: 9 } },
  );
  let refused = 0;
  for (let run = 0; run < 1_500; run++) {
    let text = whole;
    for (let edit = 0; edit <= below(2); edit++) {
      const values = [...text.matchAll(/(?<=[:[,])("[^"]*"(?!:)|-?\d+(\.\d+)?|null|\[[^\]]*\])/g)];
      const { index, 0: old } = values[below(values.length)]!;
      const at = below(text.length);
      text = [
        () => text.slice(0, index) + any[below(any.length)]! + text.slice(index + old.length),
        () => text.slice(0, at) + text.slice(at + 1 + below(20)),
        () => text.slice(0, at) + String.fromCharCode(below(256)) + text.slice(at),
        () => text.replace(/"[a-z_]+":/g, (key) => (uniform() < 0.02 ? '"other":' : key)),
        () =>
          text
            .split('\n')
            .sort(() => uniform() - 0.5)
            .join('\n'),
      ][below(5)]!();
    }
    writeFileSync(path, text);
    try {
      const journal = open();
      journal.close();
      const resume = resumePoint(journal.records);
      if (resume === undefined || resume.stages.join() !== 'detect,classify') continue;
      const { replicas } = loopStart({ resume, plan, handHoldMs: 600_000 }, [2, 1]);
      expect(replicas.every((count) => Number.isSafeInteger(count) && count >= 1)).toBe(true);
      expect(replicas[0]).toBeLessThanOrEqual(4);
      expect(replicas[0]! + replicas[1]!).toBeLessThanOrEqual(9);
    } catch (error) {
      expect(error).toBeInstanceOf(InputError);
      refused++;
      for (const line of (error as InputError).problems) expect(line).toMatch(/\bj(:\d+)?: |^… and \d+ more$/);
    }
  }
  expect(refused).toBeGreaterThan(750);
});
