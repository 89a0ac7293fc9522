/**
 * HTTP to a Kubernetes API server with a kubeconfig's certificates, tokens and plug-ins. The official client does it,
 * and is loaded when a target is opened.
 */
import { type IncomingMessage, request as requestHttp } from 'node:http';
import { type RequestOptions, request as requestHttps } from 'node:https';
import type { KubeConfig } from '@kubernetes/client-node';
import { InputError } from '../../errors.js';
import { failure } from '../shared/failure.js';
import { type HttpAnswer, type HttpCall, shownUrl } from '../shared/http.js';

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
  const config = await newConfig();
  try {
    if (kubeconfig === undefined) config.loadFromDefault();
    else config.loadFromFile(kubeconfig);
    if (context !== undefined) config.setCurrentContext(context);
  } catch (error) {
    throw new InputError('KUBECONFIG', `${kubeconfig ?? 'kubeconfig'}: ${(error as Error).message}`);
  }
  const cluster = config.getCurrentCluster();
  if (cluster === null) {
    const names = config.getContexts().map(({ name }) => name);
    const offered = `${kubeconfig ?? 'kubeconfig'}: context = ${config.getCurrentContext() || '(none)'}`;
    throw new InputError('KUBECONFIG', `${offered}, must be one of ${names.join(', ') || '(there are none)'}`);
  }
  return {
    http: (request) => callCluster(config, request),
    url: cluster.server.replace(/\/+$/, ''),
    namespace: config.getContextObject(config.getCurrentContext())?.namespace ?? 'default',
  };
}

async function newConfig(): Promise<KubeConfig> {
  try {
    const { KubeConfig } = await import('@kubernetes/client-node');
    return new KubeConfig();
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
    return await new Promise<HttpAnswer>((resolve, reject) => {
      const onAnswer = (answer: IncomingMessage) => {
        let text = '';
        answer.setEncoding('utf8');
        answer.on('data', (piece: string) => {
          text += piece;
        });
        answer.on('end', () => resolve({ status: answer.statusCode ?? 0, text }));
        answer.on('error', reject);
      };
      const request = url.startsWith('https:')
        ? requestHttps(url, options, onAnswer)
        : requestHttp(url, options, onAnswer);
      request.on('error', reject);
      request.end(body);
    });
  } catch (cause) {
    if (signal.aborted) throw signal.reason;
    throw failure('BACKEND_UNREACHABLE', { place, what: `no answer: ${(cause as Error).message}`, cause });
  }
}
