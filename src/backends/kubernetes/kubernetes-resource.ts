/** How a stage's object in a cluster is named on the command line and addressed on the wire. */
import { InputError } from '../../errors.js';

export interface KubernetesResource {
  readonly plural: string;
  readonly version: string;
  readonly group: string;
  readonly name: string;
  /** For a RayService: the deployment of the application inside. */
  readonly inside?: { readonly app: string; readonly deployment: string };
}

const FORM = /^([a-z0-9-]+)\.(v[a-z0-9]+)\.([a-z0-9.-]+)\/([a-z0-9]([a-z0-9.-]*[a-z0-9])?)(?:#([^/]+)\/([^/]+))?$/;
const ALLOWED =
  'KIND.VERSION.GROUP/NAME as kubectl writes it, such as deployments.v1.apps/detect ' +
  'or rayservices.v1.ray.io/ocr#app/Detect';

/** Reads `deployments.v1.apps/detect`; a bare name is a Deployment. Throws InputError `RESOURCE`. */
export function parseResource(text: string, place: string): KubernetesResource {
  const match = FORM.exec(text.includes('/') ? text : `deployments.v1.apps/${text}`);
  if (match === null) throw new InputError('RESOURCE', `${place} = ${text}, must be ${ALLOWED}`);
  const [, plural, version, group, name, , app, deployment] = match;
  const resource = { plural: plural!, version: version!, group: group!, name: name! };
  if (isRayService(resource) !== (app !== undefined)) {
    const why =
      app === undefined
        ? 'a RayService needs #APPLICATION/DEPLOYMENT'
        : 'only a RayService has #APPLICATION/DEPLOYMENT';
    throw new InputError('RESOURCE', `${place} = ${text}: ${why}, must be ${ALLOWED}`);
  }
  return app === undefined ? resource : { ...resource, inside: { app, deployment: deployment! } };
}

/** Path of the object on the API server. */
export function pathOf({ group, version, plural, name }: KubernetesResource, namespace: string): string {
  return `${listPath({ group, version, plural }, namespace)}/${name}`;
}

/** Path of all objects of its kind in the namespace. */
export function listPath(
  { group, version, plural }: Pick<KubernetesResource, 'group' | 'version' | 'plural'>,
  namespace: string,
): string {
  return `/apis/${group}/${version}/namespaces/${namespace}/${plural}`;
}

export function isRayService({ plural, group }: Pick<KubernetesResource, 'plural' | 'group'>): boolean {
  return group === 'ray.io' && plural === 'rayservices';
}

export function isInferenceService({ plural, group }: Pick<KubernetesResource, 'plural' | 'group'>): boolean {
  return group === 'serving.kserve.io' && plural === 'inferenceservices';
}
