/** Reads what `load` needs: flags first, then the pipeline file and the trace, with all problems reported at once. */
import { InputError } from '../../errors.js';
import { type PipelineFile, readPipelineFile } from '../../files/pipeline/pipeline-file.js';
import { Problems } from '../../files/problems.js';
import { fileExists } from '../../files/system/file-exists.js';
import { shownPath } from '../../files/system/read-text.js';
import { readTraceFile } from '../../files/trace/trace-file.js';
import { modelUrl } from '../../load/endpoint.js';
import { parseDuration } from '../../model/notation/quantity.js';
import type { Slo } from '../../model/slo.js';
import { type ArrivalSource, sourceOf } from '../../model/trace.js';
import { usFromMs } from '../../units.js';
import { drawArrivals } from '../../workload/arrival-process.js';
import { constant } from '../../workload/curve.js';
import { parseConstantRate, parseCv, rateCurve } from '../../workload/curve-text.js';
import { cutSource, firstArrivals } from '../../workload/reshape.js';
import { parseLatency, parsePercentile, parseWhole } from '../inputs/flag-values.js';
import { chooseObjective } from '../inputs/objective.js';
import type { ScenarioPaths } from '../inputs/scenario.js';
import { type CliIo, pathFrom } from '../io/io.js';
import type { LoadFlags } from './flags.js';

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
export function readLoadInputs(pipeline: string | undefined, flags: LoadFlags, io: CliIo): LoadInputs {
  const problems = new Problems();
  const value = <T>(text: string | undefined, flag: string, parse: (text: string, flag: string) => T) =>
    text === undefined ? undefined : problems.attempt(() => parse(text, flag));
  const latencyMs = value(flags.slo, '--slo', parseLatency);
  const percentile = value(flags.percentile, '--percentile', parsePercentile);
  const seed = value(flags.seed, '--seed', (text, flag) => parseWhole(text, flag, 0));
  const timeoutMs = value(flags.timeout, '--timeout', parseLatency);
  const limitInFlight = value(flags.limitInFlight, '--limit-in-flight', (text, flag) => parseWhole(text, flag, 1));
  const waitMs = value(flags.wait, '--wait', parseDuration);
  const warmUpMs = value(flags.warmUp, '--warm-up', parseDuration);
  const count = value(flags.count, '--count', (text, flag) => parseWhole(text, flag, 1));
  const durationMs = value(flags.duration, '--duration', parseLatency);
  problems.attempt(() => modelUrl(flags.url, 'model', 'ready'));

  const file = problems.attempt(() => pipelineOf(pipeline, flags, io));
  const model = flags.model ?? file?.pipeline.name;
  const slo = chooseObjective({ latencyMs, percentile, otherwise: file?.slo });
  if (slo === undefined && (flags.check || percentile !== undefined)) problems.add('--slo is missing, must be given');
  const traceFile = flags.trace === undefined ? file?.tracePath : pathFrom(io, flags.trace);
  const bound = { ...(durationMs === undefined ? {} : { durationMs }), ...(count === undefined ? {} : { count }) };
  const drawn = problems.attempt(() => drawnArrivals(flags, { seed: seed ?? 0, bound }));
  if (flags.cv !== undefined && flags.rate === undefined)
    problems.add('--cv is given without --rate, must be left out');
  if (flags.rate !== undefined && flags.trace !== undefined) {
    problems.add('--rate and --trace each give the arrivals, must be one of them');
  } else if (flags.rate === undefined && traceFile === undefined && (file !== undefined || flags.model !== undefined)) {
    problems.add('the arrivals are missing, must be --trace FILE, or --rate with --duration or --count');
  }
  const tracePath = flags.rate === undefined ? traceFile : undefined;
  const trace = tracePath === undefined ? undefined : problems.attempt(() => readTraceFile(tracePath));
  problems.throwIfAny('INPUT');

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
    seed: seed!,
    timeoutMs: timeoutMs!,
    limitInFlight: limitInFlight!,
    waitMs: waitMs!,
    warmUpMs: warmUpMs!,
    paths: { ...(file && { pipeline: file.path }), ...(tracePath !== undefined && { trace: tracePath }) },
    ...(file?.queriesPath === undefined ? {} : { queriesPath: file.queriesPath }),
  };
}

/** None where there is none of that name by default and --model says what to ask. */
function pipelineOf(path: string | undefined, flags: LoadFlags, io: CliIo): PipelineFile | undefined {
  const file = pathFrom(io, path ?? 'pipeline.yaml');
  if (path === undefined && !fileExists(file)) {
    if (flags.model !== undefined) return undefined;
    throw new InputError('FILE', `${shownPath(file)}: no such file, must be there, or --model name what to ask`);
  }
  return readPipelineFile(file);
}

function drawnArrivals(
  flags: LoadFlags,
  { seed, bound }: { seed: number; bound: { durationMs?: number; count?: number } },
): (() => ArrivalSource) | undefined {
  if (flags.rate === undefined) return undefined;
  if (flags.duration === undefined && flags.count === undefined) {
    throw new InputError('FLAG', 'the arrivals of --rate have no end, must be --duration 60s, or --count 1000');
  }
  const rateQps = rateCurve([parseConstantRate(flags.rate)]);
  const cv = constant(parseCv(flags.cv ?? '1'));
  return () => drawArrivals({ rateQps, cv }, { seed, bound });
}
