import { createHash } from 'node:crypto';
import { dirname } from 'node:path';
import type { ArrivalSource } from '../../backends/contracts/arrival-source.js';
import type { ScalingTarget } from '../../backends/contracts/scaling-target.js';
import { type RunningLoop, runControlLoop, systemClock } from '../../control-loop/control-loop.js';
import { type JournalRecord, type ResumePoint, resumePoint } from '../../control-loop/journal.js';
import type { LoopEvent } from '../../control-loop/loop-event.js';
import { LoopWatch } from '../../control-loop/loop-watch.js';
import { serveTunerMetrics } from '../../control-loop/metrics.js';
import { type JournalFile, openJournalFile } from '../../files/journal-file.js';
import { sha256OfFile } from '../../files/system/hash.js';
import { takeLock, temporaryPath } from '../../files/system/lock-file.js';
import { shownPath } from '../../files/system/read-text.js';
import { randomStream } from '../../random.js';
import { changeCheck, isQuickToCheck } from '../../replay/change-check.js';
import { formatDriftFinding } from '../../report/tune/drift-report.js';
import type { PanelLabels } from '../../report/tune/tune-panel.js';
import { stageSetups } from '../../simulation/stage-setups.js';
import { adoptionProblem } from '../../tuner/adoption.js';
import { historyMs, tunerPlan } from '../../tuner/tuner-plan.js';
import { msFromUs } from '../../units.js';
import type { CliIo } from '../io/io.js';
import { openArrivals, openTarget } from './ends.js';
import type { TuneFlags } from './flags.js';
import { readTuning, type Tuning } from './inputs.js';
import { liveOutput } from './output.js';
import { planFor, recordRecent } from './replan.js';

const SHOW_EVERY_MS = 250;

/** Drives a live system until it is told to end, by one plan after another where plans are made anew. */
export async function tuneLive(planFile: string, flags: TuneFlags, io: CliIo): Promise<void> {
  let next: string | undefined = planFile;
  while (next !== undefined) next = await tuneBy(next, flags, io);
}

/** Drives a live system by one plan; returns the path of the plan to go on with, if there is another. */
async function tuneBy(planFile: string, flags: TuneFlags, io: CliIo): Promise<string | undefined> {
  const tuning = readTuning(planFile, flags, io);
  const { plan, planPath, journalPath, ends, speed } = tuning;
  const stop = new AbortController();
  const interrupt = io.catchInterrupt();
  interrupt.asked.then(() => stop.abort());
  const rough = tunerPlan(plan, { ...tuning, rules: flags.rules });
  const target = await openTarget(ends, { pipeline: plan.pipeline, stages: rough.stages, speed });
  const { place } = target.describe();
  const lock = takeLock(lockPath(plan.pipeline, place, journalPath), `tuner of ${plan.pipeline}`);
  let loop: RunningLoop | undefined;
  try {
    const journal = openJournalFile<JournalRecord>(journalPath, () => loop!.startRecord());
    const planSha256 = sha256OfFile(planPath);
    const names = rough.stages.map(({ stage }) => stage);
    const resume = resumable(journal.records, planSha256, names);
    const source = await openArrivals(ends, {
      speed,
      checkedMs: resume?.checkedMs ?? undefined,
      historyMs: historyMs(rough),
      onEnd: () => stop.abort(),
    });
    try {
      const onReady = (ready: RunningLoop) => {
        loop = ready;
      };
      return await drive({ tuning, flags, io, target, source, journal, planSha256, resume, stop, onReady });
    } finally {
      await source.close();
      journal.close();
    }
  } finally {
    interrupt.release();
    await target.close();
    lock.release();
  }
}

interface Drive {
  readonly tuning: Tuning;
  readonly flags: TuneFlags;
  readonly io: CliIo;
  readonly target: ScalingTarget;
  readonly source: ArrivalSource;
  readonly journal: JournalFile<JournalRecord>;
  readonly planSha256: string;
  readonly resume: ResumePoint | undefined;
  readonly stop: AbortController;
  readonly onReady: (loop: RunningLoop) => void;
}

