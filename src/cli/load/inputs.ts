/** Reads what `load` needs: flags first, then the pipeline file and the trace, with all problems reported at once. */
import { InputError } from '../../errors.js';
import { filesNamedIn, type PipelineFile, readPipelineFile } from '../../files/pipeline/pipeline-file.js';
import { Problems } from '../../files/problems.js';
import { fileExists } from '../../files/system/file-exists.js';
import { shownPath } from '../../files/system/read-text.js';
import { readTraceFile } from '../../files/trace/trace-file.js';
import { modelUrl } from '../../load/endpoint.js';
import type { Slo } from '../../model/slo.js';
import { type ArrivalSource, sourceOf } from '../../model/trace.js';
import { usFromMs } from '../../units.js';
import { drawArrivals } from '../../workload/arrival-process.js';
import { constant } from '../../workload/curve.js';
import { rateCurve } from '../../workload/curve-text.js';
import { cutSource, firstArrivals } from '../../workload/reshape.js';
import { chooseObjective } from '../inputs/objective.js';
import { DEFAULT_PIPELINE } from '../inputs/options.js';
import { type ScenarioPaths, warnOfPipeline } from '../inputs/scenario.js';
import { type CliIo, pathFrom } from '../io/io.js';
import type { LoadFlags } from './flags.js';

const POISSON_CV = 1;

/** Everything a run of load needs, checked. */
export interface LoadInputs {
  readonly model: string;
  /** The arrivals from the start, each time it is called. */
  readonly arrivals: () => ArrivalSource;
  /** How many queries there may be, where that is known before the end. */
  readonly queries: number;
  readonly slo?: Slo;
  readonly seed: number;
  readonly timeoutMs: number;
  readonly limitInFlight: number;
  readonly waitMs: number;
  readonly warmUpMs: number;
  readonly paths: Pick<Partial<ScenarioPaths>, 'pipeline' | 'trace'>;
  readonly queriesPath?: string;
}

/** Throws one InputError with every problem of every flag and file. */
export function readLoadInputs(
  pipeline: string | undefined,
  flags: LoadFlags,
  io: CliIo,
  problems: Problems,
): LoadInputs {
  const { sloMs: latencyMs, percentile, seed, durationMs, count, timeoutMs, limitInFlight, waitMs, warmUpMs } = flags;
  problems.attempt(() => modelUrl(flags.url, 'model', 'ready'));

  const file = problems.attempt(() => pipelineOf(pipeline, flags, io));
  const model = flags.model ?? file?.pipeline.name;
  const slo = chooseObjective({ latencyMs, percentile, otherwise: file?.slo });
  if (slo === undefined && (flags.check || percentile !== undefined)) problems.add('--slo is missing: add --slo 200ms');
  const path = pathFrom(io, pipeline ?? DEFAULT_PIPELINE);
  const named = file ?? (fileExists(path) ? new Problems().attempt(() => filesNamedIn(path)) : undefined);
  const traceFile = flags.trace === undefined ? named?.tracePath : pathFrom(io, flags.trace);
  const bound = { ...(durationMs === undefined ? {} : { durationMs }), ...(count === undefined ? {} : { count }) };
  const drawn = problems.attempt(() => drawnArrivals(flags, { seed, bound }));
  if (
    problems.count === 0 &&
    flags.rate === undefined &&
    traceFile === undefined &&
    (file !== undefined || flags.model !== undefined)
  ) {
    problems.add('there are no arrivals: add --trace FILE, or --rate 100/s with --duration 60s or --count 1000');
  }
  const tracePath = flags.rate === undefined ? traceFile : undefined;
  const trace = tracePath === undefined ? undefined : problems.attempt(() => readTraceFile(tracePath));
  problems.throwIfAny('INPUT');
  if (file !== undefined) warnOfPipeline(file, io);

  const replayed = (): ArrivalSource => {
    const { durationMs: toMs = Number.POSITIVE_INFINITY, count: most = Number.POSITIVE_INFINITY } = bound;
    return firstArrivals(cutSource(sourceOf(trace!), { fromUs: 0, toUs: usFromMs(toMs) }), most);
  };
  const known = Math.min(count ?? Number.POSITIVE_INFINITY, trace ? trace.arrivalsUs.length : Number.POSITIVE_INFINITY);
  return {
    model: model!,
    arrivals: drawn ?? replayed,
    queries: known,
    ...(slo === undefined ? {} : { slo }),
    seed,
    timeoutMs,
    limitInFlight,
    waitMs,
    warmUpMs,
    paths: { ...(file && { pipeline: file.path }), ...(tracePath !== undefined && { trace: tracePath }) },
    ...(file?.queriesPath === undefined ? {} : { queriesPath: file.queriesPath }),
  };
}

/** None where there is none of that name by default and --model says what to ask. */
function pipelineOf(path: string | undefined, flags: LoadFlags, io: CliIo): PipelineFile | undefined {
  const file = pathFrom(io, path ?? DEFAULT_PIPELINE);
  if (path === undefined && !fileExists(file)) {
    if (flags.model !== undefined) return undefined;
    throw new InputError('FILE', `${shownPath(file)}: no such file: name a pipeline file, or add --model NAME`);
  }
  return readPipelineFile(file);
}

function drawnArrivals(
  flags: LoadFlags,
  { seed, bound }: { seed: number; bound: { durationMs?: number; count?: number } },
): (() => ArrivalSource) | undefined {
  if (flags.rate === undefined) return undefined;
  if (flags.durationMs === undefined && flags.count === undefined) {
    throw new InputError('FLAG', '--rate needs an end: add --duration 60s or --count 1000');
  }
  const rateQps = rateCurve([flags.rate]);
  const cv = constant(flags.cv ?? POISSON_CV);
  return () => drawArrivals({ rateQps, cv }, { seed, bound });
}
