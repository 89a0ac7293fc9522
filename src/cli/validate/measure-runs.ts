/**
 * Replays a trace against a running engine: first a part of it, to measure what serving costs outside the stages, then
 * all of it until enough runs were undisturbed.
 */
import type { EngineLog } from '../../backends/local/engine-log.js';
import { handOverCosts } from '../../fidelity/hand-over.js';
import { QUIET_RUN } from '../../fidelity/machine-counters.js';
import { measuredRun, type RunLog } from '../../fidelity/measured-run.js';
import { joinPieces, piecesOf } from '../../fidelity/pieces.js';
import { NO_COSTS, type ServingCosts } from '../../fidelity/predict.js';
import type { ProfiledRun } from '../../fidelity/predict-and-compare.js';
import { type LoadRequest, runLoad } from '../../load/run-load.js';
import type { Configuration } from '../../model/configuration.js';
import { isQuiet } from '../../model/measured/disturbance.js';
import type { LoggedBatch } from '../../model/measured/logged-batch.js';
import type { Slo } from '../../model/slo.js';
import { type ArrivalTrace, sourceOf } from '../../model/trace.js';
import { formatRunLine } from '../../report/fidelity-report.js';
import type { ServiceTimes } from '../../simulation/service-times.js';
import { msFromS, usFromMs } from '../../units.js';
import { watchMachine } from '../inputs/watch-machine.js';
import type { CliIo } from '../io/io.js';
import type { Pacing, RunPacing } from './pace-between.js';

const TIMEOUT_MS = msFromS(60);
const LIMIT_IN_FLIGHT = 4000;
/**
 * Replays of the calibration's arrivals before the one that counts: compiled code needs thousands of queries to reach
 * its speed.
 */
const WARM_UPS = 3;
const MOST_CALIBRATIONS = 3;
/** Where runs have pauses: short beside the minute in which the speed of a shared machine wanders. */
export const PIECE_US = usFromMs(msFromS(10));

export interface MeasureRequest {
  readonly load: Pick<LoadRequest, 'url' | 'model' | 'body' | 'isStopped'>;
  readonly log: EngineLog;
  /** Of the engine. */
  readonly pid: number;
  readonly trace: ArrivalTrace;
  /** Undisturbed runs that are wanted. */
  readonly runs: number;
  /** Runs at most, disturbed ones too. */
  readonly attempts: number;
  readonly calibrationMs: number;
  readonly configuration: Configuration;
  /** Service times of the emulated stages. */
  readonly services: ReadonlyMap<string, ServiceTimes>;
  readonly slownessIn: (batches: readonly LoggedBatch[]) => readonly number[];
  /** Measures the stages again, in the pauses of the runs; absent where they have none. */
  readonly pacing?: Pacing;
  readonly slo?: Slo;
}

export interface MeasuredRuns {
  readonly runs: readonly ProfiledRun[];
  /** Of the calibration. */
  readonly costs: ServingCosts;
}

/** Ends early, with the runs that are complete, when the load is stopped. */
export async function measureRuns(request: MeasureRequest, io: CliIo): Promise<MeasuredRuns> {
  const { trace, calibrationMs } = request;
  const first = { arrivalsUs: trace.arrivalsUs.filter((us) => us < usFromMs(calibrationMs)) };
  const costs = first.arrivalsUs.length === 0 ? NO_COSTS : await servingCosts(request, first, io);
  if (request.pacing !== undefined && !isStopped(request)) {
    io.stderr('warming up what profiles the stages within the runs\n');
    await request.pacing.warmUp();
  }
  const runs: ProfiledRun[] = [];
  let clean = 0;
  while (clean < request.runs && runs.length < request.attempts && !isStopped(request)) {
    const run = await watchedRun(request, io);
    if (isStopped(request)) break;
    runs.push(run);
    if (run.isClean) clean++;
    io.stderr(formatRunLine(run, runs.length));
  }
  return { runs, costs };
}

async function watchedRun(request: MeasureRequest, io: CliIo): Promise<ProfiledRun> {
  const pacing = request.pacing?.startRun();
  const { log, disturbance } = await watched(request, io, () =>
    pacing === undefined ? replay(request, request.trace) : replayInPieces(request, pacing),
  );
  const failure = pacing?.failure();
  if (failure !== undefined) io.stderr(`profiled within the run, but for ${failure}\n`);
  return {
    ...measuredRun(log, request.configuration, request.slo),
    ...(pacing && { profiles: pacing.profiles() }),
    slowness: request.slownessIn(log.batches),
    ...(disturbance && { disturbance }),
    isClean: isQuiet(disturbance, QUIET_RUN),
  };
}

/** Of an undisturbed replay, if one of a few is, behind others that warm everything up. */
async function servingCosts(request: MeasureRequest, trace: ArrivalTrace, io: CliIo): Promise<ServingCosts> {
  io.stderr('warming up\n');
  for (let n = 0; n < WARM_UPS && !isStopped(request); n++) await replay(request, trace);
  if (isStopped(request)) return NO_COSTS;
  for (let attempt = 1; ; attempt++) {
    io.stderr(`measuring the costs outside the stages${attempt === 1 ? '' : ' again: others used the machine'}\n`);
    const { log, disturbance } = await watched(request, io, () => replay(request, trace));
    const isLast = attempt === MOST_CALIBRATIONS || isStopped(request);
    if (!isLast && !isQuiet(disturbance, QUIET_RUN)) continue;
    const { costs } = measuredRun(log, request.configuration, undefined);
    return { ...costs, handOverMs: handOverCosts(log.batches, request.services) };
  }
}

function isStopped({ load }: MeasureRequest): boolean {
  return load.isStopped?.() === true;
}

async function watched({ pid }: MeasureRequest, io: CliIo, run: () => Promise<RunLog>) {
  const disturbanceSince = watchMachine(io, [pid]);
  const log = await run();
  const disturbance = disturbanceSince();
  return { log, ...(disturbance && { disturbance }) };
}

/** Paced before, between and after the pieces. */
async function replayInPieces(request: MeasureRequest, pacing: RunPacing): Promise<RunLog> {
  const pieces = piecesOf(request.trace, PIECE_US);
  const logs: RunLog[] = [];
  for (const { trace, first } of pieces) {
    await pacing.pace();
    if (isStopped(request)) break;
    logs.push(await replay(request, trace, first));
  }
  if (!isStopped(request)) await pacing.pace();
  return joinPieces(pieces, logs);
}

/** @param first place of the trace's first query among all that are sent in a run */
async function replay({ load, log }: MeasureRequest, trace: ArrivalTrace, first = 0): Promise<RunLog> {
  await log.takeBatches();
  const firstQuery = log.arrivalsMs.length;
  const endedUs = new Float64Array(trace.arrivalsUs.length).fill(Number.POSITIVE_INFINITY);
  await runLoad({
    ...load,
    body: (query) => load.body(first + query),
    arrivals: sourceOf(trace),
    timeoutMs: TIMEOUT_MS,
    limitInFlight: LIMIT_IN_FLIGHT,
    onEnd: ({ from, to, mask, endUs }) => {
      for (let query = from; query < to; query++) endedUs[query] = endUs[query & mask]!;
    },
  });
  const batches = await log.takeBatches();
  const arrivedMs = log.arrivalsMs.slice(firstQuery);
  return { scheduledUs: trace.arrivalsUs, endedUs, arrivedMs, firstQuery, batches };
}
