/**
 * What a live run keeps on the disk: a lock, so that one tuner drives a pipeline, and the journal that a killed run
 * goes on from.
 */
import { createHash } from 'node:crypto';
import { type JournalRecord, type ResumePoint, resumePoint } from '../../control-loop/journal.js';
import { type JournalFile, openJournalFile } from '../../files/journal-file.js';
import { sha256OfFile } from '../../files/system/hash.js';
import { sharedPath, takeLock } from '../../files/system/lock-file.js';
import { shownPath } from '../../files/system/read-text.js';
import { formatOffered } from '../../model/notation/offered-value.js';
import { journalReader } from './journal-records.js';

export interface RunRecord {
  readonly journal: JournalFile<JournalRecord>;
  readonly planSha256: string;
  /** Where an earlier run under the same plan was killed; undefined when there is nothing to go on from. */
  readonly resume: ResumePoint | undefined;
  /** Why a journal that is there is not gone on from. */
  readonly note: string | undefined;
  close(): void;
}

/** @throws InputError when another tuner drives the pipeline there, and when the journal cannot be read or made */
export function openRunRecord(given: {
  readonly pipeline: string;
  readonly stages: readonly string[];
  readonly planPath: string;
  readonly journalPath: string;
  /** Where replicas are set. */
  readonly place: string;
}): RunRecord {
  const { pipeline, stages, planPath, journalPath, place } = given;
  const lock = takeLock(lockPath(pipeline, place, journalPath), `tuner of ${pipeline}`);
  try {
    const journal = openJournalFile<JournalRecord>(journalPath, journalReader());
    const planSha256 = sha256OfFile(planPath);
    const close = () => {
      journal.close();
      lock.release();
    };
    const point = resumePoint(journal.records);
    const other = point && otherRun(point, { pipeline, planSha256, stages });
    const resume = other === undefined ? point : undefined;
    const shown = shownPath(journalPath);
    const note = other && `${shown} is the journal of ${other}: the run begins with what the live system has`;
    return { journal, planSha256, resume, note, close };
  } catch (error) {
    lock.release();
    throw error;
  }
}

/** What else a journal is of, in words; undefined when it is of this run. */
function otherRun(
  point: ResumePoint,
  { pipeline, planSha256, stages }: { pipeline: string; planSha256: string; stages: readonly string[] },
): string | undefined {
  if (point.pipeline !== pipeline) return `another pipeline, ${formatOffered(point.pipeline)}`;
  if (point.planSha256 !== planSha256) return 'another plan';
  return point.stages.join('\n') === stages.join('\n') ? undefined : 'another order of the stages';
}

/** One tuner for one pipeline in one place, whatever folder its plan lies in; on paper, one for each journal. */
function lockPath(pipeline: string, place: string, journalPath: string): string {
  const key = createHash('sha256')
    .update(JSON.stringify([pipeline, place, place === 'on paper' ? journalPath : '']))
    .digest('hex');
  return sharedPath(`infer-plan-tune-${key.slice(0, 16)}.lock`);
}
