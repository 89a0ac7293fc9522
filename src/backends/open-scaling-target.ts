/**
 * Opens the live system that a kind and an address name. This is the one place that knows every target. It loads only
 * the one it opens.
 */
import { InputError } from '../errors.js';
import { TARGET_KINDS, type TargetKind, type TargetSpec } from '../model/backend-spec.js';
import { didYouMean } from '../model/notation/nearest-name.js';
import { ownValue } from '../model/notation/own-value.js';
import type { ScalingTarget } from './contracts/scaling-target.js';

/** Servers that people will name here and that have no call to set replicas: what to use in their place. */
const CANNOT_SCALE: Readonly<Record<string, string>> = {
  mlserver: 'MLServer sets its workers only at the start: scale its Deployment with kubernetes',
  clipper: 'Clipper starts containers from its own Python client: scale its Deployments with kubernetes',
  'tf-serving': 'TensorFlow Serving has no replicas of its own: scale its Deployment with kubernetes',
  bentoml: 'BentoML sets its workers only at the start: scale its Deployment with kubernetes',
  prometheus: 'Prometheus only measures: use it for arrivals (promql)',
  seldon: 'a Seldon model is a kubernetes object: kubernetes with models.v1alpha1.mlops.seldon.io/NAME',
  kserve:
    'an InferenceService is a kubernetes object: kubernetes with inferenceservices.v1beta1.serving.kserve.io/NAME',
  kuberay: 'a RayService is a kubernetes object: kubernetes with rayservices.v1.ray.io/NAME#APPLICATION/DEPLOYMENT',
};

const DEFAULT_ADDRESS: Readonly<Partial<Record<TargetKind, string>>> = {
  local: 'http://127.0.0.1:8080',
  triton: 'http://127.0.0.1:8000',
  'ray-serve': 'http://127.0.0.1:8265',
};

/**
 * Reads `KIND`, `KIND=ADDRESS` or `KIND:ADDRESS`, such as `triton=http://127.0.0.1:8000`. Throws InputError `TARGET`,
 * which names `place`, and for a server that cannot be scaled says what to use instead.
 */
export function parseTarget(text: string, place: string): TargetSpec {
  const [, kind = '', address] = /^([a-z0-9-]*)(?:[=:](.+))?$/.exec(text) ?? [];
  const known = TARGET_KINDS.find((one) => one === kind);
  if (known !== undefined) return { kind: known, names: {}, ...(address !== undefined && { address }) };
  const offered = `${place} = ${text === '' ? '(empty)' : text}`;
  const instead = ownValue(CANNOT_SCALE, kind);
  if (instead !== undefined) throw new InputError('TARGET', `${offered}: this server cannot set replicas`, instead);
  const nearest = didYouMean(kind, TARGET_KINDS);
  throw new InputError(
    'TARGET',
    `${offered}, must be KIND or KIND=ADDRESS with KIND one of ${TARGET_KINDS.join(', ')}${nearest}`,
  );
}

export interface OpenTargetOptions {
  readonly spec: TargetSpec;
  /** Name of the pipeline, which `ec2` tells its instances by. */
  readonly pipeline: string;
  readonly stages: readonly string[];
  /** Of the engine's port (`local`). */
  readonly token?: string | undefined;
}

/**
 * Opens the target and asks it nothing yet. Throws InputError for an invalid address or the name of an unknown stage.
 */
export async function openScalingTarget({ spec, pipeline, stages, token }: OpenTargetOptions): Promise<ScalingTarget> {
  const { kind, names } = spec;
  const unknown = Object.keys(names).filter((stage) => !stages.includes(stage));
  if (unknown.length > 0) {
    const lines = unknown.map((stage) => `target.names.${stage}: unknown stage, must be one of ${stages.join(', ')}`);
    throw new InputError('TARGET', lines);
  }
  switch (kind) {
    case 'local':
      return (await import('./local/local-target.js')).localTarget({ url: urlOf(spec), pipeline, stages, token });
    case 'triton':
      return (await import('./triton/triton-target.js')).tritonTarget({ url: urlOf(spec), stages, models: names });
    case 'ray-serve':
      return (await import('./ray-serve/ray-serve-target.js')).rayServeTarget({
        url: urlOf(spec),
        stages,
        deployments: names,
      });
    case 'kubernetes':
      return openKubernetes(spec, stages);
    case 'ec2':
      return openEc2(spec, pipeline, stages);
  }
}

async function openKubernetes(
  { address, names, namespace, kubeconfig }: TargetSpec,
  stages: readonly string[],
): Promise<ScalingTarget> {
  const { parseResource } = await import('./kubernetes/kubernetes-resource.js');
  const resources = Object.fromEntries(
    stages.map((stage) => [stage, parseResource(ownValue(names, stage) ?? stage, `target.names.${stage}`)]),
  );
  const { kubernetesApi } = await import('./kubernetes/kubernetes-api.js');
  const api = await kubernetesApi({ ...(kubeconfig && { kubeconfig }), ...(address && { context: address }) });
  const { kubernetesTarget } = await import('./kubernetes/kubernetes-target.js');
  return kubernetesTarget({ ...api, ...(namespace && { namespace }), stages, resources });
}

/** The address is a region, or the URL of another endpoint. */
async function openEc2(
  { address, names, drainMs }: TargetSpec,
  pipeline: string,
  stages: readonly string[],
): Promise<ScalingTarget> {
  const { ec2ScalingApi, shownPlace } = await import('./ec2/ec2-scaling-api.js');
  const { ec2ScalingTarget } = await import('./ec2/ec2-scaling-target.js');
  const isUrl = address?.includes('://') ?? false;
  const place = { ...(address && (isUrl ? { endpoint: address } : { region: address })) };
  const launchTemplates = Object.fromEntries(
    stages.map((stage) => [stage, ownValue(names, stage) ?? `${pipeline}-${stage}`]),
  );
  const api = await ec2ScalingApi(place);
  const drain = drainMs === undefined ? {} : { drainMs };
  return ec2ScalingTarget({ api, place: shownPlace(place), pipeline, stages, launchTemplates, ...drain });
}

function urlOf({ kind, address }: TargetSpec): string {
  const url = address ?? DEFAULT_ADDRESS[kind]!;
  if (/^https?:\/\//.test(url) && URL.canParse(url)) return url;
  throw new InputError('TARGET', `target.address = ${url}, must be a URL such as ${DEFAULT_ADDRESS[kind]}`);
}
