/**
 * The text of the flags of `profile` as values. Each throws InputError `FLAG` with the option, what was given and what
 * is allowed.
 */
import { DATATYPES, type ItemTensor } from '../../backends/shared/stage-input.js';
import { LARGEST_BATCH } from '../../files/limits.js';
import { refusal } from '../flags/kinds.js';

const TARGETS = ['local', 'ssh', 'oip', 'clipper', 'ec2'] as const;

export interface TargetAddress {
  readonly kind: (typeof TARGETS)[number];
  /** Host, URL or type of machine; empty for `local`. */
  readonly address: string;
}

/** `local`, `ssh:gpu-box`, `oip:http://…`, `clipper:http://…`, `ec2:g4dn.xlarge`. */
export function parseTarget(text: string): TargetAddress {
  const [, word = '', address = ''] = /^([a-z0-9]+)(?::(.+))?$/.exec(text) ?? [];
  const kind = TARGETS.find((known) => known === word);
  const isUrl = /^https?:\/\/[^\s/]+/.test(address);
  const fits = {
    local: address === '',
    ssh: /^[^\s-]\S*$/.test(address),
    ec2: /^[a-z0-9-]+\.[a-z0-9-]+$/.test(address),
    oip: isUrl,
    clipper: isUrl,
  };
  if (kind !== undefined && fits[kind]) return { kind, address };
  throw refusal(
    '--target',
    text,
    'local, ssh:HOST, oip:URL, clipper:URL or ec2:TYPE, such as oip:http://localhost:8000',
  );
}

/** `1,2,4,8`, ascending without repetition. */
export function parseBatchSizes(text: string): readonly number[] {
  const sizes = text.split(',').map((part) => (/^\d+$/.test(part.trim()) ? Number(part) : Number.NaN));
  const isGood = sizes.every((size) => size >= 1 && size <= LARGEST_BATCH);
  if (isGood) return [...new Set(sizes)].sort((a, b) => a - b);
  throw refusal('--batch-sizes', text, 'whole numbers from 1, such as 1,2,4,8');
}

/** CPUs that others may use; `any` is no limit. */
export function parseForeign(text: string): number {
  if (text === 'any') return Number.POSITIVE_INFINITY;
  const cpus = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isFinite(cpus)) return cpus;
  throw refusal('--foreign', text, 'a number of CPUs, such as 0.1, or any');
}

/** `stage=value`, each stage once. */
export function parseNamed<T>(
  texts: readonly string[],
  flag: string,
  parse: (text: string) => T,
): ReadonlyMap<string, T> {
  const values = new Map<string, T>();
  for (const text of texts) {
    const [, stage, value] = /^([^=]+)=(.+)$/.exec(text) ?? [];
    if (stage === undefined) throw refusal(flag, text, 'STAGE=VALUE');
    if (values.has(stage)) throw refusal(flag, text, `given once per stage: ${stage} has one already`);
    values.set(stage, parse(value!));
  }
  return values;
}

/**
 * `detect.x=FP32:3x320x320`: by stage, its tensors in the order given. No dimensions after the colon: one number an
 * item.
 */
export function parseInputs(texts: readonly string[]): ReadonlyMap<string, readonly ItemTensor[]> {
  const inputs = new Map<string, readonly ItemTensor[]>();
  for (const text of texts) {
    const [, stage, name, type, dims] = /^(.+)\.([^.=]+)=([A-Z0-9]+)(?::(\d+(?:x\d+)*))?$/.exec(text) ?? [];
    const datatype = DATATYPES.find((known) => known === type);
    const shape = dims === undefined ? [] : dims.split('x').map(Number);
    if (stage === undefined || datatype === undefined || shape.some((size) => size < 1)) {
      const allowed = `STAGE.TENSOR=TYPE:DIMS with a type of ${DATATYPES.join(', ')}, such as detect.x=FP32:3x320x320`;
      throw refusal('--input', text, allowed);
    }
    inputs.set(stage, [...(inputs.get(stage) ?? []), { name: name!, datatype, shape }]);
  }
  return inputs;
}
