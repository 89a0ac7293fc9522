import { cpus } from 'node:os';
import type { ProfilingTarget } from '../../backends/contracts/profiling-target.js';
import { steadyClock } from '../../backends/shared/clock.js';
import { today, wallMs } from '../../backends/shared/wall-clock.js';
import { BackendError, EXIT } from '../../errors.js';
import { writeRouting } from '../../files/pipeline/pipeline-edit.js';
import type { Problems } from '../../files/problems.js';
import { putProfileRow, readMeasuredRows } from '../../files/profile/profile-writer.js';
import { shownPath } from '../../files/system/read-text.js';
import { thinned } from '../../profiler/make-row.js';
import { measuredRouting } from '../../profiler/measured-routing.js';
import { stagesToMeasure } from '../../profiler/measurement-list.js';
import { runProfiling } from '../../profiler/profile-run.js';
import { DEFAULT_GOAL } from '../../profiler/stop-rule.js';
import { curvesOf, profileDocument } from '../../report/page/profile-page.js';
import {
  formatProfiling,
  formatProfilingProgress,
  formatProfilingRow,
  type ProfilingResult,
  profilingJson,
} from '../../report/profiling-report.js';
import { msFromS } from '../../units.js';
import { toolName } from '../inputs/provenance.js';
import { type CliIo, reportStyle } from '../io/io.js';
import { writePage } from '../io/write-page.js';
import { openEc2 } from './ec2.js';
import type { ProfileFlags } from './flags.js';
import { type ProfileRequest, readProfileRequest } from './request.js';
import { type Opening, openClipper, openLocal, openOip, sshOpener } from './targets.js';

/** Samples kept of one row. */
const MOST_SAMPLES = 5000;
/** A machine that ends itself is left this long before it does. */
const MARGIN_MS = msFromS(60);

/** Measures, writes each row as it is complete, and prints what came of it. */
export async function profile(pipelineFile: string, flags: ProfileFlags, io: CliIo, problems: Problems): Promise<void> {
  const request = readProfileRequest(pipelineFile, flags, io, problems);
  const interrupt = io.catchInterrupt();
  const abort = new AbortController();
  void interrupt.asked.then(() => abort.abort(new BackendError('INTERRUPTED', 'stopped before anything was measured')));
  let opened: Opened | undefined;
  try {
    opened = await open({ request, flags, io, signal: abort.signal });
    const { target, expiresMs = Number.POSITIVE_INFINITY } = opened;
    const isLate = () => wallMs() > expiresMs - MARGIN_MS;
    const result = await measure(opened, { request, flags, io }, () => interrupt.isAsked || isLate());
    await target.close();
    const { seed } = request;
    const style = reportStyle(io);
    io.stdout(flags.json ? profilingJson(result, { tool: toolName(), seed }) : formatProfiling(result, style));
    const title = `Profile of ${result.pipeline} on ${result.hardware}`;
    await writePage(flags.report, () => profileDocument(title, curvesOf(result.rows)), io);
    if (result.leftOut.some(({ isFailure }) => isFailure)) io.setExitCode(EXIT.backend);
  } finally {
    io.progress('');
    interrupt.release();
    await opened?.target.close();
  }
}

type Opened = { readonly target: ProfilingTarget; readonly expiresMs?: number } & Partial<
  Pick<ProfilingResult, 'routing'>
>;

async function open(opening: Opening): Promise<Opened> {
  const { request, io } = opening;
  const { kind, address } = request.target;
  if (kind === 'ec2') return openEc2(opening);
  if (kind === 'oip') return { target: await openOip(opening) };
  if (kind === 'clipper') return { target: await openClipper(opening) };
  if (kind === 'ssh') return { target: await sshOpener(opening)(address) };
  const target = await openLocal(opening);
  const routing = measuredRouting(request.pipeline, target.observed);
  if (opening.flags.writeRouting && !opening.signal.aborted) {
    writeRouting(request.file.path, routing.stages);
    io.stderr(`Wrote ${shownPath(request.file.path)}\n`);
  }
  return { target, routing };
}

async function measure(
  { target, routing }: Opened,
  { request, flags, io }: { request: ProfileRequest; flags: ProfileFlags; io: CliIo },
  isStopped: () => boolean,
): Promise<ProfilingResult> {
  const { pipeline, outputPath, as, slo, quiet, budgetMs, duty, seed, curves } = request;
  const { kind, place, clock, stages: available } = target.describe();
  const rows: ProfilingResult['rows'][number][] = [];
  const replaced: ProfilingResult['replaced'][number][] = [];
  const leftOut = await runProfiling(
    {
      target,
      stages: stagesToMeasure({
        pipeline,
        available: available.filter(({ stage }) => request.stages.includes(stage)),
        batchSizes: request.batchSizes,
        ...(slo && { slo }),
      }),
      curves,
      finished: flags.resume ? readMeasuredRows(outputPath, as) : [],
      hardware: as,
      source: `measured: infer-plan profile ${kind}; ${flags.machine ?? machineAt(kind, place)}; ${today()}`,
      ...(slo && { slo }),
      duty,
      seed,
      onRow(row) {
        const before = putProfileRow(outputPath, { ...row, samplesMs: thinned(row.samplesMs, MOST_SAMPLES) });
        rows.push(row);
        if (before !== undefined) {
          const { model, curve, batchSize } = row;
          replaced.push({ model, curve, batchSize, meanMs: Number(before.meanMs), source: before.source });
        }
        io.progress('');
        io.stderr(formatProfilingRow(row));
      },
      onProgress: (progress) => io.progress(formatProfilingProgress(progress)),
    },
    { budgetMs, goal: DEFAULT_GOAL, quiet, nowMs: () => steadyClock.nowMs(), isStopped },
  );
  return {
    pipeline: pipeline.name,
    hardware: as,
    measuredAt: { kind, place, clock },
    output: shownPath(outputPath),
    rows,
    replaced,
    leftOut,
    ...(routing && { routing }),
    isComplete: !isStopped(),
  };
}

/** The processor of this machine; of another one, how it is called, without the user. */
function machineAt(kind: string, place: string): string {
  if (kind !== 'local') return place.replace(/^[^@/]*@/, '');
  const all = cpus();
  return `${all.length} x ${all[0]?.model.trim() ?? 'unknown processor'}`;
}
