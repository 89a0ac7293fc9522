/**
 * The files of a new pipeline: a template with the user's name and objective, and of the shipped profiles and hardware
 * what its models need. Every row and price keeps its source.
 */
import { stringify } from 'yaml';
import { formatDuration } from '../../model/notation/quantity.js';
import { readTextFile } from '../system/read-text.js';
import { parseYaml } from '../yaml-file.js';
import { hardwareText } from './hardware-text.js';

const PROFILES_MIB = 16;

/** Paths of what is shipped. */
export interface Shipped {
  readonly template: string;
  readonly profiles: readonly string[];
  readonly hardware: string;
}

export interface StarterFiles {
  readonly pipeline: string;
  readonly profiles: string;
  readonly hardware: string;
}

/** The texts of a new pipeline's files. The trace is drawn apart. */
export function starterFiles(
  shipped: Shipped,
  given: { readonly name: string; readonly sloMs?: number },
): StarterFiles {
  const text = readTextFile(shipped.template);
  const models = modelsIn(text, shipped.template);
  const profiles = profileRows(shipped.profiles, models);
  const kinds = new Set(profiles.rows.map((row) => row.split(',')[1]!));
  return {
    pipeline: named(text, given),
    profiles: [profiles.header, ...profiles.rows, ''].join('\n'),
    hardware: hardwareText(shipped.hardware, kinds),
  };
}

function named(text: string, { name, sloMs }: { name: string; sloMs?: number }): string {
  const withName = text.replace(/^name: \S+/m, () => `name: ${stringify(name).trim()}`);
  return sloMs === undefined ? withName : withName.replace(/^slo: \S+/m, () => `slo: ${formatDuration(sloMs)}`);
}

function modelsIn(text: string, path: string): Set<string> {
  const { stages } = parseYaml(path, text).value as { stages: readonly { model: string }[] };
  return new Set(stages.map(({ model }) => model));
}

/** The shipped profiles are plain: one row a line, its model first. */
function profileRows(paths: readonly string[], models: ReadonlySet<string>): { header: string; rows: string[] } {
  const tables = paths.map((path) => readTextFile(path, PROFILES_MIB).trimEnd().split('\n'));
  const rows = tables.flatMap(([, ...lines]) => lines.filter((line) => models.has(line.split(',')[0]!)));
  return { header: tables[0]![0]!, rows };
}