/** Runs the control loop and shows what it does, until it is stopped or another plan is adopted: then its path is returned. */
async function drive({ tuning, flags, io, target, source, journal, planSha256, resume, stop, onReady }: Drive) {
  const { plan, planPath, paths, hardware, slo, ends } = tuning;
  const { finestWindowMs } = source.describe();
  const tuned = tunerPlan(plan, { ...tuning, rules: flags.rules, finestWindowMs });
  const checks = slo !== undefined && (flags.checkChange ?? isQuickToCheck(tuned));
  const setups = stageSetups({ ...tuning, hardware, configuration: plan.stages });
  const review = checks ? changeCheck(tuned, { ...tuning, setups, slo }) : undefined;
  const isApplying = !flags.dryRun && (target.describe().isOnThisMachine || flags.apply === true);
  const startMs = io.nowMs();
  let loop: RunningLoop | undefined;
  let watch: LoopWatch | undefined;
  const status = () => watch?.status(io.nowMs());
  const output = await liveOutput(
    io,
    { json: flags.json === true, panel: flags.panel },
    () => status()?.costUsdPerHour ?? 0,
  );
  const metrics = tuning.port === undefined ? undefined : await serveTunerMetrics({ port: tuning.port }, status);
  if (metrics !== undefined) io.stderr(`metrics at ${metrics.url}\n`);
  const labels = panelLabels(target, source, { dropped: plan.envelope.length - tuned.envelope.length });
  for (const note of labels.notes) io.stderr(`warning: ${note}\n`);
  const showing = showEvery(() => {
    const now = status();
    const replan = loop?.findings.map((finding) => `re-plan: ${formatDriftFinding(finding)}`) ?? [];
    if (now !== undefined) output.show(now, { ...labels, notes: [...replan, ...labels.notes] });
  }, stop.signal);
  const tell = (event: LoopEvent) => {
    const nowMs = io.nowMs();
    watch?.see(event, nowMs);
    metrics?.see(event);
    output.see(event, nowMs - startMs);
  };
  let adopted: string | undefined;
  /** Keeps the arrivals that speak for another plan, and makes it where that is wanted. */
  const onDrift = async () => {
    const folder = dirname(planPath);
    try {
      const trace = await recordRecent(loop!.recentUs(), plan, folder);
      if (trace === undefined || !flags.replan) return;
      const made = await planFor(trace, { plan, paths, folder, signal: stop.signal });
      const reason = isApplying ? (adoptionProblem(plan, made.plan) ?? '') : 'this is a dry run';
      tell({ kind: 'replanned', path: shownPath(made.path), isAdopted: reason === '', reason });
      if (reason !== '') return;
      adopted = made.path;
      stop.abort();
    } catch (error) {
      if (!stop.signal.aborted) tell({ kind: 'replan-failed', problem: (error as Error).message.split('\n')[0]! });
    }
  };
  try {
    await runControlLoop({
      plan: tuned,
      planSha256,
      drift: plan,
      expectedMs: (stage, items) => {
        const us = setups[stage]!.service.tableUs[items];
        return us === undefined ? undefined : msFromUs(us);
      },
      source,
      target,
      clock: systemClock,
      random: randomStream(startMs, 'retries'),
      isApplying,
      intervalMs: tuning.intervalMs,
      handHoldMs: tuning.handHoldMs,
      record: (record) => journal.append(record),
      resume,
      review,
      isTraceClock: ends.arrivals.kind === 'trace',
      signal: stop.signal,
      onEvent: (event) => {
        tell(event);
        if (event.kind === 'drift' && event.findings.length > 0) void onDrift();
      },
      onReady: (ready) => {
        onReady(ready);
        loop = ready;
        watch = new LoopWatch(ready, { isApplying, nowMs: io.nowMs() });
      },
    });
    return adopted;
  } finally {
    stop.abort();
    await showing;
    output.close();
    await metrics?.close();
  }
}

/** Where an earlier run stopped, if it was of the same plan. */
function resumable(
  records: readonly JournalRecord[],
  planSha256: string,
  stages: readonly string[],
): ResumePoint | undefined {
  const point = resumePoint(records);
  const isSame = point?.planSha256 === planSha256 && point.stages.join() === stages.join();
  return isSame ? point : undefined;
}

/** One tuner for one pipeline in one place, whatever folder its plan lies in; on paper, one for each journal. */
function lockPath(pipeline: string, place: string, journalPath: string): string {
  const key = createHash('sha256')
    .update(JSON.stringify([pipeline, place, place === 'on paper' ? journalPath : '']))
    .digest('hex');
  return temporaryPath(`infer-plan-tune-${key.slice(0, 16)}.lock`);
}

/** What the panel says of where replicas are set and arrivals are read. @param dropped windows of the plan that are not watched */
function panelLabels(target: ScalingTarget, source: ArrivalSource, { dropped }: { dropped: number }): PanelLabels {
  const { place, kind, queue } = target.describe();
  const { precision, place: arrivalsPlace, finestWindowMs } = source.describe();
  return {
    target: `${kind} ${withoutScheme(place)}`,
    arrivals: [precision === 'stamps' ? 'exact stamps' : 'counts', ...elsewhere(arrivalsPlace, place)].join(' '),
    notes: notesOf({ dropped, finestWindowMs, queue }),
  };
}

function notesOf({
  dropped,
  finestWindowMs,
  queue,
}: {
  dropped: number;
  finestWindowMs: number;
  queue: string;
}): string[] {
  return [
    ...(dropped > 0
      ? [
          `windows below ${shownMs(finestWindowMs)} are not watched: arrivals are not known more finely; short bursts go unseen`,
        ]
      : []),
    ...(queue === 'central'
      ? []
      : [
          `replicas get their items by another rule (${queue}) than the plan's one queue: the same replicas have a worse tail`,
        ]),
  ];
}

/** Where arrivals are read, when it is not where replicas are set. */
function elsewhere(arrivalsPlace: string, place: string): string[] {
  return arrivalsPlace === place ? [] : [`from ${withoutScheme(arrivalsPlace)}`];
}

function withoutScheme(place: string): string {
  return place.replace(/^https?:\/\//, '');
}

function shownMs(ms: number): string {
  return `${Number(ms.toPrecision(3))}ms`;
}

async function showEvery(show: () => void, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await systemClock.pause(SHOW_EVERY_MS, signal);
    show();
  }
}
