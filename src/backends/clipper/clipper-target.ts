/**
 * Measures through Clipper's query frontend: `POST /{app}/predict` with the batch as `input_batch`, one application per
 * stage.
 *
 * Three habits of Clipper would spoil a measurement:
 * - It caches predictions by input, also those of earlier runs. So inputs are random, and no two runs draw the same
 *   ones.
 * - It answers with the application's default when its own SLO runs out. Such a batch counts as a failure, not as a
 *   fast answer.
 * - It takes inputs as soon as a container is free, so it may split a request. With Redis, the container's batch limit
 *   is set to the batch size, which keeps batches from growing. Times are round trips, so they bound the service time
 *   from above.
 */
import { BackendError } from '../../errors.js';
import type { ProfilingTarget } from '../contracts/profiling-target.js';
import { listOf, maybeUnder, type Piece, piece } from '../shared/answer-shape.js';
import { type Clock, steadyClock } from '../shared/clock.js';
import { askJson, callHttp, type HttpAnswer, type HttpCall, shownUrl } from '../shared/http.js';
import { type BatchOutcome, type BatchRequest, runStreams } from '../shared/run-streams.js';
import { setRedisField } from './redis-field.js';

const CALL_TIMEOUT_MS = 60_000;
/** Redis database of Clipper's models. */
const MODELS_DATABASE = 2;

export const CLIPPER_INPUT_TYPES = ['integers', 'bytes', 'floats', 'doubles', 'strings'] as const;
export type ClipperInputType = (typeof CLIPPER_INPUT_TYPES)[number];

export interface ClipperStage {
  readonly stage: string;
  /** Name of the application. */
  readonly app: string;
  readonly inputType: ClipperInputType;
  /** Numbers, or characters, of one input. */
  readonly inputLength: number;
  /** `name:version`, where its batch limit is to be set. */
  readonly model?: string;
}

export interface ClipperOptions {
  /** Query frontend, such as `http://host:1337`. */
  readonly url: string;
  readonly stages: readonly ClipperStage[];
  /** `host:port` of Clipper's Redis; without it batch limits stay as they are. */
  readonly redis?: string;
  /** A stream of uniforms in [0, 1) that no other run has drawn. */
  readonly random: () => number;
  readonly call?: HttpCall;
  readonly clock?: Clock;
  readonly setLimit?: typeof setRedisField;
}

/**
 * Opens the target and asks each application once. Rejects with BackendError `CLIPPER` when an application does not
 * answer.
 */
export async function openClipperTarget(options: ClipperOptions): Promise<ProfilingTarget> {
  const { stages, redis, random, call = callHttp, clock = steadyClock, setLimit = setRedisField } = options;
  const url = options.url.replace(/\/+$/, '');
  const limits = new Map<string, number>();

  async function predict({ stage, batchSize, signal }: Omit<BatchRequest, 'replica'>): Promise<BatchOutcome> {
    const { app, inputType, inputLength, model } = stages.find((known) => known.stage === stage)!;
    if (redis !== undefined && model !== undefined && limits.get(model) !== batchSize) {
      const field = {
        address: redis,
        database: MODELS_DATABASE,
        key: model,
        field: 'batch_size',
        value: String(batchSize),
      };
      await setLimit(field);
      limits.set(model, batchSize);
    }
    const batch = Array.from({ length: batchSize }, () => randomInput(inputType, inputLength, random));
    const body = JSON.stringify({ input_batch: batch });
    const place = `${url}/${encodeURIComponent(app)}/predict`;
    const limit = AbortSignal.any([signal, AbortSignal.timeout(CALL_TIMEOUT_MS)]);
    const startMs = clock.nowMs();
    const answer = await call({ method: 'POST', url: place, headers: JSON_BODY, body, signal: limit });
    const serviceMs = clock.nowMs() - startMs;
    const failure = failureOf(answer, { batchSize, place });
    return failure === undefined ? { serviceMs } : { failure };
  }

  for (const { stage, app } of stages) {
    const outcome = await predict({ stage, batchSize: 1, signal: AbortSignal.timeout(CALL_TIMEOUT_MS) });
    // A default says that the application is there and its model slow, or not linked yet: measuring will tell.
    if (!('failure' in outcome) || outcome.failure.startsWith(DEFAULT_ANSWER)) continue;
    throw new BackendError('CLIPPER', `${shownUrl(url)}: application ${app}: ${outcome.failure}`, {
      hint: 'Name the application of a stage: --model-name STAGE=APPLICATION',
    });
  }
  return {
    describe: () => ({
      kind: 'clipper',
      place: shownUrl(url),
      clock: 'round-trip',
      stages: stages.map(({ stage, app }) => ({ stage, runtime: `clipper, application ${app}`, replicas: 1 })),
    }),
    runBatches: (streams, signal) => runStreams(streams, predict, { clock, signal }),
    close: () => Promise.resolve(),
  };
}

const JSON_BODY = { 'content-type': 'application/json' };
const DEFAULT_ANSWER = 'default answers';
const HEX = 16;
const BYTE = 2 ** 8;
const INTEGER = 2 ** 31;

/** Random enough that no input equals one of this run or of an earlier one, unless inputs are a few bytes long. */
function randomInput(type: ClipperInputType, length: number, random: () => number): string | readonly number[] {
  const values = Array.from({ length }, random);
  if (type === 'strings') return values.map((value) => Math.floor(value * HEX).toString(HEX)).join('');
  if (type === 'floats' || type === 'doubles') return values;
  return values.map((value) => Math.floor(value * (type === 'bytes' ? BYTE : INTEGER)));
}

/** What is wrong with an answer; undefined where every prediction is there and none is a default. */
function failureOf(
  { status, text }: HttpAnswer,
  { batchSize, place }: { batchSize: number; place: string },
): string | undefined {
  if (status >= 300) return `answered ${status}: ${text.replaceAll(/\s+/g, ' ').slice(0, 200)}`;
  let answer: Piece;
  try {
    answer = piece(JSON.parse(text), place);
  } catch {
    return `must answer JSON, answered ${text.slice(0, 100)}`;
  }
  // A batch of one is answered without the list around it.
  const batch = maybeUnder(answer, 'batch_predictions');
  const predictions = batch === undefined ? [answer] : listOf(batch);
  if (predictions.length !== batchSize) return `${predictions.length} predictions for ${batchSize} inputs`;
  const defaults = predictions.filter((prediction) => maybeUnder(prediction, 'default')?.value !== false);
  if (defaults.length === 0) return undefined;
  const why = maybeUnder(defaults[0]!, 'default_explanation');
  return `${DEFAULT_ANSWER}: ${defaults.length} of ${batchSize}${why === undefined ? '' : ` (${String(why.value)})`}`;
}

/** Reads an application's input type from the management frontend (`http://host:1338`). Rejects with BackendError. */
export async function readInputType(url: string, app: string, call: HttpCall = callHttp): Promise<ClipperInputType> {
  const place = `${url.replace(/\/+$/, '')}/admin/get_application`;
  const signal = AbortSignal.timeout(CALL_TIMEOUT_MS);
  const answer = piece(
    await askJson(call, { method: 'POST', url: place, body: { name: app }, signal }),
    shownUrl(place),
  );
  const type = maybeUnder(answer, 'input_type')?.value;
  const known = CLIPPER_INPUT_TYPES.find((name) => name === type);
  if (known !== undefined) return known;
  const allowed = CLIPPER_INPUT_TYPES.join(', ');
  throw new BackendError(
    'CLIPPER',
    `${shownUrl(place)}: application ${app} has input type ${String(type)}, must be one of ${allowed}`,
  );
}
