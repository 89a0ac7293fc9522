/**
 * Ray Serve's configuration, as the text inside a RayService. Reads and changes the replicas of one deployment;
 * comments and order stay.
 */
import { isMap, isSeq, parseDocument, type YAMLMap } from 'yaml';

export interface ServeDeployment {
  /** Undefined when the text leaves the number to the application's code. */
  readonly replicas: number | undefined;
  readonly isAutoscaled: boolean;
}

/** Reads one deployment; undefined for other text, or when the text does not name it. */
export function readServeDeployment(text: string, app: string, deployment: string): ServeDeployment | undefined {
  const entry = deploymentIn(parseDocument(text), app, deployment);
  if (entry === undefined) return undefined;
  const replicas = entry.get('num_replicas');
  const isAutoscaled =
    replicas === 'auto' || (entry.has('autoscaling_config') && entry.get('autoscaling_config') !== null);
  return { replicas: typeof replicas === 'number' ? replicas : undefined, isAutoscaled };
}

/** The text with another `num_replicas` of one deployment; undefined when it does not name the deployment. */
export function withServeReplicas(text: string, app: string, deployment: string, replicas: number): string | undefined {
  const document = parseDocument(text);
  const entry = deploymentIn(document, app, deployment);
  if (entry === undefined) return undefined;
  entry.set('num_replicas', replicas);
  return document.toString();
}

function deploymentIn(
  document: ReturnType<typeof parseDocument>,
  app: string,
  deployment: string,
): YAMLMap | undefined {
  if (document.errors.length > 0) return undefined;
  const application = named(document.get('applications'), app);
  return application === undefined ? undefined : named(application.get('deployments'), deployment);
}

function named(list: unknown, name: string): YAMLMap | undefined {
  if (!isSeq(list)) return undefined;
  return list.items.find((item): item is YAMLMap => isMap(item) && item.get('name') === name);
}
