/**
 * Where each kind of object keeps its replicas. Most kinds have a scale subresource. KServe's InferenceService and
 * KubeRay's RayService have none, so their own fields are patched.
 */
import { readServeDeployment, withServeReplicas } from '../../files/serve-config.js';
import { countOf, listOf, maybeUnder, type Piece, textOf, under } from '../shared/answer-shape.js';
import { failure } from '../shared/failure.js';
import { isInferenceService, isRayService, type KubernetesResource } from './kubernetes-resource.js';

export interface ObjectReplicas {
  readonly wanted: number;
  /** Undefined while the controller has not caught up with the last change and its status says nothing of it. */
  readonly ready: number | undefined;
  /** Why these replicas are another autoscaler's, when they are. */
  readonly owner: string | undefined;
}

export interface KubernetesKind {
  /** Where the replicas are asked for: the object itself, or its scale subresource. */
  readonly subresource: '' | '/scale';
  /** Reads the object, and its scale where it has one. */
  read(object: Piece, scale: Piece | undefined): ObjectReplicas;
  /** The merge patch that asks for `replicas`. */
  patch(object: Piece, replicas: number): unknown;
}

export function kindOf(resource: KubernetesResource): KubernetesKind {
  if (isInferenceService(resource)) return INFERENCE_SERVICE;
  if (isRayService(resource)) return rayService(resource);
  return SCALED;
}

/** Deployments, StatefulSets, Seldon's models and all other kinds with the subresource. */
const SCALED: KubernetesKind = {
  subresource: '/scale',
  read(object, scale) {
    // An object that leaves its replicas out has one.
    const wanted = maybeCount(maybeUnder(scale!, 'spec'), 'replicas') ?? 0;
    const status = maybeUnder(object, 'status');
    const isBehind = generationBehind(object);
    const counted = maybeCount(status, 'readyReplicas') ?? maybeCount(status, 'availableReplicas');
    // A count of 0 is omitted. A kind without either has its count in its scale.
    const isSilent = counted === undefined && !isCountedKind(object);
    const ready = isSilent ? (maybeCount(maybeUnder(scale!, 'status'), 'replicas') ?? 0) : (counted ?? 0);
    return { wanted, ready: isBehind ? undefined : ready, owner: seldonOwner(object) };
  },
  patch: (_, replicas) => ({ spec: { replicas } }),
};

/** The range that KServe's own autoscaler may use is set to one number. */
const INFERENCE_SERVICE: KubernetesKind = {
  subresource: '',
  read(object) {
    const predictor = under(under(object, 'spec'), 'predictor');
    const least = maybeCount(predictor, 'minReplicas') ?? 1;
    const most = maybeCount(predictor, 'maxReplicas');
    const isRange = most !== undefined && most !== 0 && most !== least;
    const isReady = !generationBehind(object) && conditionOf(object, 'PredictorReady') === 'True';
    const owner = isRange ? `KServe scales it between ${least} and ${most}: set minReplicas = maxReplicas` : undefined;
    return { wanted: least, ready: isReady ? least : undefined, owner };
  },
  patch: (_, replicas) => ({ spec: { predictor: { minReplicas: replicas, maxReplicas: replicas } } }),
};

/**
 * A number inside the text of the Serve configuration. The patch carries the version read, so a concurrent change is
 * refused.
 */
function rayService({ inside }: KubernetesResource): KubernetesKind {
  const { app, deployment } = inside!;
  return {
    subresource: '',
    read(object) {
      const found = readServeDeployment(textOf(under(under(object, 'spec'), 'serveConfigV2')), app, deployment);
      if (found === undefined) throw rejected(object, `spec.serveConfigV2 names no deployment ${deployment} of ${app}`);
      const active = maybeUnder(maybeUnder(object, 'status') ?? object, 'activeServiceStatus');
      const statuses = active && maybeUnder(active, 'applicationStatuses');
      const status = statuses && maybeUnder(statuses, app);
      const deployments = status && maybeUnder(status, 'serveDeploymentStatuses');
      const one = deployments && maybeUnder(deployments, deployment);
      const isReady = !generationBehind(object) && one !== undefined && textOf(under(one, 'status')) === 'HEALTHY';
      const wanted = found.replicas ?? 1;
      const owner = found.isAutoscaled ? 'its Serve configuration has autoscaling_config' : undefined;
      return { wanted, ready: isReady ? wanted : undefined, owner };
    },
    patch(object, replicas) {
      const text = withServeReplicas(textOf(under(under(object, 'spec'), 'serveConfigV2')), app, deployment, replicas);
      const resourceVersion = textOf(under(under(object, 'metadata'), 'resourceVersion'));
      return { metadata: { resourceVersion }, spec: { serveConfigV2: text } };
    },
  };
}

/** Whether the status was written before the last change of the spec. */
function generationBehind(object: Piece): boolean {
  const status = maybeUnder(object, 'status');
  const observed = maybeCount(status, 'observedGeneration');
  const generation = maybeCount(maybeUnder(object, 'metadata'), 'generation');
  return observed !== undefined && generation !== undefined && observed < generation;
}

function conditionOf(object: Piece, type: string): string | undefined {
  const status = maybeUnder(object, 'status');
  const conditions = status && maybeUnder(status, 'conditions');
  const found = conditions && listOf(conditions).find((one) => textOf(under(one, 'type')) === type);
  return found && textOf(under(found, 'status'));
}

/** Kinds whose status counts what is ready, and leaves the count out when it is 0. */
function isCountedKind(object: Piece): boolean {
  return /^(apps|mlops\.seldon\.io)\//.test(textOf(under(object, 'apiVersion')));
}

/** Seldon scales a model by itself as soon as one of these is set. */
function seldonOwner(object: Piece): string | undefined {
  if (!textOf(under(object, 'apiVersion')).startsWith('mlops.seldon.io/')) return undefined;
  const spec = under(object, 'spec');
  const range = ['minReplicas', 'maxReplicas'].filter((key) => (maybeCount(spec, key) ?? 0) > 0);
  return range.length > 0 ? `Seldon scales it: spec.${range.join(' and spec.')} is set` : undefined;
}

function maybeCount(of: Piece | undefined, key: string): number | undefined {
  const found = of && maybeUnder(of, key);
  return found && countOf(found);
}

function rejected({ place }: Piece, what: string): Error {
  return failure('BACKEND_REJECTED', { place, what });
}
