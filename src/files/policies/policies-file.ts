/**
 * Reads the parameters of scaling policies: a mapping of names to what each system's own file says. A name is that of a
 * policy, or any other with `policy: NAME` beside the parameters, so that one policy can stand there twice.
 */
import { POLICY_KINDS } from '../../policies/catalogue.js';
import { type Entry, entryAt, fields, isMapping, oneOf, pairs } from '../entry.js';
import { refuseOtherKind } from '../file-kind.js';
import { readYamlFile } from '../yaml-file.js';
import { readHpa, readKeda } from './hpa.js';
import { readInferline } from './inferline.js';
import { readKnative } from './knative.js';
import { readRay } from './ray.js';
import { readAutoscale, readDs2 } from './research.js';

/** One policy of the file. */
export interface ConfiguredPolicy {
  readonly name: string;
  /** Name of its kind, as in the catalogue. */
  readonly kind: string;
  /** What the kind's reader makes of the parameters. */
  readonly own: unknown;
}

/** Kind → its reader. A kind without one takes no parameters: any key is a problem. */
const READERS: Readonly<Record<string, (entry: Entry) => unknown>> = {
  inferline: readInferline,
  'inferline-lean': readInferline,
  'inferline-paper': readInferline,
  'hpa-cpu': readHpa,
  'hpa-rate': readHpa,
  'keda-queue': readKeda,
  kpa: readKnative,
  ray: readRay,
  autoscale: readAutoscale,
  ds2: readDs2,
  'ds2-stop': readDs2,
};

/** Throws one InputError `POLICIES` with every problem. */
export function readPoliciesFile(path: string): readonly ConfiguredPolicy[] {
  const root = readYamlFile(path);
  refuseOtherKind(root, 'policies file');
  const policies = pairs(root, 'a mapping of policies to their parameters').flatMap(([name, entry]) => {
    return name.startsWith('x-') ? [] : [readPolicy(name, entry)];
  });
  root.file.problems.throwIfAny('POLICIES');
  return policies;
}

function readPolicy(name: string, entry: Entry): ConfiguredPolicy {
  const { file, path, value } = entry;
  const kinds = POLICY_KINDS.map((kind) => kind.name);
  if (!isMapping(value) || !Object.hasOwn(value, 'policy')) {
    const kind = oneOf(entryAt(file, path, name), kinds);
    return { name, kind, own: ownOf(kind, entry) };
  }
  const { policy, ...parameters } = value;
  const kind = oneOf(entryAt(file, [...path, 'policy'], policy), kinds);
  return { name, kind, own: ownOf(kind, entryAt(file, path, parameters)) };
}

function ownOf(kind: string, entry: Entry): unknown {
  const reader = READERS[kind];
  return reader === undefined ? void fields(entry, []) : reader(entry);
}
