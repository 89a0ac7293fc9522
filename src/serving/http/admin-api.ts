/** Admin calls: what every stage does, live changes, arrivals and batches as they happen. */
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { InputError } from '../../errors.js';
import type { ArrivalLog } from '../arrival-log.js';
import type { Runtime } from '../runtime.js';
import type { SampleBatches } from '../sample-batches.js';
import type { ServedStage } from '../served-stage.js';
import { busy, HttpError, noSuchCall, readBody, replyJson } from './http-reply.js';
import type { LineStreams } from './line-streams.js';
import { shownValue } from './oip-tensors.js';

const VERSION = 1;
const MOST_BODY_BYTES = 65_536;
const RETRY_S = 1;
const CHANGES = ['replicas', 'max_batch_size'];

export class AdminApi {
  private readonly runtime: Runtime;
  private readonly arrivals: ArrivalLog;
  private readonly streams: LineStreams;
  private readonly samples: SampleBatches;
  /** Tells a client that the engine has started anew, with another clock and other numbers of queries. */
  private readonly runId = randomUUID();

  constructor(options: { runtime: Runtime; arrivals: ArrivalLog; streams: LineStreams; samples: SampleBatches }) {
    this.runtime = options.runtime;
    this.arrivals = options.arrivals;
    this.streams = options.streams;
    this.samples = options.samples;
  }

  /** Answers a request under `/admin`. `path` holds the decoded parts after it. Throws HttpError for an unknown one. */
  async answer(request: IncomingMessage, response: ServerResponse, path: readonly string[], query: URLSearchParams) {
    const call = `${request.method} ${path[0]}${path.length > 1 ? '/…' : ''}`;
    if (call === 'GET stages') {
      const stages = this.runtime.engine.stages.map((stage) => this.stateOf(stage));
      replyJson(response, { version: VERSION, pipeline: this.runtime.pipeline.name, stages });
    } else if (call === 'GET clock') replyJson(response, this.clock());
    else if (call === 'GET arrivals') this.streamArrivals(response, query.get('from') ?? '0');
    else if (call === 'GET batches') this.streams.streamBatches(response);
    else if (call === 'PUT stages/…' && path.length === 2)
      await this.change(request, response, this.stageNamed(path[1]!));
    else if (call === 'POST stages/…' && path.length === 3 && path[2] === 'batches') {
      await this.runBatch(request, response, this.stageNamed(path[1]!));
    } else if (call === 'DELETE stages/…' && path.length === 4 && path[2] === 'replicas') {
      this.kill(response, this.stageNamed(path[1]!), path[3]!);
    } else throw noSuchCall(request);
  }

  /** Which run of the engine this is, the instant, how many queries have arrived up to it, and the number of the first whose arrival is still known. */
  private clock(): Record<string, number | string> {
    const { count, first } = this.arrivals;
    const nowMs = this.runtime.clock.nowMs();
    return { run_id: this.runId, now_ms: nowMs, arrivals: count, first_known_arrival: first };
  }

  private stateOf(stage: ServedStage): Record<string, unknown> {
    return {
      stage: stage.name,
      hardware: stage.hardware,
      is_emulated: this.runtime.isEmulated(stage),
      max_batch_size: stage.maxBatchSize,
      replicas: stage.wanted,
      ready_replicas: stage.ready,
      queue_length: stage.waiting,
      busy_replicas: stage.busy,
      restarts: stage.restarts,
      replica_numbers: [...stage.replicas.keys()],
    };
  }

  private stageNamed(name: string): ServedStage {
    const stage = this.runtime.stageNamed(name);
    if (stage !== undefined) return stage;
    const known = this.runtime.engine.stages.map((served) => served.name).join(', ');
    throw new HttpError(404, `stage = ${shownValue(name)}, must be one of ${known}`);
  }

  private streamArrivals(response: ServerResponse, text: string): void {
    const from = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
    if (Number.isNaN(from)) throw new InputError('ADMIN', `from = ${shownValue(text)}, must be a whole number from 0`);
    const { first } = this.arrivals;
    if (from < first)
      throw new HttpError(410, `from = ${from}, must be at least ${first}, the first that is still known`);
    this.streams.streamArrivals(response, this.arrivals, from);
  }

  private async change(request: IncomingMessage, response: ServerResponse, stage: ServedStage): Promise<void> {
    const { replicas, max_batch_size: maxBatchSize } = objectWith(CHANGES, await readBody(request, MOST_BODY_BYTES));
    const activationMs = await this.runtime.change(stage, {
      ...(replicas === undefined ? {} : { replicas: replicas as number }),
      ...(maxBatchSize === undefined ? {} : { maxBatchSize: maxBatchSize as number }),
    });
    replyJson(response, { ...this.stateOf(stage), activation_ms: activationMs });
  }

  private async runBatch(request: IncomingMessage, response: ServerResponse, stage: ServedStage): Promise<void> {
    const { size } = objectWith(['size'], await readBody(request, MOST_BODY_BYTES));
    const most = stage.maxBatchSize;
    if (!Number.isInteger(size) || (size as number) < 1 || (size as number) > most) {
      throw new InputError('ADMIN', `size = ${shownValue(size)}, must be an integer from 1 to ${most}`);
    }
    if (!this.runtime.engine.hasRoom(stage, size as number)) throw busy('the queue is full', RETRY_S);
    const outcome = this.samples.has(stage.index)
      ? await this.samples.run(stage, size as number)
      : { failure: 'no query has brought the stage any items that could be measured' };
    const told = 'failure' in outcome ? outcome : { service_ms: outcome.serviceMs };
    replyJson(response, { stage: stage.name, size, ...told });
  }

  private kill(response: ServerResponse, stage: ServedStage, replica: string): void {
    const isKilled = /^\d{1,9}$/.test(replica) && this.runtime.kill(stage, Number(replica));
    if (!isKilled) throw new HttpError(404, `stage ${stage.name} has no replica ${shownValue(replica)}`);
    replyJson(response, this.stateOf(stage));
  }
}

/** A body that is an object with one of the known keys or several. */
function objectWith(known: readonly string[], body: Buffer): Record<string, unknown> {
  let given: unknown;
  try {
    given = JSON.parse(body.toString());
  } catch {
    given = undefined;
  }
  const keys = typeof given === 'object' && given !== null && !Array.isArray(given) ? Object.keys(given) : [];
  if (keys.length > 0 && keys.every((key) => known.includes(key))) return given as Record<string, unknown>;
  const several = known.length > 1 ? ' or both' : '';
  throw new InputError('ADMIN', `the body must be a JSON object with ${known.join(', ')}${several}`);
}
