/** Reads the lines of a tuner's journal. A line is checked as a whole before anything is carried out of it. */
import type { JournalRecord } from '../../control-loop/journal.js';
import { JOURNAL_VERSION } from '../../control-loop/journal.js';
import {
  addProblem,
  type Entry,
  entryAt,
  fields,
  integerWithin,
  numberWithin,
  refuse,
  text,
} from '../../files/entry.js';
import { MOST_REPLICAS, MOST_STAGES } from '../../files/limits.js';
import type { BindingWindow, Change, StageChange, TunerState } from '../../tuner/decision.js';
import { LIMIT_NAMES } from '../../tuner/tuner-limits.js';

const KINDS = ['start', 'decision', 'hand', 'clock', 'refused', 'applied', 'progress', 'end'] as const;
const REASONS = ['beyond the envelope', 'back to the plan', 'fewest replicas', 'less traffic'] as const;
/** The year 2255: up to here whole microseconds are exact. */
const LATEST_MS = 9e12;

/** Reads one line after another: the lists of a line are in the order of the stages of the last `start`. */
export function journalReader(): (line: Entry) => JournalRecord {
  let stages: readonly string[] | undefined;
  return (line) => {
    const kind = oneOf(entryAt(line.file, ['kind'], (line.value as { kind?: unknown }).kind), KINDS);
    // Named by its kind, so that a problem says of which record it is.
    const record = entryAt(line.file, [kind], line.value);
    if (kind === 'start') {
      const start = readStart(record);
      stages = start.stages;
      return start;
    }
    if (stages === undefined) addProblem(line.file, [kind], 'must come after a record of the kind start');
    return readRecord(record, kind, stages ?? []);
  };
}

function readStart(record: Entry): JournalRecord & { kind: 'start' } {
  const keys = ['version', 'pipeline', 'plan_sha256', 'stages', 'state', 'applied', 'checked_ms', 'zero_ms'] as const;
  const found = fields(record, ['kind', ...keys]);
  if (found.version.value !== JOURNAL_VERSION) refuse(found.version, `${JOURNAL_VERSION}`);
  const stages = listOf(found.stages, (entry) => text(entry, 'the name of a stage'), { least: 1, most: MOST_STAGES });
  if (new Set(stages).size < stages.length) refuse(found.stages, 'names of stages, each once');
  return {
    kind: 'start',
    version: JOURNAL_VERSION,
    pipeline: text(found.pipeline, 'the name of a pipeline'),
    planSha256: sha256(found.plan_sha256),
    stages,
    state: stateOf(found.state, stages),
    applied: countsOf(found.applied, stages),
    checkedMs: orNull(found.checked_ms, instant),
    zeroMs: orNull(found.zero_ms, instant),
  };
}

function readRecord(
  record: Entry,
  kind: Exclude<JournalRecord['kind'], 'start'>,
  stages: readonly string[],
): JournalRecord {
  switch (kind) {
    case 'decision': {
      const { decision, state } = fields(record, ['kind', 'decision', 'state']);
      return { kind, decision: changeOf(decision, stages), state: stateOf(state, stages) };
    }
    case 'hand':
    case 'clock': {
      const found = fields(record, ['kind', 'checked_ms', 'state', 'applied']);
      const applied = countsOf(found.applied, stages);
      return { kind, checkedMs: instant(found.checked_ms), state: stateOf(found.state, stages), applied };
    }
    case 'refused': {
      const found = fields(record, ['kind', 'checked_ms', 'state']);
      return { kind, checkedMs: instant(found.checked_ms), state: stateOf(found.state, stages) };
    }
    case 'applied': {
      const found = fields(record, ['kind', 'stage', 'replicas', 'activation_ms']);
      const activationMs = numberWithin(found.activation_ms, (ms) => ms >= 0 && ms <= LATEST_MS, 'a number of ms ≥ 0');
      return { kind, stage: oneOf(found.stage, stages), replicas: count(found.replicas), activationMs };
    }
    case 'progress': {
      const found = fields(record, ['kind', 'checked_ms', 'zero_ms']);
      return { kind, checkedMs: instant(found.checked_ms), zeroMs: instant(found.zero_ms) };
    }
    case 'end':
      fields(record, ['kind']);
      return { kind };
  }
}

