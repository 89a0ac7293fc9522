/** Reads `backend.yaml`: the system that sets a pipeline's replicas and the source of its arrivals. */

import { dirname, resolve } from 'node:path';
import {
  type BackendSpec,
  COUNTED_SERVERS,
  SOURCE_KINDS,
  type SourceSpec,
  TARGET_KINDS,
  type TargetSpec,
} from '../../model/backend-spec.js';
import { LOG_FORMATS } from '../../model/notation/access-log-line.js';
import {
  checkVersion,
  durationMs,
  type Entry,
  fields,
  integerWithin,
  oneOf,
  pairs,
  pathText,
  refuse,
  text,
} from '../entry.js';
import { refuseOtherKind } from '../file-kind.js';
import { LONGEST_MS } from '../limits.js';
import { readYamlFile } from '../yaml-file.js';

const VERSION = 1;
const TARGET_KEYS = ['address', 'names', 'namespace', 'kubeconfig', 'drain'] as const;
/** Keys of a target that only one kind has. */
const ONLY_FOR: Readonly<Record<string, string>> = { namespace: 'kubernetes', kubeconfig: 'kubernetes', drain: 'ec2' };
/** Keys that some kind of source has. */
const SOURCE_KEYS = [
  'address',
  'server',
  'entry',
  'poll',
  'format',
  'hold',
  'selector',
  'scrape_interval',
  'port',
  'window',
] as const;
const MOST_PORT = 65_535;

/** Paths are relative to the file's folder. Throws one InputError `BACKEND` with every problem. */
export function readBackendFile(path: string): BackendSpec {
  const root = readYamlFile(path);
  refuseOtherKind(root, 'backend file');
  checkVersion(root, VERSION, `This infer-plan reads version ${VERSION} of the backend file.`);
  const field = fields(root, ['version', 'target'], ['arrivals']);
  const inFolder = (written: string) => resolve(dirname(path), written);
  const target = readTarget(field.target, inFolder);
  const arrivals = field.arrivals && readSource(field.arrivals, inFolder);
  root.file.problems.throwIfAny('BACKEND');
  return { target, ...(arrivals && { arrivals }) };
}

function readTarget(entry: Entry, inFolder: (path: string) => string): TargetSpec {
  const field = fields(entry, ['kind'], TARGET_KEYS);
  const kind = oneOf(field.kind, TARGET_KINDS);
  for (const [key, owner] of Object.entries(ONLY_FOR)) {
    const offered = field[key as keyof typeof field];
    if (offered !== undefined && owner !== kind) refuse(offered, `left out: only kind ${owner} has it`);
  }
  const names =
    field.names === undefined ? [] : pairs(field.names, 'a mapping of stages to what they are called there');
  return {
    kind,
    names: Object.fromEntries(names.map(([stage, name]) => [stage, text(name)])),
    ...(field.address && { address: text(field.address) }),
    ...(field.namespace && { namespace: text(field.namespace) }),
    ...(field.kubeconfig && { kubeconfig: inFolder(pathText(field.kubeconfig, 'the path of a kubeconfig')) }),
    ...(field.drain && { drainMs: duration(field.drain) }),
  };
}

/** The keys of each kind of source. */
function readSource(entry: Entry, inFolder: (path: string) => string): SourceSpec {
  const kind = kindOf(entry);
  switch (kind) {
    case 'local': {
      const field = fields(entry, ['kind'], ['address']);
      return { kind, ...(field.address && { address: text(field.address) }) };
    }
    case 'counter': {
      const field = fields(entry, ['kind', 'address', 'server', 'entry'], ['poll']);
      const server = oneOf(field.server, COUNTED_SERVERS);
      const counted = { kind, address: text(field.address), server, entry: text(field.entry) };
      return { ...counted, ...(field.poll && { pollMs: duration(field.poll) }) };
    }
    case 'access-log': {
      const field = fields(entry, ['kind', 'address', 'format'], ['hold']);
      const log = {
        kind,
        address: inFolder(pathText(field.address, 'the path of a log')),
        format: oneOf(field.format, LOG_FORMATS),
      };
      return { ...log, ...(field.hold && { holdMs: duration(field.hold) }) };
    }
    case 'promql': {
      const field = fields(entry, ['kind', 'address', 'selector', 'scrape_interval']);
      return {
        kind,
        address: text(field.address),
        selector: text(field.selector),
        scrapeMs: duration(field.scrape_interval),
      };
    }
    case 'push': {
      const field = fields(entry, ['kind', 'port'], ['window']);
      const port = integerWithin(field.port, 1, MOST_PORT);
      return { kind, port, ...(field.window && { windowMs: duration(field.window) }) };
    }
  }
}

/** Reads the kind first: it decides which other keys are allowed. */
function kindOf(entry: Entry): (typeof SOURCE_KINDS)[number] {
  const { value } = entry;
  const offered = typeof value === 'object' && value !== null && 'kind' in value ? value.kind : undefined;
  const known = SOURCE_KINDS.find((kind) => kind === offered);
  if (known !== undefined) return known;
  oneOf(fields(entry, ['kind'], SOURCE_KEYS).kind, SOURCE_KINDS);
  return 'local';
}

function duration(entry: Entry): number {
  return durationMs(entry, (ms) => ms > 0 && ms <= LONGEST_MS, 'longer than 0');
}
