/**
 * HTTP to a Kubernetes API server with a kubeconfig's certificates, tokens and plug-ins. The official client does it,
 * and is loaded when a target is opened.
 */
import { type IncomingMessage, request as requestHttp } from 'node:http';
import { type RequestOptions, request as requestHttps } from 'node:https';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import type { KubeConfig } from '@kubernetes/client-node';
import { BackendError, InputError } from '../../errors.js';
import { fileExists } from '../../files/system/file-exists.js';
import { readTextFile, shownPath } from '../../files/system/read-text.js';
import { boundedText } from '../shared/bounded-text.js';
import { failure, quoted } from '../shared/failure.js';
import { type HttpAnswer, type HttpCall, shownUrl } from '../shared/http.js';

/** A kubeconfig with the certificates of a hundred clusters is smaller. */
const LARGEST_CONFIG_MIB = 4;

export interface KubernetesPlace {
  /**
   * Path of a kubeconfig. The default is the usual order: `KUBECONFIG`, `~/.kube/config`, the service account of a pod.
   */
  readonly kubeconfig?: string;
  readonly context?: string;
}

export interface KubernetesApi {
  readonly http: HttpCall;
  /** URL of the API server. */
  readonly url: string;
  /** The namespace of the context, or `default`. */
  readonly namespace: string;
}

/** Throws InputError `PACKAGE` when the client is not installed, `KUBECONFIG` when there is no configuration to use. */
export async function kubernetesApi({ kubeconfig, context }: KubernetesPlace): Promise<KubernetesApi> {
  const config = await loadConfig(kubeconfig);
  if (context !== undefined) config.setCurrentContext(context);
  const cluster = config.getCurrentCluster();
  if (cluster === null) {
    const names = config.getContexts().map(({ name }) => name);
    const offered = `${kubeconfig ?? 'kubeconfig'}: context = ${config.getCurrentContext() || '(none)'}`;
    throw new InputError('KUBECONFIG', `${offered}, must be one of ${names.join(', ') || '(there are none)'}`);
  }
  if (typeof cluster.server !== 'string' || !/^https?:/.test(cluster.server) || !URL.canParse(cluster.server)) {
    const where = `${kubeconfig ?? 'kubeconfig'}: server of cluster ${String(cluster.name)}`;
    throw new InputError('KUBECONFIG', `${where} must be a URL such as https://HOST:6443`);
  }
  return {
    http: (request) => callCluster(config, request),
    url: cluster.server.replace(/\/+$/, ''),
    namespace: config.getContextObject(config.getCurrentContext())?.namespace ?? 'default',
  };
}

/** Reads each file on its own first, so that an error names the file that has it. */
async function loadConfig(kubeconfig: string | undefined): Promise<KubeConfig> {
  const { KubeConfig } = await loadClient();
  const files = kubeconfig === undefined ? filesByDefault() : [kubeconfig];
  for (const file of files) {
    const text = readTextFile(file, LARGEST_CONFIG_MIB);
    try {
      new KubeConfig().loadFromString(text);
    } catch (error) {
      throw new InputError('KUBECONFIG', `${shownPath(file)}${faultOf(error)}`);
    }
  }
  const config = new KubeConfig();
  if (kubeconfig === undefined) config.loadFromDefault();
  else config.loadFromFile(kubeconfig);
  return config;
}

/** In the order of kubectl. Without any of these, the client looks for the service account of a pod. */
function filesByDefault(): readonly string[] {
  const named = (process.env.KUBECONFIG ?? '').split(delimiter).filter((file) => file !== '');
  if (named.length > 0) return named;
  const usual = join(homedir(), '.kube', 'config');
  return fileExists(usual) ? [usual] : [];
}

/**
 * The line and the kind of a mistake, and nothing of the file: it may hold tokens and keys, and parsers quote the text
 * around a mistake. What they put in quotation marks or brackets is left out for the same reason.
 */
function faultOf(error: unknown): string {
  const { reason, mark } = error as { reason?: unknown; mark?: { line?: unknown; column?: unknown } | null };
  if (typeof reason !== 'string' || typeof mark?.line !== 'number') {
    return ': is no kubeconfig, must have clusters, contexts and users';
  }
  const kind = reason.replace(/\s*["'`<!*&(].*$/s, '');
  return `:${mark.line + 1}: is no YAML: ${kind}`;
}

async function loadClient(): Promise<typeof import('@kubernetes/client-node')> {
  try {
    return await import('@kubernetes/client-node');
  } catch (cause) {
    if ((cause as { code?: string }).code !== 'ERR_MODULE_NOT_FOUND') throw cause;
    const hint = 'Install it beside infer-plan: npm install @kubernetes/client-node@1.4.0';
    throw new InputError('PACKAGE', 'the kubernetes backend needs the package @kubernetes/client-node', hint);
  }
}

async function callCluster(
  config: KubeConfig,
  { method, url, headers, body, signal }: Parameters<HttpCall>[0],
): Promise<HttpAnswer> {
  const options: RequestOptions = { method, signal, headers: { ...headers } };
  const place = shownUrl(url);
  try {
    // Asked each time: a plug-in may hand out tokens that last minutes.
    await config.applyToHTTPSOptions(options);
  } catch {
    // Neither quoted nor kept as the cause: it may hold what a plug-in printed, which is a token.
    const what = 'the credentials of the kubeconfig cannot be used: a plug-in or a file of theirs failed';
    throw failure('BACKEND_REJECTED', { place, what, hint: 'Try it by hand: kubectl get pods' });
  }
  try {
    return await new Promise<HttpAnswer>((resolve, reject) => {
      const onAnswer = (answer: IncomingMessage) => {
        boundedText(answer, { place }).then((text) => resolve({ status: answer.statusCode ?? 0, text }), reject);
      };
      const request = url.startsWith('https:')
        ? requestHttps(url, options, onAnswer)
        : requestHttp(url, options, onAnswer);
      request.on('error', reject);
      request.end(body);
    });
  } catch (cause) {
    if (signal.aborted) throw signal.reason;
    if (cause instanceof BackendError) throw cause;
    throw failure('BACKEND_UNREACHABLE', { place, what: `no answer: ${quoted((cause as Error).message)}`, cause });
  }
}
