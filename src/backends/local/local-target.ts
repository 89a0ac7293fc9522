/** `local`: the engine of `infer-plan serve`, through its admin API. */

import type { ScalingTarget, StageReplicas } from '../contracts/scaling-target.js';
import { amountOf, countOf, listOf, maybeUnder, type Piece, piece, textOf, under } from '../shared/answer-shape.js';
import { type Clock, steadyClock } from '../shared/clock.js';
import { drivenTarget } from '../shared/driven-target.js';
import { failure, quoted } from '../shared/failure.js';
import { askJson, callHttp, type HttpCall, shownUrl } from '../shared/http.js';
import { withToken } from './with-token.js';

const ADMIN_VERSION = 1;
const LOOPBACK = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/;

export interface LocalTargetOptions {
  /** Where `serve` listens: `http://127.0.0.1:8080`. */
  readonly url: string;
  /** What the engine must serve; where it does not name its pipeline, its stages tell. */
  readonly pipeline?: string;
  readonly stages: readonly string[];
  /** Of the engine's port, where it demands one. */
  readonly token?: string | undefined;
  readonly http?: HttpCall;
  readonly clock?: Clock;
}

export function localTarget(options: LocalTargetOptions): ScalingTarget {
  const { url, stages, token, clock = steadyClock } = options;
  const http = withToken(options.http ?? callHttp, token);
  const base = url.replace(/\/+$/, '');
  const place = shownUrl(base);

  /** Missing stages are half an answer; others than ours are another pipeline, or another version of it. */
  function checkIsOurs(named: Piece | undefined, found: readonly StageReplicas[]): void {
    const pipeline = named === undefined ? options.pipeline : textOf(named);
    const isOurs = pipeline === options.pipeline || options.pipeline === undefined;
    if (isOurs && found.every(({ stage }) => stages.includes(stage))) return;
    const served = `pipeline ${pipeline} with the stages ${found.map(({ stage }) => stage).join(', ')}`;
    const what = `serves ${quoted(served)}, must serve ${options.pipeline} with the stages ${stages.join(', ')}`;
    const hint = 'Start `infer-plan serve` there with this plan, or name another --target';
    throw failure('BACKEND_FOREIGN', { place, what, hint });
  }

  return drivenTarget({
    description: {
      kind: 'local',
      place,
      stages,
      queue: 'central',
      batchTrigger: 'greedy',
      replicaUnit: 'thread',
      canSetReplicas: true,
      leastReplicas: 1,
      isOnThisMachine: LOOPBACK.test(new URL(base).hostname),
    },
    clock,
    pollMs: 50,
    readTimeoutMs: 5_000,
    // The engine answers a change when the new replicas have loaded their models.
    changeTimeoutMs: 120_000,

    async read(_, signal) {
      const from = `${base}/admin/stages`;
      const answer = piece(await askJson(http, { method: 'GET', url: from, signal }), shownUrl(from));
      const version = countOf(under(answer, 'version'));
      if (version !== ADMIN_VERSION) {
        throw failure('BACKEND_REJECTED', {
          place,
          what: `the admin API has version ${version}, must be ${ADMIN_VERSION}`,
        });
      }
      const found = listOf(under(answer, 'stages')).map((entry) => ({
        stage: textOf(under(entry, 'stage')),
        wanted: countOf(under(entry, 'replicas')),
        ready: countOf(under(entry, 'ready_replicas')),
      }));
      checkIsOurs(maybeUnder(answer, 'pipeline'), found);
      return found;
    },

    async write({ stage, replicas }, signal) {
      const to = `${base}/admin/stages/${encodeURIComponent(stage)}`;
      const body = { replicas };
      const answer = piece(await askJson(http, { method: 'PUT', url: to, body, signal }), shownUrl(to));
      const measured = maybeUnder(answer, 'activation_ms');
      return measured === undefined ? undefined : amountOf(measured);
    },
  });
}
