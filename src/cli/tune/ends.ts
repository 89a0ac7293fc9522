/** The two ends of `tune`: where it sets replicas and where it reads arrivals, by flags and the backend file. */
import type { ArrivalSource } from '../../backends/contracts/arrival-source.js';
import type { ScalingTarget } from '../../backends/contracts/scaling-target.js';
import { openArrivalSource } from '../../backends/open-arrival-source.js';
import { openScalingTarget, parseTarget } from '../../backends/open-scaling-target.js';
import { systemClock } from '../../control-loop/loop-clock.js';
import { paperTarget, traceArrivals } from '../../control-loop/rehearsal.js';
import { InputError } from '../../errors.js';
import { readBackendFile } from '../../files/pipeline/backend-file.js';
import { followFile } from '../../files/system/follow-file.js';
import { openTraceFile } from '../../files/trace/trace-file.js';
import type { SourceSpec, TargetSpec } from '../../model/backend-spec.js';
import type { TunedStage } from '../../tuner/tuner-plan.js';
import { parseWhole } from '../flags/kinds.js';
import { type CliIo, pathFrom } from '../io/io.js';
import type { TuneFlags } from './flags.js';
import { paperIn } from './paper-file.js';

/** Live ends, and those of a rehearsal: replicas on paper (in a file, or in memory), and a trace that is played. */
export interface LiveEnds {
  readonly target: TargetSpec | { readonly kind: 'paper'; readonly path: string | undefined };
  readonly arrivals: SourceSpec | { readonly kind: 'trace'; readonly path: string };
}

const END = /^([^=]*)(?:=(.+))?$/;

/** Throws InputError for an unknown kind, and when nothing says where arrivals are read. */
export function readEnds(
  { backend, target, arrivals }: Pick<TuneFlags, 'backend' | 'target' | 'arrivals'>,
  io: CliIo,
): LiveEnds {
  const file = backend === undefined ? undefined : readBackendFile(pathFrom(io, backend));
  const chosen = target === undefined ? (file?.target ?? parseTarget('local', '--target')) : targetOf(target, file, io);
  const source = arrivals === undefined ? file?.arrivals : arrivalsOf(arrivals, io);
  if (source !== undefined) return { target: chosen, arrivals: source };
  if (chosen.kind === 'local') {
    const { kind, address } = chosen;
    return { target: chosen, arrivals: { kind, ...(address !== undefined && { address }) } };
  }
  throw new InputError(
    'FLAG',
    `--arrivals is missing: ${chosen.kind} needs to know where to read arrivals`,
    'Name the source in a backend file (--backend), or play a trace: --arrivals trace=FILE',
  );
}

function targetOf(text: string, file: { readonly target: TargetSpec } | undefined, io: CliIo): LiveEnds['target'] {
  const [, kind, address] = END.exec(text) ?? [];
  if (kind === 'paper') return { kind, path: address === undefined ? undefined : pathFrom(io, address) };
  const named = parseTarget(text, '--target');
  // The names of the stages still come from the file.
  return file?.target.kind === named.kind ? { ...file.target, ...named, names: file.target.names } : named;
}

function arrivalsOf(text: string, io: CliIo): LiveEnds['arrivals'] {
  const [, kind, address] = END.exec(text) ?? [];
  if (kind === 'trace' && address !== undefined) return { kind, path: pathFrom(io, address) };
  if (kind === 'local') return { kind, ...(address !== undefined && { address }) };
  if (kind === 'push' && address !== undefined) return { kind, port: parseWhole(address, '--arrivals push', 0) };
  throw new InputError(
    'FLAG',
    `--arrivals = ${text === '' ? '(empty)' : text}, must be local[=URL], push=PORT or trace=FILE`,
    'Other sources need a backend file: --backend FILE.',
  );
}

export function openTarget(
  { target }: LiveEnds,
  {
    pipeline,
    stages,
    speed,
    token,
  }: { pipeline: string; stages: readonly TunedStage[]; speed: number; token?: string | undefined },
): Promise<ScalingTarget> {
  if (target.kind !== 'paper') {
    return openScalingTarget({ spec: target, pipeline, stages: stages.map(({ stage }) => stage), token });
  }
  const paper = paperIn(
    target.path,
    stages.map(({ stage }) => stage),
  );
  return Promise.resolve(paperTarget({ stages, clock: systemClock, speed, paper }));
}

export interface ArrivalsWanted {
  /** How fast a trace is played. */
  readonly speed: number;
  /** Time between two checks. */
  readonly intervalMs: number;
  /** The last check of an earlier run, on the clock of the arrivals; undefined starts now. */
  readonly checkedMs: number | undefined;
  /** How much of the past before that check is needed, where the source knows it. */
  readonly historyMs: number;
  /** Of the engine's port, and of the port that takes pushed arrivals. */
  readonly token: string | undefined;
  /** Called at the end of a trace. */
  onEnd(): void;
}

export function openArrivals({ arrivals }: LiveEnds, wanted: ArrivalsWanted): Promise<ArrivalSource> {
  const { speed, intervalMs, checkedMs, historyMs, token, onEnd } = wanted;
  const sinceMs = checkedMs === undefined ? undefined : Math.max(0, checkedMs - historyMs);
  if (arrivals.kind !== 'trace') {
    return openArrivalSource({
      spec: arrivals,
      token,
      follow: followFile,
      ...(sinceMs === undefined ? {} : { sinceMs }),
    });
  }
  const { path } = arrivals;
  openTraceFile(path).close(); // reports a bad trace now
  const play = { sinceMs: sinceMs ?? 0, nowMs: checkedMs ?? 0, speed, intervalMs, onEnd };
  return Promise.resolve(
    traceArrivals({ open: () => openTraceFile(path), place: 'a trace', clock: systemClock, ...play }),
  );
}
