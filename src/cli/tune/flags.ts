/** The options of `tune`. */
import { TUNER_RULES } from '../../tuner/tuner-plan.js';
import { eitherWay, type Flags, gathered, type Kind, toggle, unless, value } from '../flags/flag.js';
import {
  choice,
  dollars,
  duration,
  file,
  inventory,
  kept,
  percent,
  port,
  refusal,
  replicaLimits,
  stageCounts,
  whole,
  word,
} from '../flags/kinds.js';
import { inputFlags } from '../inputs/options.js';
import { tokenFileFlag } from '../inputs/port-token.js';
import { REPORT_FLAG } from '../inputs/report-flag.js';

const FACTOR = /^\d+(\.\d+)?x?$/;
const SHORTEST_COOLDOWN_MS = 1000;
const SHORTEST_INTERVAL_MS = 10;
const LONGEST_INTERVAL_MS = 5000;

const interval: Kind<number> = {
  ...duration,
  parse(text, option) {
    const ms = duration.parse(text, option);
    if (ms < SHORTEST_INTERVAL_MS || ms > LONGEST_INTERVAL_MS) throw refusal(option, text, 'from 10ms to 5s');
    return ms;
  },
};

const cooldown: Kind<number> = {
  ...duration,
  parse(text, option) {
    const ms = duration.parse(text, option);
    if (ms < SHORTEST_COOLDOWN_MS) throw refusal(option, text, 'at least 1s');
    return ms;
  },
};

const speed: Kind<number> = {
  placeholder: 'factor',
  parse(text, option) {
    const factor = FACTOR.test(text) ? Number.parseFloat(text) : 0;
    if (factor > 0) return factor;
    throw refusal(option, text, 'a factor more than 0, such as 60x');
  },
};

const growth: Kind<number> = {
  placeholder: 'factor',
  parse(text, option) {
    const factor = FACTOR.test(text) ? Number.parseFloat(text) : 0;
    if (factor >= 1) return factor;
    throw refusal(option, text, 'a factor from 1 on, such as 10x');
  },
};

const { trace: _, ...inputs } = inputFlags('plan');

export const TUNE_FLAGS = {
  replay: value({ ...file, placeholder: 'trace' }, { help: 'replay this trace instead of driving a live system' }),
  check: toggle('exit 3 when the SLO is not met', { needs: ['replay'] }),
  backend: value(file, {
    help: 'where replicas are set and arrivals are read, YAML (docs/backends.md)',
    excludes: ['replay'],
  }),
  target: value(word('kind[=address]'), {
    help: 'local, triton, ray-serve, kubernetes, ec2, or paper',
    otherwise: "the backend file's, or local=http://127.0.0.1:8080",
    excludes: ['replay'],
  }),
  arrivals: value(word('kind[=address]'), {
    help: 'local=URL, push=PORT or trace=FILE',
    otherwise: "the backend file's, or the local target's",
    excludes: ['replay'],
  }),
  apply: toggle('change replicas; the default where they are on this machine', { excludes: ['dry-run', 'replay'] }),
  dryRun: toggle('only say what would be changed; the default elsewhere', { excludes: ['replay'] }),
  handHoldMs: value(duration, {
    help: 'how long a number of replicas that somebody else set is left alone',
    default: '10m',
  }),
  replan: toggle(
    'when the traffic has left the plan for good, make another one and go on with it where only replicas differ',
    { excludes: ['replay'] },
  ),
  journal: value(kept, {
    help: 'where decisions are written down',
    otherwise: 'PIPELINE.tune.journal beside the plan',
    excludes: ['replay'],
  }),
  metricsPort: value(port, {
    help: 'serve metrics for Prometheus on this port of 127.0.0.1',
    excludes: ['replay'],
  }),
  tokenFile: tokenFileFlag("that the engine of serve asks for, and that tune's own ports ask for"),
  panel: unless('a line per event, on a terminal too'),
  speed: value(speed, { help: 'how fast a trace given as --arrivals is played', default: '1x' }),
  ...inputs,
  rules: value(choice(TUNER_RULES), {
    help: "inferline: the paper's; guarded: with what keeps them from swinging; lean: guarded, and quicker to remove",
    default: 'guarded',
  }),
  intervalMs: value(interval, { help: 'time between two checks', default: '100ms' }),
  maxReplicas: gathered(replicaLimits, { help: 'most replicas of any stage (4), or of one (classify=4)' }),
  minReplicas: gathered(stageCounts, {
    help: 'fewest replicas of a stage',
    otherwise: "the plan's or the pipeline's, or 1",
  }),
  maxGrowth: value(growth, {
    help: 'most replicas of a stage, as a multiple of its planned ones, where --max-replicas does not name it',
    otherwise: '10x, and no limit with --rules inferline',
  }),
  tolerance: value(percent, {
    help: 'how much fuller than planned a window may be before replicas are added',
    otherwise: '10%, and 0% with --rules inferline',
  }),
  cooldownMs: value(cooldown, { help: 'time from the last change to the next removal', default: '15s' }),
  inventory: gathered(inventory, {
    help: 'most replicas on a kind of hardware',
    otherwise: "the hardware file's",
  }),
  maxStep: value(whole(1, 'count'), { help: 'most replicas of a stage that one decision adds or removes' }),
  maxUsdPerHour: value(dollars('dollars per hour, more than 0, such as 12.5', 'number'), {
    help: 'most that all replicas together may cost',
    otherwise: "live, 10 times (or --max-growth times) the plan's cost",
  }),
  checkChange: eitherWay('simulate each change on the arrivals of the last minute before it is made', 'never do that', {
    otherwise: 'where it takes little time',
  }),
  report: { ...REPORT_FLAG, needs: ['replay'] },
} as const;

export type TuneFlags = Flags<typeof TUNE_FLAGS>;
