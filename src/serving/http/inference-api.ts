/** The Open Inference Protocol, for the pipeline as one model and each stage as another, `pipeline.stage`. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { msFromUs } from '../../units.js';
import type { ArrivalLog } from '../arrival-log.js';
import type { LiveQuery, Outcome } from '../items/live-query.js';
import type { Runtime } from '../runtime.js';
import type { ServedStage } from '../served-stage.js';
import { BodyBudget } from './body-budget.js';
import { busy, HttpError, noSuchCall, readBody, replyError, replyJson, replyText } from './http-reply.js';
import { LargeRequests } from './large-requests.js';
import { countItems, type InferRequest, itemsOf, readInferRequest, weightOfAll } from './oip-request.js';
import { outputTensors } from './oip-tensors.js';
import type { Metrics } from './serving-metrics.js';

const MOST_BODY_BYTES = 64 * 1024 * 1024;
/** From here on a body is read in a thread of its own. */
const LARGE_BODY_BYTES = 64 * 1024;
const RETRY_FULL_S = 1;
const RETRY_STOPPING_S = 5;
/** Who is gone gets no answer. */
const STATUS: Readonly<Record<Exclude<Outcome, 'done'>, number>> = {
  failed: 500,
  'timed out': 504,
  stopped: 503,
  'client gone': 499,
};

export class InferenceApi {
  /** No query is taken in any more. */
  isDraining = false;
  /** Whether all replicas of the beginning have served. */
  isReady = false;
  private readonly budget = new BodyBudget();
  private readonly large = new LargeRequests();
  private readonly runtime: Runtime;
  private readonly arrivals: ArrivalLog;
  private readonly metrics: Metrics;
  private readonly toolVersion: string;

  constructor(options: { runtime: Runtime; arrivals: ArrivalLog; metrics: Metrics; toolVersion: string }) {
    this.runtime = options.runtime;
    this.arrivals = options.arrivals;
    this.metrics = options.metrics;
    this.toolVersion = options.toolVersion;
  }

  /** Answers a request under `/v2`; `path` are the decoded parts after it. Throws HttpError for one that is unknown. */
  async answer(request: IncomingMessage, response: ServerResponse, path: readonly string[]): Promise<void> {
    const isGet = request.method === 'GET';
    const [first, second, third] = path;
    if (isGet && path.length === 0) {
      replyJson(response, { name: 'infer-plan', version: this.toolVersion, extensions: ['binary_tensor_data'] });
    } else if (isGet && first === 'health' && second === 'live') replyJson(response, { live: true });
    else if (isGet && first === 'health' && second === 'ready') {
      replyJson(response, { ready: this.canServe }, this.canServe ? 200 : 503);
    } else if (first === 'models' && second !== undefined) {
      const stage = this.modelNamed(second);
      if (isGet && third === undefined) {
        replyJson(response, { name: second, versions: [], platform: 'infer-plan', inputs: [], outputs: [] });
      } else if (isGet && third === 'ready') {
        replyJson(response, { name: second, ready: this.canServe }, this.canServe ? 200 : 503);
      } else if (request.method === 'POST' && third === 'infer') await this.infer(request, response, stage);
      else throw noSuchCall(request);
    } else throw noSuchCall(request);
  }

  close(): Promise<void> {
    return this.large.close();
  }

  private get canServe(): boolean {
    return this.isReady && !this.isDraining && this.runtime.engine.stages.every(({ ready }) => ready > 0);
  }

  /** The stage of `pipeline.stage`, null for the pipeline. */
  private modelNamed(model: string): ServedStage | null {
    const { name } = this.runtime.pipeline;
    if (model === name) return null;
    const stage = model.startsWith(`${name}.`) ? this.runtime.stageNamed(model.slice(name.length + 1)) : undefined;
    if (stage !== undefined) return stage;
    const known = [name, ...this.runtime.engine.stages.map((served) => `${name}.${served.name}`)];
    throw new HttpError(404, `model ${model.slice(0, 200)} is not served, must be one of ${known.join(', ')}`);
  }

  private async infer(request: IncomingMessage, response: ServerResponse, stage: ServedStage | null): Promise<void> {
    const body = await readBody(request, MOST_BODY_BYTES, this.budget);
    const { length } = body;
    const stated = request.headers['inference-header-content-length'];
    const jsonLength = stated === undefined ? undefined : wholeFrom(String(stated));
    const isLarge = length > LARGE_BODY_BYTES;
    const given = isLarge ? await this.readLarge(body, jsonLength) : readInferRequest(body, jsonLength);
    const bytes = Math.max(length, weightOfAll(given.tensors));
    if (stage === null) this.inferPipeline(response, given, bytes);
    else this.inferStage(response, stage, given, bytes);
  }

