/** Files that are read for their problems alone, because another file has some: all are reported at once. */
import type { Problems } from '../../files/problems.js';
import { readHardwareFile } from '../../files/profile/hardware-file.js';
import { readProfileFiles } from '../../files/profile/profile-file.js';
import { openTraceFile, readTraceFile } from '../../files/trace/trace-file.js';
import type { Hardware } from '../../model/hardware.js';
import type { ArrivalTrace } from '../../model/trace.js';
import { scaledSource, scaledTrace } from '../../workload/reshape.js';
import { type CliIo, pathFrom } from '../io/io.js';
import type { InputFlags } from './options.js';

/** Absolute paths. */
interface NamedFiles {
  readonly profilePaths?: readonly string[] | undefined;
  readonly hardwarePath?: string | undefined;
  readonly tracePath?: string | undefined;
}

/**
 * Reads the files that options name, or else `named`, and adds what is wrong with them.
 * @returns the hardware, where its file can be read
 */
export function readNamedFiles(
  flags: Pick<InputFlags, 'profiles' | 'hardware' | 'trace'>,
  named: NamedFiles,
  { io, problems }: { readonly io: CliIo; readonly problems: Problems },
): readonly Hardware[] | undefined {
  const given = (path: string | undefined) => (path === undefined ? undefined : pathFrom(io, path));
  const profiles = flags.profiles?.map((path) => pathFrom(io, path)) ?? named.profilePaths;
  const hardware = given(flags.hardware) ?? named.hardwarePath;
  const trace = given(flags.trace) ?? named.tracePath;
  if (profiles !== undefined) problems.attempt(() => readProfileFiles(profiles));
  const kinds = hardware === undefined ? undefined : problems.attempt(() => readHardwareFile(hardware));
  if (trace !== undefined) problems.attempt(() => readTraceFile(trace));
  return kinds;
}

/**
 * Opens a trace that is read while the command works. Where other files have problems, the command does not come to
 * that, so the trace is read to its end at once for its own.
 */
export function openTraceOrRead(path: string, scale: number, problems: Problems): ReturnType<typeof openTraceFile> {
  if (problems.count > 0) readTraceFile(path);
  const source = openTraceFile(path);
  return scale === 1 ? source : { ...scaledSource(source, scale), close: source.close };
}

/** Reads a trace whose traffic is multiplied. */
export function readTraceAt(path: string, scale: number): ArrivalTrace {
  const trace = readTraceFile(path);
  return scale === 1 ? trace : scaledTrace(trace, scale);
}
