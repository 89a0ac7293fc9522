/**
 * Measures the models of any server of the Open Inference Protocol (HTTP, JSON tensors): Triton, MLServer, KServe. Each
 * batch is one request, whose first dimension is the batch. Samples are the server's own where it keeps statistics per
 * batch size, as Triton does. Elsewhere they are round trips.
 */
import { BackendError } from '../../errors.js';
import { didYouMean } from '../../model/notation/nearest-name.js';
import type { ProfiledStage, ProfilingTarget } from '../contracts/profiling-target.js';
import { countOf, listOf, maybeUnder, type Piece, piece, textOf, under } from '../shared/answer-shape.js';
import { type Clock, steadyClock } from '../shared/clock.js';
import { askJson, callHttp, type HttpCall, shownUrl } from '../shared/http.js';
import { type BatchOutcome, type BatchRequest, runStreams } from '../shared/run-streams.js';
import { DATATYPES, type Datatype, type ItemTensor } from '../shared/stage-input.js';
import { batchTensors } from './batch-tensors.js';
import { type BatchCounters, hasCounted, readBatchCounters, timeBetween } from './triton-statistics.js';

const CALL_TIMEOUT_MS = 60_000;
/** How often, and after how long, statistics are read again that tell of no batch yet. */
const READS_AGAIN = 10;
const READ_AGAIN_MS = 10;

export interface OipStage {
  readonly stage: string;
  /** Names under which the server may have it; the first that it knows counts. */
  readonly models: readonly string[];
  /** What the server's metadata leaves open. */
  readonly inputs: readonly ItemTensor[];
}

export interface OipOptions {
  readonly url: string;
  readonly stages: readonly OipStage[];
  /** A sequential stream of uniforms in [0, 1). */
  readonly random: () => number;
  readonly call?: HttpCall;
  readonly clock?: Clock;
  readonly signal?: AbortSignal;
}

interface OpenedStage extends ProfiledStage {
  readonly url: string;
  readonly item: readonly ItemTensor[];
}

/**
 * Finds the stages' models on the server, and omits those it does not have. Rejects with BackendError when there is
 * none, when an input's shape is unknown, or when the server does not answer.
 */
export async function openOipTarget(options: OipOptions): Promise<ProfilingTarget> {
  const { random, clock = steadyClock, call = callHttp } = options;
  const url = options.url.replace(/\/+$/, '');
  const get = async (path: string, signal = AbortSignal.timeout(CALL_TIMEOUT_MS)) =>
    piece(await askJson(call, { method: 'GET', url: `${url}${path}`, signal }), shownUrl(`${url}${path}`));
  const server = await get('/v2');
  const stages: OpenedStage[] = [];
  for (const stage of options.stages) {
    const opened = await openStage(stage, { get, url, server: serverName(server) });
    if (opened !== undefined) stages.push(opened);
  }
  if (stages.length === 0) throw await noStage(options.stages, { call, url });

  const counters = new Map<string, BatchCounters>();
  for (const { stage, url: model } of stages) {
    const found = await readStatistics(call, model);
    if (found !== undefined) counters.set(stage, found);
  }
  const hasStatistics = counters.size === stages.length;
  const bodies = new Map<string, string>();

  async function runOne({ stage, batchSize, signal }: BatchRequest): Promise<BatchOutcome> {
    const { url: model, item } = stages.find((known) => known.stage === stage)!;
    const key = `${batchSize} ${stage}`;
    const body = bodies.get(key) ?? JSON.stringify({ inputs: batchTensors(item, batchSize, random) });
    bodies.set(key, body);
    const startMs = clock.nowMs();
    const limit = AbortSignal.any([signal, AbortSignal.timeout(CALL_TIMEOUT_MS)]);
    const answer = await call({ method: 'POST', url: `${model}/infer`, headers: JSON_BODY, body, signal: limit });
    const serviceMs = clock.nowMs() - startMs;
    const before = counters.get(stage);
    if (!hasStatistics || before === undefined) return outcomeOf(answer, serviceMs);
    const outcome = outcomeOf(answer, serviceMs);
    let after = (await readStatistics(call, model)) ?? before;
    // Triton may answer a moment before it counts.
    for (let again = 0; again < READS_AGAIN && !('failure' in outcome) && !hasCounted(before, after); again++) {
      await clock.pause(READ_AGAIN_MS, signal);
      after = (await readStatistics(call, model)) ?? before;
    }
    counters.set(stage, after);
    return 'failure' in outcome ? outcome : timeBetween(before, after, batchSize);
  }

  return {
    describe: () => ({
      kind: 'oip',
      place: shownUrl(url),
      clock: hasStatistics ? 'service' : 'round-trip',
      stages: stages.map(({ url: _, item: __, ...stage }) => stage),
    }),
    runBatches: (streams, signal) => runStreams(streams, runOne, { clock, signal }),
    close: () => Promise.resolve(),
  };
}

