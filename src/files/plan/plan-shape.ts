/** The keys of `plan.yaml` in written order, each with its allowed values. */
import { STAGE_NAME } from '../../model/check-pipeline.js';
import { isPercentile } from '../../model/check-slo.js';
import type { Pin } from '../../model/plan/pin.js';
import {
  type Certificate,
  type EnvelopePoint,
  type InputFile,
  type PackedInstances,
  type Packing,
  PLAN_VERSION,
  type Plan,
  type PlannedStage,
  SEARCHED_BATCH_SIZES,
} from '../../model/plan/plan.js';
import type { PromiseReport } from '../../model/plan/promise-report.js';
import type { TrafficModel } from '../../model/plan/traffic-model.js';
import type { HoldOut, Validated } from '../../model/plan/validated.js';
import { SERVICE_MODELS } from '../../model/profile.js';
import type { Slo } from '../../model/slo.js';
import { type Codec, list, plain, record } from '../codec.js';
import {
  type Entry,
  fields,
  integerWithin,
  numberWithin,
  oneOf,
  pairs,
  pathText,
  text,
  textLike,
  trueOrFalse,
} from '../entry.js';
import { LARGEST_BATCH, LONGEST_MS, MOST_REPLICAS, SHORTEST_MS } from '../limits.js';

const INPUT_ROLES: readonly InputFile['role'][] = ['pipeline', 'profiles', 'hardware', 'trace', 'samples'];

const line = plain((entry) => text(entry));
const name = plain((entry) => textLike(entry, STAGE_NAME, 'letters, digits, - _ and .'));
const amount = number((value) => value >= 0, 'at least 0');
const ratio = number((value) => value >= 0 && value <= 1, 'between 0 and 1');
const count = integer(0, Number.MAX_SAFE_INTEGER);
const replicas = integer(1, MOST_REPLICAS);

const SLO = record<Slo>({
  latencyMs: number((ms) => ms >= SHORTEST_MS && ms <= LONGEST_MS, `between ${SHORTEST_MS} and ${LONGEST_MS}`),
  percentile: number(isPercentile, 'from 1 to 100, with at most four decimals'),
});

const STAGE = record<PlannedStage>({
  stage: name,
  hardware: name,
  maxBatchSize: integer(1, LARGEST_BATCH),
  replicas,
  costUsdPerHour: amount,
  scaleFactor: amount,
  throughputQps: amount,
  provisioningRatio: amount,
  utilisation: ratio,
  meanBatchSize: amount,
  queueingDelayP99Ms: amount,
  tailShare: ratio,
});

const PREDICTED = record<Plan['predicted']>({
  queries: count,
  meanRateQps: amount,
  sloAttainment: ratio,
  meanMs: amount,
  p50Ms: amount,
  p90Ms: amount,
  p95Ms: amount,
  p99Ms: amount,
  p999Ms: amount,
  maxMs: amount,
});

const CERTIFICATE = record<Certificate>(
  {
    isProved: plain(trueOrFalse),
    lowerBoundUsdPerHour: amount,
    gapRatio: ratio,
    misses: count,
    allowedMisses: count,
    maxBatchSizes: plain((entry) => oneOf(entry, SEARCHED_BATCH_SIZES)),
  },
  ['maxBatchSizes'],
);

const PACKING = record<Packing>({
  costUsdPerHour: amount,
  instances: list(
    record<PackedInstances>({
      instance: line,
      count: replicas,
      priceUsdPerHour: amount,
      runs: list(record<PackedInstances['runs'][number]>({ stage: name, replicas }), 'stages', 1),
    }),
    'instances',
    1,
  ),
});

const TRAFFIC: Codec<TrafficModel> = {
  read(entry) {
    const kind = fields(entry, ['kind'], ['rate_qps', 'cv', 'block_ms']).kind;
    const isBlocks = kind !== undefined && oneOf(kind, ['gamma', 'blocks'] as const) === 'blocks';
    return isBlocks ? BLOCKS.read(entry) : GAMMA.read(entry);
  },
  write: (traffic) => (traffic.kind === 'blocks' ? BLOCKS.write(traffic) : GAMMA.write(traffic)),
};

