/** The Open Inference Protocol, for the pipeline as one model and each stage as another, `pipeline.stage`. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { msFromUs } from '../../units.js';
import type { ArrivalLog } from '../arrival-log.js';
import type { LiveQuery, Outcome } from '../items/live-query.js';
import type { Runtime } from '../runtime.js';
import type { ServedStage } from '../served-stage.js';
import { HttpError, readBody, replyBusy, replyError, replyJson } from './http-reply.js';
import { type InferRequest, itemsOf, readInferRequest } from './oip-request.js';
import { outputTensors } from './oip-tensors.js';
import type { Metrics } from './serving-metrics.js';

const MOST_BODY_BYTES = 64 * 1024 * 1024;
/** Bodies of queries that wait for their answer. */
const MOST_LIVE_BYTES = 1024 * 1024 * 1024;
const RETRY_FULL_S = 1;
const RETRY_STOPPING_S = 5;
const STATUS: Readonly<Record<Exclude<Outcome, 'done'>, number>> = { failed: 500, 'timed out': 504, stopped: 503 };

export class InferenceApi {
  /** No query is taken in any more. */
  isDraining = false;
  /** Whether all replicas of the beginning have served. */
  isReady = false;
  private liveBytes = 0;
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
      else throw new HttpError(404, `no such call: ${request.method} ${request.url}`);
    } else throw new HttpError(404, `no such call: ${request.method} ${request.url}`);
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
    throw new HttpError(404, `model ${model} is not served, must be one of ${known.join(', ')}`);
  }

  private async infer(request: IncomingMessage, response: ServerResponse, stage: ServedStage | null): Promise<void> {
    const body = await readBody(request, MOST_BODY_BYTES);
    const stated = request.headers['inference-header-content-length'];
    const jsonLength = stated === undefined ? undefined : Number(stated);
    if (stage === null) this.inferPipeline(response, readInferRequest(body, jsonLength), body.length);
    else this.inferStage(response, stage, readInferRequest(body, jsonLength));
  }

  private inferPipeline(response: ServerResponse, { id, tensors }: InferRequest, bytes: number): void {
    const { runtime, arrivals } = this;
    const { engine } = runtime;
    runtime.turn((nowUs) => {
      arrivals.add(msFromUs(nowUs));
      const busy = this.busyReason(bytes);
      if (busy !== undefined) {
        engine.refuse();
        this.metrics.countQuery(null, 'refused');
        replyBusy(response, busy, this.isDraining ? RETRY_STOPPING_S : RETRY_FULL_S);
        return;
      }
      this.liveBytes += bytes;
      engine.arrive(nowUs, tensors, (query, outcome, reason) => {
        this.liveBytes -= bytes;
        this.metrics.countQuery(query, outcome);
        this.reply(response, { query, outcome, reason, id, model: runtime.pipeline.name });
      });
    });
  }

  private inferStage(response: ServerResponse, stage: ServedStage, { id, tensors }: InferRequest): void {
    const { runtime } = this;
    const items = itemsOf(tensors);
    const busy = this.busyReason(0);
    if (busy !== undefined) {
      replyBusy(response, busy, this.isDraining ? RETRY_STOPPING_S : RETRY_FULL_S);
      return;
    }
    const model = `${runtime.pipeline.name}.${stage.name}`;
    runtime.turn((nowUs) => {
      runtime.engine.arriveAt(nowUs, stage.index, items, (query, outcome, reason) =>
        this.reply(response, { query, outcome, reason, id, model }),
      );
    });
  }

  private busyReason(bytes: number): string | undefined {
    if (this.isDraining) return 'the server is stopping';
    if (this.runtime.engine.isFull) return 'a queue is full';
    return this.liveBytes + bytes > MOST_LIVE_BYTES ? 'too many bytes wait for their answer' : undefined;
  }

  private reply(
    response: ServerResponse,
    end: { query: LiveQuery; outcome: Outcome; reason: string; id: string | undefined; model: string },
  ): void {
    const { query, outcome, reason, id, model } = end;
    if (outcome === 'stopped') replyBusy(response, reason, RETRY_STOPPING_S);
    else if (outcome !== 'done') replyError(response, new HttpError(STATUS[outcome], reason));
    else {
      const { stages } = this.runtime.engine;
      replyJson(response, {
        model_name: model,
        ...(id === undefined ? {} : { id }),
        parameters: {
          query: query.number,
          arrival_ms: msFromUs(query.arrivedUs),
          end_ms: msFromUs(query.endedUs),
        },
        outputs: query.answers.flatMap(({ stage, outputs }) => outputTensors(stages[stage]!.name, outputs)),
      });
    }
  }
}