function stateOf(entry: Entry, stages: readonly string[]): TunerState {
  const found = fields(entry, ['replicas', 'last_change_ms', 'last_raise_ms', 'hand_until_ms']);
  const size = { least: stages.length, most: stages.length };
  return {
    replicas: countsOf(found.replicas, stages),
    lastChangeMs: instant(found.last_change_ms),
    lastRaiseMs: listOf(found.last_raise_ms, (one) => orNull(one, instant), size),
    handUntilMs: listOf(found.hand_until_ms, (one) => orNull(one, instant), size),
  };
}

function changeOf(entry: Entry, stages: readonly string[]): Change {
  const found = fields(entry, ['kind', 'at_ms', 'reason', 'window', 'changes']);
  return {
    kind: oneOf(found.kind, ['up', 'down'] as const),
    atMs: instant(found.at_ms),
    reason: oneOf(found.reason, REASONS),
    window: windowOf(found.window),
    changes: listOf(found.changes, (one) => stageChangeOf(one, stages), { least: 0, most: stages.length }),
  };
}

function windowOf(entry: Entry): BindingWindow {
  const found = fields(entry, ['window_ms', 'queries', 'rate_qps'], ['planned_qps']);
  return {
    windowMs: amount(found.window_ms),
    queries: amount(found.queries),
    rateQps: amount(found.rate_qps),
    ...(found.planned_qps && { plannedQps: amount(found.planned_qps) }),
  };
}

function stageChangeOf(entry: Entry, stages: readonly string[]): StageChange {
  const found = fields(entry, ['stage', 'from', 'to', 'asked'], ['limited_by']);
  return {
    stage: oneOf(found.stage, stages),
    from: count(found.from),
    to: count(found.to),
    // Traffic where none is planned asks for more than any number, which JSON writes as null.
    asked: orNull(found.asked, amount) ?? Number.POSITIVE_INFINITY,
    ...(found.limited_by && { limitedBy: oneOf(found.limited_by, LIMIT_NAMES) }),
  };
}

function countsOf(entry: Entry, stages: readonly string[]): number[] {
  return listOf(entry, count, { least: stages.length, most: stages.length });
}

function listOf<T>(entry: Entry, read: (item: Entry) => T, { least, most }: { least: number; most: number }): T[] {
  const { file, path, value } = entry;
  if (Array.isArray(value) && value.length >= least && value.length <= most) {
    return value.map((item: unknown, index) => read(entryAt(file, [...path, index], item)));
  }
  refuse(entry, least === most ? `a list of ${most}, one for each stage` : `a list of ${least} to ${most}`);
  return [];
}

function oneOf<T extends string>(entry: Entry, words: readonly T[]): T {
  const found = words.find((word) => word === entry.value);
  if (found === undefined) refuse(entry, `one of ${words.slice(0, 12).join(', ')}`);
  return found ?? words[0]!;
}

function count(entry: Entry): number {
  return integerWithin(entry, 0, MOST_REPLICAS);
}

function amount(entry: Entry): number {
  return numberWithin(entry, (value) => value >= 0, 'a number ≥ 0');
}

function instant(entry: Entry): number {
  return numberWithin(entry, (ms) => Math.abs(ms) <= LATEST_MS, `a number of ms, at most ${LATEST_MS}`);
}

function orNull(entry: Entry, read: (entry: Entry) => number): number | null {
  return entry.value === null ? null : read(entry);
}

function sha256(entry: Entry): string {
  const { value } = entry;
  if (typeof value === 'string' && /^[0-9a-f]{64}$/.test(value)) return value;
  refuse(entry, 'a SHA-256 in hexadecimal');
  return '';
}