const JSON_BODY = { 'content-type': 'application/json', accept: 'application/json' };

function outcomeOf({ status, text }: { status: number; text: string }, serviceMs: number): BatchOutcome {
  if (status < 300) return { serviceMs };
  return { failure: `answered ${status}: ${text.replaceAll(/\s+/g, ' ').slice(0, 200)}` };
}

async function openStage(
  { stage, models, inputs }: OipStage,
  { get, url, server }: { get: (path: string) => Promise<Piece>; url: string; server: string },
): Promise<OpenedStage | undefined> {
  for (const model of models) {
    const path = `/v2/models/${encodeURIComponent(model)}`;
    const metadata = await unlessUnknown(get(path));
    if (metadata === undefined) continue;
    const item = itemOf(metadata, { stage, given: inputs });
    const config = await unlessUnknown(get(`${path}/config`));
    const most = config === undefined ? undefined : maybeUnder(config, 'max_batch_size');
    // Triton writes 0 for a model that does not batch: its first dimension is not the batch.
    const largest = most === undefined ? undefined : Math.max(1, countOf(most));
    const platform = maybeUnder(metadata, 'platform');
    const runtime = [server, platform === undefined ? '' : textOf(platform), model].filter((part) => part !== '');
    return {
      stage,
      runtime: runtime.join(', '),
      replicas: 1,
      ...(largest === undefined ? {} : { largestBatchSize: largest }),
      url: `${url}${path}`,
      item,
    };
  }
  return undefined;
}

/** The server's inputs without their batch dimension; what it leaves open must be given. */
function itemOf(
  metadata: Piece,
  { stage, given }: { stage: string; given: readonly ItemTensor[] },
): readonly ItemTensor[] {
  const inputs = maybeUnder(metadata, 'inputs');
  const declared = (inputs === undefined ? [] : listOf(inputs)).map((input) => {
    const name = textOf(under(input, 'name'));
    const [, ...shape] = listOf(under(input, 'shape')).map(({ value }) => Number(value));
    return { name, datatype: textOf(under(input, 'datatype')), shape };
  });
  if (declared.length === 0 && given.length > 0) return given;
  const open: string[] = [];
  const item = declared.map(({ name, datatype, shape }) => {
    const own = given.find((tensor) => tensor.name === name);
    if (own !== undefined) return own;
    const isKnown = DATATYPES.some((known) => known === datatype) && shape.every((size) => size > 0);
    if (!isKnown) open.push(`${stage}.${name}=${datatype}:DIMS`);
    return { name, datatype: datatype as Datatype, shape };
  });
  if (declared.length === 0) open.push(`${stage}.NAME=TYPE:DIMS`);
  if (open.length === 0) return item;
  throw new BackendError('OIP_INPUT', `${metadata.place}: leaves the type or shape of one item open`, {
    hint: `Give it: ${open.map((text) => `--input ${text}`).join(' ')}`,
  });
}

async function noStage(
  stages: readonly OipStage[],
  { call, url }: { call: HttpCall; url: string },
): Promise<BackendError> {
  const names = stages.flatMap(({ models }) => models);
  const index = await askJson(call, {
    method: 'POST',
    url: `${url}/v2/repository/index`,
    body: {},
    signal: AbortSignal.timeout(CALL_TIMEOUT_MS),
  }).catch(() => []);
  const known = Array.isArray(index) ? index.map((model: { name?: unknown }) => String(model.name)) : [];
  const nearest = names.map((name) => didYouMean(name, known)).find((text) => text !== '') ?? '';
  const has = known.length === 0 ? '' : `; it has ${known.join(', ')}`;
  return new BackendError('OIP_MODEL', `${shownUrl(url)}: has none of ${names.join(', ')}${nearest}${has}`, {
    hint: 'Name the model of a stage: --model-name STAGE=MODEL',
  });
}

async function readStatistics(call: HttpCall, model: string): Promise<BatchCounters | undefined> {
  const signal = AbortSignal.timeout(CALL_TIMEOUT_MS);
  const answer = await unlessUnknown(askJson(call, { method: 'GET', url: `${model}/stats`, signal }));
  return answer === undefined ? undefined : readBatchCounters(piece(answer, shownUrl(`${model}/stats`)));
}

/** What a server refuses, or does not answer in JSON, it does not have. */
async function unlessUnknown<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    const isUnknown = error instanceof BackendError && ['BACKEND_REJECTED', 'BACKEND_ANSWER'].includes(error.code);
    if (isUnknown) return undefined;
    throw error;
  }
}

function serverName(server: Piece): string {
  const name = maybeUnder(server, 'name');
  const version = maybeUnder(server, 'version');
  return [name, version].flatMap((part) => (part === undefined ? [] : [textOf(part)])).join(' ');
}
