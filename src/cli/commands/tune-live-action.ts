import { createHash } from 'node:crypto';
import { dirname, join } from 'node:path';
import { InputError } from '../../errors.js';
import { sha256OfFile } from '../../files/hash.js';
import { openJournalFile } from '../../files/journal-file.js';
import { takeLock, temporaryPath } from '../../files/lock-file.js';
import { readPlanFile } from '../../files/plan-file.js';
import { Problems } from '../../files/problems.js';
import { shownPath } from '../../files/read-text.js';
import { parseDuration } from '../../model/quantity.js';
import { randomStream } from '../../random.js';
import { formatDriftFinding } from '../../report/drift-report.js';
import type { PanelLabels } from '../../report/tune-panel.js';
import { stageSetups } from '../../simulation/stage-setups.js';
import { type RunningLoop, runControlLoop, systemClock } from '../../tuner/control-loop.js';
import { type JournalRecord, type ResumePoint, resumePoint } from '../../tuner/journal-record.js';
import type { LoopEvent } from '../../tuner/loop-event.js';
import { LoopWatch } from '../../tuner/loop-watch.js';
import { serveTunerMetrics } from '../../tuner/metrics.js';
import { changeCheck, isQuickToCheck } from '../../tuner/replay-check-change.js';
import { historyMs, inStageOrder, tunerPlan } from '../../tuner/tuner-plan.js';
import { msFromUs } from '../../units.js';
import { parseWhole } from '../flag-values.js';
import { type CliIo, pathFrom } from '../io.js';
import { openArrivals, openTarget, readEnds } from '../live-ends.js';
import { liveOutput } from '../live-output.js';
import { loadInputs } from '../load-inputs.js';
import { changedSince, defaultsOfPlan } from '../provenance.js';
import { adoptionProblem, planFor, recordRecent } from '../replan.js';
import { tunerChoices } from '../tuner-options.js';
import type { TuneFlags } from './tune.js';

const SHOW_EVERY_MS = 250;
const LARGEST_PORT = 65_535;
const FACTOR = /^\d+(\.\d+)?x?$/;

/** Drives a live system until it is told to end, by one plan after another where plans are made anew. */
export async function tuneLive(planFile: string, flags: TuneFlags, io: CliIo): Promise<void> {
  let next: string | undefined = planFile;
  while (next !== undefined) next = await tuneBy(next, flags, io);
}

