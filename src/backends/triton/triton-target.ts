/**
 * `triton`: sets the instance count of a model through Triton's repository API, under explicit model control. Each
 * stage is one model of one server.
 *
 * The load call replaces a model's whole configuration. So the present one is read, its instance count changed, and all
 * of it sent back. When only the count differs, Triton starts or ends instances beside the running ones and answers
 * when they are there. Traffic goes on.
 */

import { ownValue } from '../../model/notation/own-value.js';
import type { ScalingTarget } from '../contracts/scaling-target.js';
import { countOf, listOf, mappingOf, maybeUnder, type Piece, piece, under } from '../shared/answer-shape.js';
import { superseded } from '../shared/change-replicas.js';
import { type Clock, steadyClock } from '../shared/clock.js';
import { drivenTarget, oneAtATime, type WriteRequest } from '../shared/driven-target.js';
import { failure } from '../shared/failure.js';
import { ask, askJson, callHttp, type HttpCall, shownUrl } from '../shared/http.js';

const NOT_READY = 400;

export interface TritonTargetOptions {
  /** The HTTP endpoint: `http://127.0.0.1:8000`. */
  readonly url: string;
  readonly stages: readonly string[];
  /** Model of a stage whose name is another than the stage's. */
  readonly models?: Readonly<Record<string, string>>;
  readonly http?: HttpCall;
  readonly clock?: Clock;
}

export function tritonTarget({
  url,
  stages,
  models = {},
  http = callHttp,
  clock = steadyClock,
}: TritonTargetOptions): ScalingTarget {
  const base = url.replace(/\/+$/, '');
  const place = shownUrl(base);
  const turns = new Map(stages.map((stage) => [stage, oneAtATime()]));
  /** The last count asked for, per stage. A count that was overtaken while it waited for its turn is not loaded. */
  const lastAsked = new Map<string, WriteRequest>();

  function addressOf(stage: string, kind: 'models' | 'repository/models', rest: string): string {
    return `${base}/v2/${kind}/${encodeURIComponent(ownValue(models, stage) ?? stage)}/${rest}`;
  }

  async function readConfig(stage: string, signal: AbortSignal): Promise<Piece> {
    const from = addressOf(stage, 'models', 'config');
    return piece(await askJson(http, { method: 'GET', url: from, signal }), shownUrl(from));
  }

  /** Triton answers 400 for a model that is not ready; any other refusal says nothing of it. */
  async function isReady(stage: string, signal: AbortSignal): Promise<boolean> {
    const request = { method: 'GET', url: addressOf(stage, 'models', 'ready'), signal } as const;
    const answer = await http(request);
    if (answer.status === NOT_READY) return false;
    await ask(async () => answer, request);
    return true;
  }

  return drivenTarget({
    description: {
      kind: 'triton',
      place,
      stages,
      queue: 'central',
      batchTrigger: 'greedy',
      replicaUnit: 'model instance',
      canSetReplicas: true,
      leastReplicas: 1,
      isOnThisMachine: false,
    },
    clock,
    pollMs: 200,
    readTimeoutMs: 10_000,
    changeTimeoutMs: 600_000,

    read: (asked, signal) =>
      Promise.all(
        asked.map(async (stage) => {
          const [config, ready] = await Promise.all([readConfig(stage, signal), isReady(stage, signal)]);
          const { count, perInstance } = instanceGroup(config);
          const wanted = count * perInstance;
          return { stage, wanted, ready: ready ? wanted : 0 };
        }),
      ),

    write: (request, signal) => {
      const { stage, replicas } = request;
      lastAsked.set(stage, request);
      return turns.get(stage)!(async () => {
        const last = lastAsked.get(stage)!;
        if (last !== request) throw superseded({ place, stage, replicas }, last.replicas);
        signal.throwIfAborted();
        const config = await readConfig(stage, signal);
        const { group, perInstance } = instanceGroup(config);
        if (replicas % perInstance !== 0) {
          const where = `the model of stage ${stage} has one instance on each of ${perInstance} GPUs`;
          const what = `${where}: replicas = ${replicas}, must be a multiple of ${perInstance}`;
          throw failure('BACKEND_REJECTED', { place, what });
        }
        const changed = { ...mappingOf(config), instance_group: [{ ...group, count: replicas / perInstance }] };
        const startMs = clock.nowMs();
        await load(addressOf(stage, 'repository/models', 'load'), changed, signal);
        return clock.nowMs() - startMs;
      });
    },
  });

  async function load(to: string, config: unknown, signal: AbortSignal): Promise<void> {
    const body = JSON.stringify({ parameters: { config: JSON.stringify(config) } });
    const headers = { 'content-type': 'application/json' };
    const answer = await http({ method: 'POST', url: to, headers, body, signal });
    // Triton answers what it cannot load with 400 or 500 alike, and asking again changes neither.
    if (/explicit model load/.test(answer.text)) {
      const hint = 'Start tritonserver with --model-control-mode=explicit';
      throw failure('BACKEND_REJECTED', { place: shownUrl(to), what: 'models cannot be loaded by request', hint });
    }
    if (/failed to load/.test(answer.text)) {
      throw failure('BACKEND_REJECTED', { place: shownUrl(to), what: answer.text });
    }
    await ask(async () => answer, { method: 'POST', url: to, signal });
  }
}

interface InstanceGroup {
  readonly group: Readonly<Record<string, unknown>>;
  readonly count: number;
  /** Triton starts `count` instances on each GPU of the group. */
  readonly perInstance: number;
}

/** The model's only instance group. With several it is unclear which one to grow. */
function instanceGroup(config: Piece): InstanceGroup {
  const groups = listOf(under(config, 'instance_group'));
  if (groups.length !== 1) {
    const what = `the model has ${groups.length} instance groups, must have one: merge them in its configuration`;
    throw failure('BACKEND_REJECTED', { place: config.place, what });
  }
  const [only] = groups;
  const gpus = maybeUnder(only!, 'gpus');
  const perInstance = gpus === undefined ? 1 : Math.max(1, listOf(gpus).length);
  return { group: mappingOf(only!), count: countOf(under(only!, 'count')), perInstance };
}
