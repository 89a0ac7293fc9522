/** The live ends of `tune` by name: where replicas are set, and where arrivals are read. Each is loaded when it is named. */
import type { ArrivalSource } from '../backends/arrival-source.js';
import type { ScalingTarget } from '../backends/scaling-target.js';
import { InputError } from '../errors.js';
import { fileExists } from '../files/file-exists.js';
import { readTextFile } from '../files/read-text.js';
import { openTraceFile } from '../files/trace-file.js';
import { writeFileAtomically } from '../files/write-file.js';
import { didYouMean } from '../model/nearest-name.js';
import { systemClock } from '../tuner/control-loop.js';
import type { PaperReplicas } from '../tuner/control-loop-rehearsal.js';
import type { TunedStage } from '../tuner/tuner-plan.js';
import { type CliIo, pathFrom } from './io.js';

const LOCAL_URL = 'http://127.0.0.1:8080';

/** `kind` or `kind=address`. */
export interface EndName {
  readonly kind: string;
  readonly address: string | undefined;
}

export function parseEnd(text: string, flag: string, kinds: readonly string[]): EndName {
  const [, kind = '', address] = /^([^=]*)(?:=(.+))?$/.exec(text) ?? [];
  if (!kinds.includes(kind)) {
    const nearest = didYouMean(kind, kinds) || `: ${kinds.join(', ')}`;
    throw new InputError('FLAG', `${flag} = ${text === '' ? '(empty)' : text}, must be KIND or KIND=ADDRESS${nearest}`);
  }
  return { kind, address };
}

export const TARGET_KINDS = ['local', 'paper'] as const;
export const ARRIVAL_KINDS = ['local', 'trace'] as const;

export async function openTarget(
  { kind, address }: EndName,
  { io, stages, speed }: { io: CliIo; stages: readonly TunedStage[]; speed: number },
): Promise<ScalingTarget> {
  if (kind === 'paper') {
    const { paperTarget } = await import('../tuner/control-loop-rehearsal.js');
    return paperTarget({ stages, clock: systemClock, speed, paper: paperIn(address && pathFrom(io, address)) });
  }
  const { localTarget } = await import('../backends/local-target.js');
  return localTarget({ url: address ?? LOCAL_URL, stages: stages.map(({ stage }) => stage) });
}

/** `checkedMs` is how far an earlier run came, on the clock of the arrivals; undefined means to begin now. */
export async function openArrivals(
  { kind, address }: EndName,
  { io, speed, checkedMs, historyMs, target, onEnd }: ArrivalsWanted,
): Promise<ArrivalSource> {
  const sinceMs = checkedMs === undefined ? undefined : Math.max(0, checkedMs - historyMs);
  if (kind === 'trace') {
    if (address === undefined) throw new InputError('FLAG', '--arrivals = trace, must be trace=FILE');
    const { traceArrivals } = await import('../tuner/control-loop-rehearsal.js');
    const path = pathFrom(io, address);
    const open = () => openTraceFile(path);
    return traceArrivals({
      open,
      place: address,
      clock: systemClock,
      speed,
      sinceMs: sinceMs ?? 0,
      nowMs: checkedMs ?? 0,
      onEnd,
    });
  }
  const url = address ?? (target.kind === 'local' ? target.address : undefined) ?? LOCAL_URL;
  const { localArrivals } = await import('../backends/local-arrivals.js');
  return localArrivals({ url, ...(sinceMs === undefined ? {} : { sinceMs }) });
}

export interface ArrivalsWanted {
  readonly io: CliIo;
  /** Of a trace. */
  readonly speed: number;
  readonly checkedMs: number | undefined;
  /** How far back from there the past is asked for, where the source knows it. */
  readonly historyMs: number;
  readonly target: EndName;
  /** A trace has come to its end. */
  onEnd(): void;
}

/** Replicas on paper: in a file that outlives this process, or in memory. */
function paperIn(path: string | undefined): PaperReplicas {
  if (!path) {
    let kept: Readonly<Record<string, number>> | undefined;
    return {
      read: () => kept,
      write: (replicas) => {
        kept = replicas;
      },
    };
  }
  return {
    read: () => (fileExists(path) ? (JSON.parse(readTextFile(path)) as Record<string, number>) : undefined),
    write: (replicas) => writeFileAtomically(path, `${JSON.stringify(replicas)}\n`),
  };
}