/** Drives a live system by one plan; returns the path of the plan to go on with, if there is another. */
async function tuneBy(planFile: string, flags: TuneFlags, io: CliIo): Promise<string | undefined> {
  const problems = new Problems();
  const choices = tunerChoices(flags, problems);
  const value = <T>(parse: () => T) => problems.attempt(parse);
  const ends = value(() => readEnds(flags, io));
  const handHoldMs = value(() => parseDuration(flags.handHold, '--hand-hold'));
  const speed = value(() => parseSpeed(flags.speed));
  const { metricsPort } = flags;
  const port = metricsPort === undefined ? undefined : value(() => parseWhole(metricsPort, '--metrics-port', 0));
  if (port !== undefined && port > LARGEST_PORT)
    problems.add(`--metrics-port = ${port}, must be at most ${LARGEST_PORT}`);
  if (flags.apply && flags.dryRun) problems.add('--apply acts and --dry-run does not, must be one of them');
  const planPath = pathFrom(io, planFile);
  const read = value(() => readPlanFile(planPath));
  if (read === undefined) {
    problems.throwIfAny('INPUT');
    return undefined;
  }
  const defaults = defaultsOfPlan(read, planPath);
  const { paths, hardware, slo, ...inputs } = loadInputs({
    io,
    flags,
    defaults: { ...defaults, pipelinePath: defaults.pipelinePath ?? pathFrom(io, 'pipeline.yaml') },
    problems,
    readTrace: () => undefined,
    needsSlo: false,
    configuration: read.stages,
  });
  const plan = inStageOrder(read, inputs.pipeline);
  for (const path of changedSince(plan, planPath, paths)) {
    if (join(dirname(planPath), path) !== paths.trace)
      io.stderr(`warning: ${path} has changed since the plan was made\n`);
  }
  const limits = choices.limits({ stages: plan.stages.map(({ stage }) => stage), hardware });
  const rough = tunerPlan(plan, { hardware, limits, rules: flags.rules });

  const stop = new AbortController();
  const interrupt = io.catchInterrupt();
  interrupt.asked.then(() => stop.abort());
  const target = await openTarget(ends!, { pipeline: plan.pipeline, stages: rough.stages, speed: speed! });
  const { place, kind, queue, isOnThisMachine } = target.describe();
  const isApplying = !flags.dryRun && (isOnThisMachine || flags.apply === true);
  const journalPath =
    flags.journal === undefined
      ? join(dirname(planPath), `${plan.pipeline}.tune.journal`)
      : pathFrom(io, flags.journal);
  const lock = takeLock(lockPath(plan.pipeline, place, journalPath), `tuner of ${plan.pipeline}`);
  let loop: RunningLoop | undefined;
  let adopted: string | undefined;
  try {
    const planSha256 = sha256OfFile(planPath);
    const journal = openJournalFile<JournalRecord>(journalPath, () => loop!.startRecord());
    const resume = resumable(
      journal.records,
      planSha256,
      rough.stages.map(({ stage }) => stage),
    );
    const source = await openArrivals(ends!, {
      speed: speed!,
      checkedMs: resume?.checkedMs ?? undefined,
      historyMs: historyMs(rough),
      onEnd: () => stop.abort(),
    });
    const described = source.describe();
    const tuned = tunerPlan(plan, { hardware, limits, rules: flags.rules, finestWindowMs: described.finestWindowMs });
    const checks = slo !== undefined && (flags.checkChange ?? isQuickToCheck(tuned));
    const setups = stageSetups({ ...inputs, hardware, configuration: plan.stages });
    const review = checks
      ? changeCheck(tuned, { pipeline: inputs.pipeline, setups, slo, seed: inputs.seed })
      : undefined;
    const startMs = io.nowMs();
    let watch: LoopWatch | undefined;
    const status = () => watch?.status(io.nowMs());
    const output = await liveOutput(
      io,
      { json: flags.json === true, panel: flags.panel },
      () => status()?.costUsdPerHour ?? 0,
    );
    const metrics = port === undefined ? undefined : await serveTunerMetrics({ port }, status);
    if (metrics !== undefined) io.stderr(`metrics at ${metrics.url}\n`);
    const labels: PanelLabels = {
      target: `${kind} ${withoutScheme(place)}`,
      arrivals: [
        described.precision === 'stamps' ? 'exact stamps' : 'counts',
        ...elsewhere(described.place, place),
      ].join(' '),
      notes: notesOf({
        dropped: rough.envelope.length - tuned.envelope.length,
        finestWindowMs: described.finestWindowMs,
        queue,
      }),
    };
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
        intervalMs: choices.intervalMs!,
        handHoldMs: handHoldMs!,
        record: (record) => journal.append(record),
        resume,
        review,
        isTraceClock: ends!.arrivals.kind === 'trace',
        signal: stop.signal,
        onEvent: (event) => {
          tell(event);
          if (event.kind === 'drift' && event.findings.length > 0) void onDrift();
        },
        onReady: (ready) => {
          loop = ready;
          watch = new LoopWatch(ready, { isApplying, nowMs: io.nowMs() });
        },
      });
    } finally {
      stop.abort();
      await showing;
      output.close();
      await metrics?.close();
      await source.close();
      journal.close();
    }
  } finally {
    interrupt.release();
    await target.close();
    lock.release();
  }
  return adopted;
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

function parseSpeed(text: string): number {
  const speed = FACTOR.test(text) ? Number.parseFloat(text) : 0;
  if (!(speed > 0)) throw new InputError('FLAG', `--speed = ${text}, must be a factor more than 0, such as 60x`);
  return speed;
}
