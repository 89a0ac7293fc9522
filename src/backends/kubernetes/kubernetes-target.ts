/** `kubernetes`: each stage is one object of one namespace. Objects that an HPA or KEDA points at are refused. */

import type { ScalingTarget, StageReplicas } from '../contracts/scaling-target.js';
import { listOf, maybeUnder, type Piece, piece, textOf, under } from '../shared/answer-shape.js';
import { type Clock, steadyClock } from '../shared/clock.js';
import { drivenTarget, oneAtATime } from '../shared/driven-target.js';
import { failure } from '../shared/failure.js';
import { ask, askJson, type HttpAnswer, type HttpCall, shownUrl } from '../shared/http.js';
import { kindOf } from './kubernetes-kinds.js';
import { type KubernetesResource, listPath, pathOf } from './kubernetes-resource.js';

/** Kinds whose `spec.scaleTargetRef` names what they scale. */
const AUTOSCALERS = [
  { group: 'autoscaling', version: 'v2', plural: 'horizontalpodautoscalers' },
  { group: 'keda.sh', version: 'v1alpha1', plural: 'scaledobjects' },
] as const;

/** Times that one change starts over because the object changed under it. */
const MAX_CONFLICTS = 10;

export interface KubernetesTargetOptions {
  /** URL of the API server. */
  readonly url: string;
  readonly namespace: string;
  readonly stages: readonly string[];
  readonly resources: Readonly<Record<string, KubernetesResource>>;
  readonly http: HttpCall;
  readonly clock?: Clock;
}

export function kubernetesTarget(options: KubernetesTargetOptions): ScalingTarget {
  const { url, namespace, stages, resources, http, clock = steadyClock } = options;
  const place = `${shownUrl(url)} namespace ${namespace}`;
  // Stages inside one RayService take turns.
  const turns = new Map(stages.map((stage) => [pathOf(resources[stage]!, namespace), oneAtATime()]));
  /** Replicas when the controller last said that it was done, for kinds that say nothing in between. */
  const settled = new Map<string, number>();

  async function get(path: string, signal: AbortSignal): Promise<Piece> {
    const from = `${url}${path}`;
    const answer = await http({ method: 'GET', url: from, signal });
    // An object that is not there is named; a kind that is not served, as for a moment after a start, is not.
    if (answer.status === 404 && !answer.text.includes('"NotFound"')) {
      throw failure('BACKEND_BUSY', {
        place: shownUrl(from),
        what: 'the API server does not serve this kind of object now',
      });
    }
    return piece(await askJson(async () => answer, { method: 'GET', url: from, signal }), shownUrl(from));
  }

  async function readObject(stage: string, signal: AbortSignal) {
    const resource = resources[stage]!;
    const kind = kindOf(resource);
    const path = pathOf(resource, namespace);
    const [object, scale] = await Promise.all([
      get(path, signal),
      kind.subresource === '' ? undefined : get(`${path}${kind.subresource}`, signal),
    ]);
    return { kind, path, object, ...kind.read(object, scale) };
  }

  async function readStage(stage: string, signal: AbortSignal): Promise<StageReplicas> {
    const { wanted, ready } = await readObject(stage, signal);
    if (ready !== undefined) settled.set(stage, ready);
    return { stage, wanted, ready: ready ?? settled.get(stage) ?? 0 };
  }

  async function patchOnce(stage: string, replicas: number, signal: AbortSignal): Promise<HttpAnswer> {
    const { kind, path, object, owner } = await readObject(stage, signal);
    const other = owner ?? (await ownerOf(object, signal));
    if (other !== undefined) {
      const what = `stage ${stage} (${path}) belongs to another autoscaler: ${other}`;
      throw failure('BACKEND_OWNED', { place, what, hint: 'Remove the other autoscaler, or leave the stage out' });
    }
    const headers = { 'content-type': 'application/merge-patch+json', accept: 'application/json' };
    const body = JSON.stringify(kind.patch(object, replicas));
    return http({ method: 'PATCH', url: `${url}${path}${kind.subresource}`, headers, body, signal });
  }

  /** The other autoscaler that scales this object, if any. */
  async function ownerOf(object: Piece, signal: AbortSignal): Promise<string | undefined> {
    const kind = textOf(under(object, 'kind'));
    const name = textOf(under(under(object, 'metadata'), 'name'));
    for (const autoscaler of AUTOSCALERS) {
      for (const one of await autoscalersOf(autoscaler, signal)) {
        const aim = maybeUnder(under(one, 'spec'), 'scaleTargetRef');
        if (aim === undefined || textOf(under(aim, 'name')) !== name) continue;
        // KEDA leaves the kind out for a Deployment.
        const aimed = maybeUnder(aim, 'kind');
        if ((aimed === undefined ? 'Deployment' : textOf(aimed)) !== kind) continue;
        return `${autoscaler.plural} ${textOf(under(under(one, 'metadata'), 'name'))} scales it`;
      }
    }
    return undefined;
  }

  async function autoscalersOf(kind: (typeof AUTOSCALERS)[number], signal: AbortSignal): Promise<readonly Piece[]> {
    const from = `${url}${listPath(kind, namespace)}`;
    const answer = await http({ method: 'GET', url: from, signal });
    // A cluster without this kind has none of them.
    if (answer.status === 404) return [];
    if (answer.status === 403) {
      const hint = `Allow "list" on ${kind.plural}.${kind.group} in this namespace`;
      throw failure('BACKEND_REJECTED', {
        place,
        what: `no permission to list ${kind.plural}, one of which may own the stage`,
        hint,
      });
    }
    const list = await askJson(async () => answer, { method: 'GET', url: from, signal });
    return listOf(under(piece(list, shownUrl(from)), 'items'));
  }

  return drivenTarget({
    description: {
      kind: 'kubernetes',
      place,
      stages,
      // The service of the model server decides: kube-proxy picks a pod at random, a mesh does not.
      queue: 'random',
      batchTrigger: 'unknown',
      replicaUnit: 'pod',
      canSetReplicas: true,
      leastReplicas: 1,
      isOnThisMachine: false,
    },
    clock,
    pollMs: 500,
    readTimeoutMs: 10_000,
    changeTimeoutMs: 900_000,

    read: (asked, signal) => Promise.all(asked.map((stage) => readStage(stage, signal))),

    write: ({ stage, replicas }, signal) =>
      turns.get(pathOf(resources[stage]!, namespace))!(async () => {
        for (let attempt = 1; ; attempt += 1) {
          const answer = await patchOnce(stage, replicas, signal);
          if (answer.status !== 409) {
            await ask(async () => answer, { method: 'PATCH', url, signal });
            return undefined;
          }
          // Somebody, often the controller with its status, changed the object since it was read: nothing was done.
          if (attempt === MAX_CONFLICTS) {
            throw failure('BACKEND_BUSY', {
              place,
              what: `the object of stage ${stage} changed ${MAX_CONFLICTS} times during one change`,
            });
          }
        }
      }),
  });
}
