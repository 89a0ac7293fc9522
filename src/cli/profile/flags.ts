/** The options of `profile`. */
import { PROFILE_CURVES } from '../../model/profile.js';
import { type Flags, type GatheredKind, gathered, type Kind, moved, repeatable, toggle, value } from '../flags/flag.js';
import {
  choice,
  dollars,
  duration,
  file,
  kept,
  latency,
  parseWhole,
  percent,
  percentile,
  refusal,
  whole,
  word,
} from '../flags/kinds.js';
import { DEFAULT_PERCENTILE, DEFAULT_SEED, JSON_FLAG } from '../inputs/options.js';
import { REPORT_FLAG } from '../inputs/report-flag.js';
import { parseBatchSizes, parseForeign, parseInputs, parseNamed, parseTarget } from './flag-values.js';

const duty: Kind<number> = {
  ...percent,
  parse(text, option) {
    const share = percent.parse(text, option);
    if (share < 0.01 || share > 0.99) throw refusal(option, text, 'from 1% to 99%');
    return share;
  },
};

const replicas: GatheredKind<ReadonlyMap<string, number>> = {
  placeholder: 'stage=count',
  completes: 'stage=',
  parse: (texts, option) => parseNamed(texts, option, (text) => parseWhole(text, option, 1)),
};

function named(placeholder: string): GatheredKind<ReadonlyMap<string, string>> {
  return {
    placeholder,
    completes: 'stage=',
    parse: (texts, option) => parseNamed(texts, option, (text) => text),
  };
}

/** What only some targets ask for. */
const TARGET_FLAGS = {
  queries: value(whole(1, 'count'), {
    help: 'local: sample queries that show what stages get and where queries go',
    default: '100',
  }),
  writeRouting: toggle('local: write the measured probabilities and fan-outs into the pipeline file'),
  modelFile: gathered(named('stage=file'), {
    help: 'ssh, ec2: .onnx, .pt or workloads.py:NAME; host:PATH lies there',
  }),
  modelName: gathered(named('stage=name'), { help: 'oip, clipper: model or application of a stage' }),
  input: gathered(
    { placeholder: 'stage.tensor=type:dims', parse: parseInputs },
    { help: 'one item, such as detect.x=FP32:3x320x320' },
  ),
  threads: value(whole(1, 'count'), { help: 'ssh, ec2: threads of one replica', default: '1' }),
  device: value(choice(['cpu', 'cuda']), { help: 'ssh, ec2: where models run', default: 'cpu' }),
  python: value(word('command'), { help: 'ssh, ec2: Python on the host', default: 'python3' }),
  sshConfig: value(file, { help: 'ssh, ec2: instead of ~/.ssh/config' }),
  redis: value(word('host:port'), {
    help: 'clipper: its Redis, to set batch limits (with --model-name stage=app:model:version)',
  }),
  management: value(word('url'), { help: 'clipper: management frontend, to ask for input types' }),
  image: value(word('ami'), { help: 'ec2: image with Python and the runtime' }),
  sshUser: value(word('name'), { help: 'ec2: user of the image', default: 'ubuntu' }),
  keyName: value(word('name'), { help: 'ec2: key pair' }),
  subnet: value(word('id'), { help: 'ec2: subnet' }),
  securityGroup: repeatable(word('id'), { help: 'ec2: security group that lets ssh in' }),
  privateAddress: toggle('ec2: reach the machine at its private address'),
  spot: toggle('ec2: at the spot price'),
  region: value(word('name'), { help: 'ec2: region', otherwise: "the AWS command line's" }),
  endpoint: value(word('url'), { help: 'ec2: another endpoint than that of AWS' }),
  lifetimeMs: value(duration, { help: 'ec2: the machine terminates itself after so long', default: '1h' }),
  maxUsd: value(dollars('dollars, such as 0.50', 'dollars'), {
    help: 'ec2: most that the machine may cost',
    default: '1',
  }),
  setup: value(word('command'), { help: 'ec2: shell command that prepares the machine' }),
} as const;

export const PROFILE_FLAGS = {
  target: value(
    { placeholder: 'where', parse: parseTarget },
    { help: 'local, ssh:HOST, oip:URL, clipper:URL or ec2:TYPE', default: 'local' },
  ),
  as: value(
    { ...word('hardware'), completes: 'hardware' },
    { help: 'kind of hardware that the rows are for', otherwise: 'the one that fits the target' },
  ),
  only: repeatable({ ...word('name'), completes: 'stage' }, { help: 'measure this stage only' }),
  stage: moved('--only now: infer-plan profile --only NAME'),
  batchSizes: value({ placeholder: 'list', parse: parseBatchSizes }, { help: 'batch sizes', default: '1,2,4,8,16,32' }),
  curve: value(choice([...PROFILE_CURVES, 'both']), { help: 'curves to measure', default: 'both' }),
  budgetMs: value(latency, { help: 'longest time for one row', default: '10s' }),
  usable: toggle('only batch sizes that a plan could use under the SLO'),
  sloMs: value(latency, { help: 'objective of --usable', otherwise: "the pipeline file's", needs: ['usable'] }),
  percentile: value(percentile, {
    help: 'share of queries that must meet it, in percent',
    otherwise: `the file's, or ${DEFAULT_PERCENTILE}`,
  }),
  duty: value(duty, { help: 'share of the time in which the busiest stage is busy while paced', default: '50%' }),
  replicas: gathered(replicas, { help: 'replicas alive while paced (local and ssh)', otherwise: '1 each' }),
  foreign: value(
    { placeholder: 'cpus', parse: parseForeign },
    { help: 'CPUs that others may use before a block is thrown away, or any', default: '0.1' },
  ),
  machine: value(word('text'), {
    help: 'class of the measuring machine, for the source column',
    otherwise: 'its processor',
  }),
  output: value(kept, {
    short: 'o',
    help: 'profile to put rows into, CSV',
    otherwise: "the pipeline file's, where it names one",
  }),
  resume: toggle('leave rows that are there as they are, and measure the others'),
  seed: value(whole(0), { help: 'seed of gaps, sizes and inputs', default: String(DEFAULT_SEED) }),
  json: JSON_FLAG,
  ...TARGET_FLAGS,
  report: REPORT_FLAG,
} as const;

export type ProfileFlags = Flags<typeof PROFILE_FLAGS>;
