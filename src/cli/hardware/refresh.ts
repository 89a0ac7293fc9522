import { openEc2Api } from '../../backends/ec2/ec2-launch-api.js';
import { refreshedHardware } from '../../backends/ec2/ec2-prices.js';
import { today } from '../../backends/shared/wall-clock.js';
import type { Problems } from '../../files/problems.js';
import { withHardware } from '../../files/profile/hardware-edit.js';
import { readHardwareFile } from '../../files/profile/hardware-file.js';
import { readTextFile, shownPath } from '../../files/system/read-text.js';
import { STANDARD_STREAM } from '../../files/system/standard-input.js';
import { checkWritable, writeFileAtomically } from '../../files/system/write-file.js';
import { didYouMean } from '../../model/notation/nearest-name.js';
import { formatNames } from '../../model/notation/offered-value.js';
import { formatRefresh, refreshJson } from '../../report/hardware-report.js';
import { toolName } from '../inputs/provenance.js';
import { type CliIo, pathFrom, reportStyle } from '../io/io.js';
import type { RefreshFlags } from './flags.js';

/**
 * Asks EC2, writes the file unless it is a dry run, and prints what changed. A file from standard input goes to standard
 * output, with its new prices or without, and the report to standard error.
 */
export async function refresh(file: string, flags: RefreshFlags, io: CliIo, problems: Problems): Promise<void> {
  const path = pathFrom(io, file);
  const isStream = file === STANDARD_STREAM;
  if (!flags.dryRun && isStream && flags.json)
    problems.add('- cannot be combined with --json unless --dry-run is given: both write to standard output');
  if (!flags.dryRun && !isStream) problems.attempt(() => checkWritable(path));
  const hardware = problems.attempt(() => readHardwareFile(path));
  if (hardware === undefined) throw problems.asError('INPUT');
  const names = hardware.map(({ name }) => name);
  for (const name of flags.only ?? []) {
    if (names.includes(name)) continue;
    problems.add(
      `--only = ${name}, must be in ${shownPath(path)}${didYouMean(name, names) || `: ${formatNames(names)}`}`,
    );
  }
  const added = flags.add ?? [];
  for (const type of added) {
    if (names.includes(type)) problems.add(`--add = ${type}, must be new: ${shownPath(path)} has a kind of that name`);
  }
  problems.throwIfAny('FLAG');

  const { region, endpoint, only = names } = flags;
  const api = await openEc2Api({ ...(region && { region }), ...(endpoint && { endpoint }) });
  const wanted = added.length > 0 && flags.only === undefined ? [] : hardware.filter(({ name }) => only.includes(name));
  const result = await refreshedHardware(api, { hardware: wanted, added, asOf: today() });
  const hasChanges = result.updates.length + result.added.length > 0;
  const isWritten = !flags.dryRun && hasChanges;
  const told = { file: shownPath(path), ...result, isWritten };
  const report = flags.json ? refreshJson(told, { tool: toolName() }) : formatRefresh(told, reportStyle(io));
  const text = () => {
    const present = readTextFile(path);
    return hasChanges ? withHardware(present, result.updates, result.added) : present;
  };
  if (isStream && !flags.dryRun) {
    io.stderr(report);
    io.stdout(text());
    return;
  }
  if (isWritten) writeFileAtomically(path, text());
  io.stdout(report);
  if (isWritten) io.stderr(`Wrote ${shownPath(path)}\n`);
}
