/**
 * `ray-serve`: sets the replicas of a Ray Serve deployment through the dashboard's REST API. An application deployed
 * with an external scaler has a call for that. For others, the whole configuration is read, one number changed, and all
 * of it put back, because a put removes what it omits.
 */

import { ownValue } from '../../model/notation/own-value.js';
import type { ScalingTarget, StageReplicas } from '../contracts/scaling-target.js';
import { countOf, listOf, mappingOf, maybeUnder, type Piece, piece, textOf, under } from '../shared/answer-shape.js';
import { type Clock, steadyClock } from '../shared/clock.js';
import { drivenTarget, oneAtATime } from '../shared/driven-target.js';
import { failure } from '../shared/failure.js';
import { ask, askJson, callHttp, type HttpCall, shownUrl } from '../shared/http.js';

export interface RayServeTargetOptions {
  /** The dashboard: `http://127.0.0.1:8265`. */
  readonly url: string;
  readonly stages: readonly string[];
  /**
   * `application/deployment` of each stage. The default is the deployment of the stage's name in the application
   * `default`.
   */
  readonly deployments?: Readonly<Record<string, string>>;
  readonly http?: HttpCall;
  readonly clock?: Clock;
}

export function rayServeTarget(options: RayServeTargetOptions): ScalingTarget {
  const { url, stages, deployments = {}, http = callHttp, clock = steadyClock } = options;
  const base = url.replace(/\/+$/, '');
  const place = shownUrl(base);
  const address = `${base}/api/serve/applications/`;
  // One configuration holds all stages.
  const inTurn = oneAtATime();

  function addressOf(stage: string): { app: string; deployment: string } {
    const text = ownValue(deployments, stage) ?? stage;
    const slash = text.indexOf('/');
    if (slash < 0) return { app: 'default', deployment: text };
    return { app: text.slice(0, slash), deployment: text.slice(slash + 1) };
  }

  async function readServe(signal: AbortSignal): Promise<Piece> {
    return piece(await askJson(http, { method: 'GET', url: address, signal }), shownUrl(address));
  }

  function applicationOf(serve: Piece, stage: string): Piece {
    const { app } = addressOf(stage);
    const found = maybeUnder(under(serve, 'applications'), app);
    if (found === undefined) throw rejected(`stage ${stage}: there is no application ${app}`);
    return found;
  }

  function readStage(serve: Piece, stage: string): StageReplicas {
    const { app, deployment } = addressOf(stage);
    const found = maybeUnder(under(applicationOf(serve, stage), 'deployments'), deployment);
    if (found === undefined) throw rejected(`stage ${stage}: application ${app} has no deployment ${deployment}`);
    const running = listOf(under(found, 'replicas')).filter((one) => textOf(under(one, 'state')) === 'RUNNING');
    return { stage, wanted: countOf(under(found, 'target_num_replicas')), ready: running.length };
  }

  function checkOwner(serve: Piece, stage: string): void {
    const { deployment } = addressOf(stage);
    const found = under(under(applicationOf(serve, stage), 'deployments'), deployment);
    const config = maybeUnder(found, 'deployment_config');
    if (config === undefined || maybeUnder(config, 'autoscaling_config') === undefined) return;
    const hint = 'Give the deployment a fixed num_replicas instead of autoscaling_config';
    throw failure('BACKEND_OWNED', {
      place,
      what: `Ray Serve scales stage ${stage} by itself (autoscaling_config)`,
      hint,
    });
  }

  async function scaleExternally(stage: string, replicas: number, signal: AbortSignal): Promise<void> {
    const { app, deployment } = addressOf(stage);
    const path = `applications/${encodeURIComponent(app)}/deployments/${encodeURIComponent(deployment)}/scale`;
    const to = `${base}/api/v1/${path}`;
    await ask(http, {
      method: 'POST',
      url: to,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ target_num_replicas: replicas }),
      signal,
    });
  }

  async function putWhole(serve: Piece, stage: string, replicas: number, signal: AbortSignal): Promise<void> {
    const applications = Object.keys(mappingOf(under(serve, 'applications'))).map((app) => {
      const config = maybeUnder(under(under(serve, 'applications'), app), 'deployed_app_config');
      if (config !== undefined) return config;
      const what = `application ${app} was started by code (serve.run): putting the configuration would remove it`;
      throw rejected(what, 'Deploy it from a configuration file: serve build, then serve deploy');
    });
    const { app, deployment } = addressOf(stage);
    const changed = applications.map((config) =>
      textOf(under(config, 'name')) === app ? withReplicas(config, deployment, replicas) : mappingOf(config),
    );
    const headers = { 'content-type': 'application/json' };
    const body = JSON.stringify({ ...serverOptions(serve), applications: changed });
    await ask(http, { method: 'PUT', url: address, headers, body, signal });
  }

  function rejected(what: string, hint?: string): Error {
    return failure('BACKEND_REJECTED', { place, what, ...(hint === undefined ? {} : { hint }) });
  }

  return drivenTarget({
    description: {
      kind: 'ray-serve',
      place,
      stages,
      queue: 'power-of-two',
      batchTrigger: 'wait-first',
      replicaUnit: 'replica actor',
      canSetReplicas: true,
      leastReplicas: 1,
      isOnThisMachine: false,
    },
    clock,
    pollMs: 500,
    readTimeoutMs: 10_000,
    changeTimeoutMs: 600_000,

    async read(asked, signal) {
      const serve = await readServe(signal);
      return asked.map((stage) => readStage(serve, stage));
    },

    write: ({ stage, replicas }, signal) =>
      inTurn(async () => {
        const serve = await readServe(signal);
        checkOwner(serve, stage);
        const application = applicationOf(serve, stage);
        const isExternal = maybeUnder(application, 'external_scaler_enabled')?.value === true;
        if (isExternal) await scaleExternally(stage, replicas, signal);
        else await putWhole(serve, stage, replicas, signal);
        return undefined;
      }),
  });
}

/**
 * The application's configuration with another count for one deployment. A deployment that only the code names is
 * added.
 */
function withReplicas(config: Piece, deployment: string, replicas: number): unknown {
  const listed = maybeUnder(config, 'deployments');
  const entries = listed === undefined ? [] : listOf(listed);
  const others = entries.filter((one) => textOf(under(one, 'name')) !== deployment);
  const own = entries.find((one) => textOf(under(one, 'name')) === deployment);
  const changed = { ...(own && mappingOf(own)), name: deployment, num_replicas: replicas };
  const deployments =
    own === undefined
      ? [...others.map(mappingOf), changed]
      : entries.map((one) => (one === own ? changed : mappingOf(one)));
  return { ...mappingOf(config), deployments };
}

/** Server options, which a put must repeat to keep. */
function serverOptions(serve: Piece): Record<string, unknown> {
  const kept: Record<string, unknown> = {};
  for (const key of ['proxy_location', 'http_options', 'grpc_options']) {
    const value = maybeUnder(serve, key)?.value;
    if (value !== undefined) kept[key] = value;
  }
  return kept;
}
