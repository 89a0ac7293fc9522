/**
 * Exports of load generators in JSON: perf_analyzer's `--profile-export-file`, and the summaries of genai-perf and
 * AIPerf. Their latencies are those that the client saw, with one request in flight: network included, no queue.
 */
import { InputError } from '../../errors.js';
import { formatOffered } from '../../model/notation/offered-value.js';
import { ownValue } from '../../model/notation/own-value.js';
import type { ProfileRow } from '../../model/profile.js';
import { isMapping } from '../entry.js';
import { chainOf, type Intake } from './intake.js';
import type { MeasuredOn } from './model-analyzer.js';

const NS_PER_MS = 1e6;
const UNITS_PER_MS: Readonly<Record<string, number>> = { ns: NS_PER_MS, us: 1000, ms: 1, s: 0.001, sec: 0.001 };
type Values = Readonly<Record<string, unknown>>;

/**
 * @param value of the JSON file
 * @throws InputError for other JSON, and without a run of one request in flight
 */
export function loadExportIntake(shown: string, value: unknown, on: MeasuredOn): Intake {
  if (isMapping(value) && Array.isArray(value.experiments)) return fromRequests(shown, value.experiments, on);
  if (isMapping(value) && isMapping(value.request_latency)) return fromSummary(shown, value, on);
  throw new InputError(
    'INTAKE',
    `${shown}: neither \`experiments\` (perf_analyzer) nor \`request_latency\` (genai-perf, AIPerf) in it`,
  );
}

function fromRequests(shown: string, experiments: readonly unknown[], on: MeasuredOn): Intake {
  const runs = experiments.filter(isMapping);
  const alone = runs.find(({ experiment }) => {
    return isMapping(experiment) && experiment.mode === 'concurrency' && experiment.value === 1;
  });
  const requests = alone !== undefined && Array.isArray(alone.requests) ? alone.requests.filter(isMapping) : [];
  const samplesMs = requests
    .map(({ timestamp, response_timestamps: ends }) => {
      const last = Array.isArray(ends) ? ends.at(-1) : undefined;
      return typeof timestamp === 'number' && typeof last === 'number' ? (last - timestamp) / NS_PER_MS : Number.NaN;
    })
    .filter((ms) => ms > 0)
    .sort((a, b) => a - b);
  if (samplesMs.length === 0) throw noRunAlone(shown);
  const at = (percent: number) => samplesMs[Math.ceil((percent / 100) * samplesMs.length) - 1]!;
  return intake(on, {
    batchSize: on.batchSize,
    meanMs: samplesMs.reduce((sum, ms) => sum + ms, 0) / samplesMs.length,
    p50Ms: at(50),
    p95Ms: at(95),
    p99Ms: at(99),
    samples: samplesMs.length,
    runtime: 'triton',
    source: `perf_analyzer (${shown}), concurrency 1, client latency, network included`,
  });
}

function fromSummary(shown: string, value: Values, on: MeasuredOn): Intake {
  const config = isMapping(value.input_config) ? value.input_config : {};
  if (concurrencyOf(config) !== 1) throw noRunAlone(shown);
  const latency = value.request_latency as Values;
  const perMs = typeof latency.unit === 'string' ? ownValue(UNITS_PER_MS, latency.unit) : undefined;
  if (perMs === undefined)
    throw new InputError(
      'INTAKE',
      `${shown}: request_latency.unit = ${formatOffered(latency.unit)}, must be ns, us, ms or s`,
    );
  const ms = (key: string) => {
    const one = latency[key];
    return typeof one === 'number' && one > 0 ? one / perMs : undefined;
  };
  const meanMs = ms('avg');
  if (meanMs === undefined) throw new InputError('INTAKE', `${shown}: request_latency.avg is missing`);
  const [p50Ms, p95Ms, p99Ms] = [ms('p50'), ms('p95'), ms('p99')];
  const count = isMapping(value.request_count) ? value.request_count.avg : undefined;
  return intake(
    { ...on, model: modelOf(config) ?? on.model },
    {
      batchSize: on.batchSize,
      meanMs,
      ...(p50Ms === undefined ? {} : { p50Ms }),
      ...(p95Ms === undefined ? {} : { p95Ms }),
      ...(p99Ms === undefined ? {} : { p99Ms }),
      ...(typeof count === 'number' && count >= 1 ? { samples: Math.round(count) } : {}),
      runtime: 'http',
      source: `AIPerf (${shown}), concurrency 1, request latency, network included`,
    },
  );
}

function intake(on: MeasuredOn, row: ProfileRow): Intake {
  return {
    ...chainOf([on.model]),
    profiles: [{ model: on.model, hardware: on.hardware, row }],
    kinds: [{ name: on.hardware, kind: 'gpu' }],
    notes: [
      `one batch size (${on.batchSize}): a plan batches no further; measure more with \`infer-plan profile\``,
      'latency of a request to a language model depends on its tokens: one time for all of them is a simplification',
      'traffic: the trace is drawn; `infer-plan trace import` reads recorded arrivals',
    ].filter((note) => row.runtime === 'http' || !note.startsWith('latency')),
  };
}

/** AIPerf keeps it in the phases that it measured, older ones and genai-perf each in a place of its own. */
function concurrencyOf(config: Values): unknown {
  const inner = (value: unknown, key: string) => (isMapping(value) ? value[key] : undefined);
  if (Array.isArray(config.phases)) {
    const measured = config.phases.filter((phase) => inner(phase, 'kind') !== 'warmup');
    const [first] = measured;
    return measured.length === 1 && inner(first, 'type') === 'concurrency' ? inner(first, 'concurrency') : undefined;
  }
  return (
    inner(config.loadgen, 'concurrency') ??
    inner(inner(config.perf_analyzer, 'stimulus'), 'concurrency') ??
    config.concurrency
  );
}

function modelOf(config: Values): string | undefined {
  const endpoint = isMapping(config.endpoint) ? config.endpoint : {};
  const items = isMapping(config.models) ? config.models.items : undefined;
  const names = items ?? endpoint.model_names ?? config.model_names ?? config.model;
  const first: unknown = Array.isArray(names) ? names[0] : names;
  const name = isMapping(first) ? first.name : first;
  return typeof name === 'string' && name !== '' ? name.replace(/[^A-Za-z0-9._-]/g, '-') : undefined;
}

function noRunAlone(shown: string): InputError {
  return new InputError(
    'INTAKE',
    `${shown}: no run with one request in flight (concurrency 1); with more, latencies hold waiting`,
  );
}