const GAMMA = record<Extract<TrafficModel, { kind: 'gamma' }>>({
  kind: plain((): 'gamma' => 'gamma'),
  rateQps: amount,
  cv: amount,
});
const BLOCKS = record<Extract<TrafficModel, { kind: 'blocks' }>>({
  kind: plain((): 'blocks' => 'blocks'),
  blockMs: amount,
});

const PROMISE = record<PromiseReport>({
  traffic: TRAFFIC,
  replications: count,
  queriesPerDraw: count,
  meanAttainment: ratio,
  lowerBound: ratio,
  spread: amount,
  target: ratio,
  holds: plain(trueOrFalse),
});

/** Plans that do not say how much was held out come from a version that always held out a fifth. */
const USUAL_HOLD_OUT = 0.2;
const TAIL = record<Partial<HoldOut>>({ timeRatio: ratio, queries: count, sloAttainment: ratio }, ['timeRatio']);
const HOLD_OUT: Codec<HoldOut> = {
  read: (entry) => ({ timeRatio: USUAL_HOLD_OUT, ...(TAIL.read(entry) as Omit<HoldOut, 'timeRatio'>) }),
  write: TAIL.write,
};

const VALIDATED = record<Validated>(
  {
    promise: PROMISE,
    traceMs: amount,
    neededTraceMs: amount,
    holdOut: HOLD_OUT,
    unpromisedCostUsdPerHour: amount,
  },
  ['holdOut', 'unpromisedCostUsdPerHour'],
);

const ENVELOPE_POINT = record<EnvelopePoint>({ windowMs: amount, queries: count, rateQps: amount });

const INPUT = record<InputFile>({
  role: plain((entry) => oneOf(entry, INPUT_ROLES)),
  path: plain((entry) => pathText(entry, 'the path of a file')),
  sha256: plain((entry) => textLike(entry, /^[0-9a-f]{64}$/, '64 hexadecimal digits')),
});

/** Replicas by hardware or by stage. */
function counts(of: string, least: number): Codec<Readonly<Record<string, number>>> {
  return plain((entry) =>
    Object.fromEntries(pairs(entry, of).map(([name, most]) => [name, integerWithin(most, least, MOST_REPLICAS)])),
  );
}

const PIN = record<Pin>({ stage: line, hardware: line, maxBatchSize: integer(1, LARGEST_BATCH), replicas }, [
  'maxBatchSize',
  'replicas',
]);

const PROVENANCE = record<Plan['provenance']>(
  {
    tool: line,
    seed: integer(0, Number.MAX_SAFE_INTEGER),
    search: line,
    maxReplicas: replicas,
    stageMaxReplicas: counts('replicas by stage', 1),
    stageMinReplicas: counts('replicas by stage', 1),
    inventory: counts('replicas by hardware', 0),
    pins: list(PIN, 'pins', 1),
    traceScale: number((value) => value > 0, 'above 0'),
    inputs: list(INPUT, 'input files'),
  },
  ['maxReplicas', 'stageMaxReplicas', 'stageMinReplicas', 'inventory', 'pins', 'traceScale'],
);

/** Reads and writes a whole plan. */
export const PLAN = record<Plan>(
  {
    version: plain((): typeof PLAN_VERSION => PLAN_VERSION),
    pipeline: line,
    slo: SLO,
    serviceModel: plain((entry) => oneOf(entry, SERVICE_MODELS)),
    stages: list(STAGE, 'stages', 1),
    costUsdPerHour: amount,
    costUsdPerMillionQueries: amount,
    predicted: PREDICTED,
    packing: PACKING,
    certificate: CERTIFICATE,
    validated: VALIDATED,
    envelope: list(ENVELOPE_POINT, 'windows'),
    provenance: PROVENANCE,
  },
  ['packing', 'certificate', 'validated'],
);

function number(isAllowed: (value: number) => boolean, allowed: string): Codec<number> {
  return plain((entry: Entry) => numberWithin(entry, isAllowed, allowed));
}

function integer(least: number, most: number): Codec<number> {
  return plain((entry: Entry) => integerWithin(entry, least, most));
}
