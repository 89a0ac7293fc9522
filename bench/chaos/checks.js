/** What must hold of a run when it is over, by its journal, the tuner's events, and the arrivals that really were. */

import { journalReader } from '../../dist/cli/tune/journal-records.js';
import { resumePoint } from '../../dist/control-loop/journal.js';
import { openJournalFile } from '../../dist/files/journal-file.js';
import { STAGES } from './scene.js';

const LOOK_BACK_MS = 30_000;
const INTERVAL_MS = 100;
/** By how much instants of two processes may differ. */
const CLOCKS_MS = 500;
/** A change by hand is read twice before it is believed, and readings fail. */
const LONGEST_UNNOTICED_MS = 30_000;
/** Times in the journal have microseconds, times in the stream as well: they may differ by their rounding. */
const ROUNDING_MS = 0.01;

/** Each decision follows from the state before it, and none comes twice. @returns violations in words */
export function brokenChain(entries) {
  const broken = [];
  let replicas;
  let lastMs = Number.NEGATIVE_INFINITY;
  for (const { record } of entries) {
    const { kind, state, decision } = record;
    if (kind === 'start' || kind === 'clock') lastMs = record.checked_ms ?? Number.NEGATIVE_INFINITY;
    if (kind === 'decision') {
      const { at_ms: atMs, changes } = decision;
      if (atMs <= lastMs) broken.push(`decided at ${atMs} ms what was checked up to ${lastMs} ms`);
      lastMs = atMs;
      for (const { stage, from, to } of changes) {
        const s = STAGES.indexOf(stage);
        if (replicas[s] !== from) broken.push(`${stage} from ${from} to ${to}, but it was ${replicas[s]}`);
        if (state.replicas[s] !== to) broken.push(`${stage} to ${to}, but the state says ${state.replicas[s]}`);
      }
      STAGES.forEach((stage, s) => {
        const isNamed = changes.some((change) => change.stage === stage);
        if (!isNamed && replicas[s] !== state.replicas[s]) broken.push(`${stage} changed without a word`);
      });
    }
    if (state !== undefined) replicas = state.replicas;
  }
  return broken;
}

/** Changes that the tuner took for somebody else's, though no such number by hand held lately. */
export function strangersNobodySaw(lives, byHand) {
  const isSeen = ({ stage, to, heardMs }) =>
    byHand.some((one) => one.stage === stage && one.replicas === to && one.untilMs > heardMs - LONGEST_UNNOTICED_MS);
  const taken = lives.flatMap(({ events }) => events.filter(({ kind }) => kind === 'changed-by-hand'));
  return taken.flatMap((event) =>
    isSeen(event) ? [] : [`${event.stage} from ${event.from} to ${event.to} was not set by hand`],
  );
}

/** Each decision in the journal was said once, in order; a kill may come between the two. */
export function unsaidDecisions(entries, lives) {
  const written = entries.filter(({ record }) => record.kind === 'decision').map(({ record }) => key(record.decision));
  const said = lives.flatMap(({ events }) =>
    events.filter(({ kind }) => kind === 'decision').map(({ decision }) => key(decision)),
  );
  const broken = [];
  let next = 0;
  let unsaid = 0;
  for (const one of said) {
    const at = written.indexOf(one, next);
    if (at < 0) broken.push(`said but not written, or twice: ${one}`);
    else {
      unsaid += at - next;
      next = at + 1;
    }
  }
  unsaid += written.length - next;
  const kills = lives.filter(({ end }) => end !== 0).length;
  if (unsaid > kills) broken.push(`${unsaid} decisions were not said in ${kills} lives that were cut off`);
  return broken;
}

const key = ({ at_ms: atMs, kind, changes }) => JSON.stringify([atMs, kind, changes]);

/** Decisions against the arrivals that there were. A record may have been seen a moment after its era ended. */
export function unfoundedDecisions(entries, eras) {
  return entries.flatMap(({ record, era }) => {
    if (record.kind !== 'decision') return [];
    const problems = [era, era - 1].filter((e) => e >= 0).map((e) => unfounded(record.decision, eras[e]));
    return problems.includes(undefined) ? [] : [`era ${era}: ${problems[0]}`];
  });
}