  /** The body counts while it waits to be read. */
  private async readLarge(body: Buffer, jsonLength: number | undefined): Promise<InferRequest> {
    const bytes = body.length;
    if (!this.budget.hold(bytes)) throw this.full(TOO_MANY_BYTES);
    try {
      return await this.large.read(body, jsonLength);
    } finally {
      this.budget.release(bytes);
    }
  }

  private inferPipeline(response: ServerResponse, { id, tensors }: InferRequest, bytes: number): void {
    const { runtime, arrivals } = this;
    const { engine } = runtime;
    runtime.turn((nowUs) => {
      if (response.destroyed) return;
      arrivals.add(msFromUs(nowUs));
      const refused = this.refusalOf(bytes);
      if (refused !== undefined) {
        engine.refuse();
        this.metrics.countQuery(null, 'refused');
        replyError(response, refused);
        return;
      }
      const query = engine.arrive(nowUs, tensors, (ended, outcome, reason) => {
        this.budget.release(bytes);
        this.metrics.countQuery(ended, outcome);
        this.reply(response, { query: ended, outcome, reason, id, model: runtime.pipeline.name });
      });
      this.watch(response, query);
    });
  }

  private inferStage(response: ServerResponse, stage: ServedStage, { id, tensors }: InferRequest, bytes: number): void {
    const { runtime } = this;
    const { engine } = runtime;
    const count = countItems(tensors);
    if (count > engine.queueLimit) {
      throw new HttpError(
        400,
        `${count} items for stage ${stage.name}, must be at most ${engine.queueLimit}, the queue limit`,
      );
    }
    if (!engine.hasRoom(stage, count)) throw this.full('the queue is full');
    const items = itemsOf(tensors);
    const refused = this.refusalOf(bytes);
    if (refused !== undefined) throw refused;
    const model = `${runtime.pipeline.name}.${stage.name}`;
    runtime.turn((nowUs) => {
      const query = engine.arriveAt(nowUs, stage.index, items, (ended, outcome, reason) => {
        this.budget.release(bytes);
        this.reply(response, { query: ended, outcome, reason, id, model });
      });
      this.watch(response, query);
    });
  }

  /** Gives a query up when its client goes away. */
  private watch(response: ServerResponse, query: LiveQuery): void {
    response.once('close', () => {
      if (!query.isAnswered) this.runtime.turn((nowUs) => this.runtime.engine.giveUp(nowUs, query));
    });
  }

  /** Why a query is refused now; undefined when it is taken in, and then it holds its bytes. */
  private refusalOf(bytes: number): HttpError | undefined {
    if (this.isDraining) return busy('the server is stopping', RETRY_STOPPING_S);
    if (this.runtime.engine.isFull) return this.full('a queue is full');
    return this.budget.hold(bytes) ? undefined : this.full(TOO_MANY_BYTES);
  }

  private full(reason: string): HttpError {
    return busy(reason, RETRY_FULL_S);
  }

  private reply(
    response: ServerResponse,
    end: { query: LiveQuery; outcome: Outcome; reason: string; id: string | undefined; model: string },
  ): void {
    const { outcome, reason } = end;
    if (outcome === 'done') this.replyResult(response, end);
    else if (outcome === 'stopped') replyError(response, busy(reason, RETRY_STOPPING_S));
    else replyError(response, new HttpError(STATUS[outcome], reason));
  }

  /** What a module gave may be nothing that JSON can state, or longer than a text may be. */
  private replyResult(
    response: ServerResponse,
    { query, id, model }: { query: LiveQuery; id: string | undefined; model: string },
  ): void {
    const { stages } = this.runtime.engine;
    let text: string;
    try {
      text = JSON.stringify({
        model_name: model,
        ...(id === undefined ? {} : { id }),
        parameters: {
          query: query.number,
          arrival_ms: msFromUs(query.arrivedUs),
          end_ms: msFromUs(query.endedUs),
        },
        outputs: query.answers.flatMap(({ stage, outputs }) => outputTensors(stages[stage]!.name, outputs)),
      });
    } catch (error) {
      replyError(response, new HttpError(500, `the answer cannot be stated as JSON: ${(error as Error).message}`));
      return;
    }
    replyText(response, text, { status: 200, headers: { 'content-type': 'application/json' } });
  }
}

const TOO_MANY_BYTES = 'too many bytes wait for their answer';

/** Not a number where the text is none. */
function wholeFrom(text: string): number {
  return /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
}
