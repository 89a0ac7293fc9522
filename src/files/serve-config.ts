/**
 * Ray Serve's configuration, as the text inside a RayService. Reads and changes the replicas of one deployment;
 * comments and order stay.
 */
import { type Document, isMap, isSeq, visit, type YAMLMap } from 'yaml';
import { parseYamlDocument, TooDeepError } from './yaml-document.js';

export interface ServeDeployment {
  /** Undefined when the text leaves the number to the application's code. */
  readonly replicas: number | undefined;
  readonly isAutoscaled: boolean;
}

/** Reads one deployment; undefined for other text, or when the text does not name it. */
export function readServeDeployment(text: string, app: string, deployment: string): ServeDeployment | undefined {
  const entry = deploymentIn(documentOf(text), app, deployment);
  if (entry === undefined) return undefined;
  const replicas = entry.get('num_replicas');
  const isAutoscaled =
    replicas === 'auto' || (entry.has('autoscaling_config') && entry.get('autoscaling_config') !== null);
  return { replicas: typeof replicas === 'number' ? replicas : undefined, isAutoscaled };
}

/** The text with another `num_replicas` of one deployment; undefined when it does not name the deployment. */
export function withServeReplicas(text: string, app: string, deployment: string, replicas: number): string | undefined {
  const document = documentOf(text);
  const entry = deploymentIn(document, app, deployment);
  if (document === undefined || entry === undefined) return undefined;
  entry.set('num_replicas', replicas);
  return document.toString();
}

/** Undefined for text nested too deeply, and where an alias has no anchor: that could not be written again. */
function documentOf(text: string): Document.Parsed | undefined {
  try {
    const document = parseYamlDocument(text);
    return hasLostAlias(document) ? undefined : document;
  } catch (error) {
    if (error instanceof TooDeepError) return undefined;
    throw error;
  }
}

function hasLostAlias(document: Document.Parsed): boolean {
  let isLost = false;
  visit(document, {
    Alias(_, alias) {
      isLost ||= alias.resolve(document) === undefined;
      return isLost ? visit.BREAK : undefined;
    },
  });
  return isLost;
}

function deploymentIn(document: Document.Parsed | undefined, app: string, deployment: string): YAMLMap | undefined {
  if (document === undefined || document.errors.length > 0) return undefined;
  const application = named(document.get('applications'), app);
  return application === undefined ? undefined : named(application.get('deployments'), deployment);
}

function named(list: unknown, name: string): YAMLMap | undefined {
  if (!isSeq(list)) return undefined;
  return list.items.find((item): item is YAMLMap => isMap(item) && item.get('name') === name);
}