function unfounded({ kind, at_ms: atMs, window }, { stampsMs, jumps }) {
  const { window_ms: windowMs, queries } = window;
  if (kind === 'up') {
    const most = mostIn(stampsMs, { windowMs, fromMs: atMs - 2 * INTERVAL_MS, toMs: atMs });
    return most >= queries ? undefined : `added at ${atMs} ms for ${queries} in ${windowMs} ms, there were ${most}`;
  }
  if (atMs < LOOK_BACK_MS) return `removed at ${atMs} ms, before 30 s were known`;
  if (jumps.some(({ fromMs, toMs }) => fromMs < atMs && toMs > atMs - LOOK_BACK_MS)) {
    return `removed at ${atMs} ms, within 30 s of a jump of the clock`;
  }
  const most = mostIn(stampsMs, { windowMs, fromMs: atMs - LOOK_BACK_MS + windowMs, toMs: atMs });
  return queries >= most ? undefined : `removed at ${atMs} ms for ${queries} in ${windowMs} ms, there were ${most}`;
}

/** Most stamps in a window of this width that ends within (fromMs, toMs]. */
function mostIn(stampsMs, { windowMs, fromMs, toMs }) {
  let most = 0;
  let first = 0;
  let low = 0;
  for (let high = stampsMs.length; low < high; ) {
    const middle = (low + high) >> 1;
    if (stampsMs[middle] <= fromMs - windowMs) low = middle + 1;
    else high = middle;
  }
  first = low;
  let last = low;
  for (; last < stampsMs.length && stampsMs[last] <= toMs + ROUNDING_MS; last++) {
    while (stampsMs[first] <= stampsMs[last] - windowMs - ROUNDING_MS) first++;
    if (stampsMs[last] > fromMs) most = Math.max(most, last - first + 1);
  }
  while (first < last && stampsMs[first] <= fromMs - windowMs) first++;
  return Math.max(most, countWithin(stampsMs, fromMs - windowMs, fromMs));
}

function countWithin(stampsMs, fromMs, toMs) {
  let count = 0;
  for (const ms of stampsMs) if (ms > fromMs && ms <= toMs) count++;
  return count;
}

/** Removals while replicas could not be read. `goodReads` are instants at which a right answer was handed over. */
export function blindRemovals(lives, goodReads) {
  return lives.flatMap(({ events }) => {
    // Events may be heard late: the one heard soonest tells when the life began.
    const beganMs = Math.min(...events.map(({ heardMs, up_ms: upMs }) => heardMs - upMs));
    let failedMs;
    return events.flatMap(({ kind, decision, up_ms: upMs }) => {
      const atMs = beganMs + upMs;
      if (kind === 'read-failed') failedMs = atMs;
      if (kind !== 'decision' || decision.kind !== 'down' || failedMs === undefined) return [];
      const isSeen = goodReads.some((ms) => ms > failedMs - CLOCKS_MS && ms < atMs + CLOCKS_MS);
      return isSeen ? [] : [`removed at ${decision.at_ms} ms while replicas could not be read`];
    });
  });
}

/** Lives end by a kill, in order, because another pipeline is there, or by a full disk; in order is with one summary. */
export function badEnds(lives) {
  const broken = lives.slice(0, -1).flatMap(({ end, events, stderr, pid }) => {
    if (end === 'SIGKILL') return [];
    // Until it has begun, it knows nothing that it could sum up.
    if ((end === 0 || end === 'SIGTERM') && (events.length === 0 || isSummed(events))) return [];
    if (end === 4 && /must serve chaos/.test(stderr) && (!hasStarted(events) || isSummed(events))) return [];
    if (end === 2 && /no space|ENOSPC|disk is full/i.test(stderr)) return [];
    return [`process ${pid} ended with ${end}: ${stderr.trim().split('\n').slice(0, 3).join(' / ')}`];
  });
  const { end, events } = lives.at(-1);
  if (end !== 0) broken.push(`the last life ended with ${end}: ${lives.at(-1).stderr}`);
  if (!isSummed(events)) broken.push(`the last life has not one summary at its end: ${events.at(-1)?.kind}`);
  return broken;
}

const hasStarted = (events) => events.some(({ kind }) => kind === 'started');

function isSummed(events) {
  return events.filter(({ kind }) => kind === 'ended').length === 1 && events.at(-1).kind === 'ended';
}

/** The journal reads back as the product reads it, and nothing is left to resume. */
export function unreadableJournal(path, count) {
  let journal;
  try {
    journal = openJournalFile(path, journalReader());
  } catch (error) {
    return [error.message];
  }
  journal.close();
  const broken = [];
  if (journal.records.length !== count) broken.push(`${journal.records.length} records read back, of ${count}`);
  if (journal.records.at(-1)?.kind !== 'end') broken.push(`the last record is ${journal.records.at(-1)?.kind}`);
  if (resumePoint(journal.records) !== undefined) broken.push('a run that ended would be resumed');
  return broken;
}
