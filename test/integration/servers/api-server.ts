/**
 * A Kubernetes API server for custom resources: `k8s.io/apiextensions-apiserver` with etcd in the same process (api-server/main.go), built once by Go and kept. It stores,
 * validates, patches and has the scale subresource as any other; there are no Deployments, no pods and no controllers.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exec } from '../../../src/backends/shared/exec.js';
import { cacheFolder, withLock } from './python.js';
import { freePorts, pause, type ServerProcess, startServer } from './server-process.js';

/** Some 700 Go packages from nothing on two busy cores. */
const BUILD_TIMEOUT_MS = 1_500_000;
const SOURCE = join(import.meta.dirname, 'api-server');

export interface ApiServer extends ServerProcess {
  readonly url: string;
  /** A kubeconfig for it. */
  readonly kubeconfig: string;
  readonly ports: readonly [number, number];
  readonly folder: string;
  /** Sends JSON (or YAML text) to a path; throws on anything but 2xx. */
  send(method: string, path: string, body?: unknown, type?: string): Promise<unknown>;
  /** Waits until these paths list objects: definitions that were installed before a restart are served a moment after it. */
  untilServed(paths: readonly string[]): Promise<void>;
  /** Installs resource definitions and waits until their kinds are served. */
  install(definitions: readonly string[]): Promise<void>;
}

/** Where to start again what was killed: its state is in the folder. */
export type ApiServerState = Pick<ApiServer, 'ports' | 'folder'>;

export async function startApiServer(state?: ApiServerState): Promise<ApiServer> {
  const binary = await builtServer();
  const folder = state?.folder ?? mkdtempSync(join(tmpdir(), 'infer-plan-api-server-'));
  const [port, etcdPort] = state?.ports ?? (await freePorts(2));
  const url = `https://127.0.0.1:${port}`;
  // The server makes its own certificate, which Node's fetch cannot be told to trust for one call alone.
  const healthPort = (await freePorts(1))[0];
  const running = await startServer({
    command: binary,
    args: [`--port=${port}`, `--etcd-port=${etcdPort}`, `--health-port=${healthPort}`, `--folder=${folder}`],
    readyUrl: `http://127.0.0.1:${healthPort}/ready`,
    readyWithinMs: 60_000,
  });
  const kubeconfig = join(folder, 'kubeconfig');
  writeFileSync(kubeconfig, kubeconfigFor(url, join(folder, 'apiserver.crt')));
  const { kubernetesApi } = await import('../../../src/backends/kubernetes/kubernetes-api.js');
  const api = await kubernetesApi({ kubeconfig });

  const send: ApiServer['send'] = async (method, path, body, type = 'application/json') => {
    const answer = await api.http({
      method: method as 'GET',
      url: `${url}${path}`,
      headers: { 'content-type': type },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      signal: AbortSignal.timeout(20_000),
    });
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${answer.text.slice(0, 500)}`);
    return JSON.parse(answer.text) as unknown;
  };

  return {
    ...running,
    url,
    kubeconfig,
    ports: [port!, etcdPort!],
    folder,
    send,
    untilServed: (paths) => untilServed(send, paths),
    install: async (definitions) => {
      const path = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
      const lists: string[] = [];
      for (const definition of definitions) {
        const { spec } = (await send('POST', path, definition, 'application/yaml')) as Definition;
        const version = spec.versions.find(({ served }) => served)!.name;
        lists.push(`/apis/${spec.group}/${version}/namespaces/default/${spec.names.plural}`);
      }
      await untilServed(send, lists);
    },
  };
}

/** Removes what a server kept. */
export function forget({ folder }: ApiServerState): void {
  rmSync(folder, { recursive: true, force: true });
}

/** Text of a file of a Go module, downloaded (and checked against Go's checksum database) when it is not there yet. */
export async function fileOfModule(module: string, path: string): Promise<string> {
  // Outside of any module, whose own go.mod would have a say.
  const { stdout } = await exec('go', ['mod', 'download', '-json', module], { timeoutMs: 300_000, cwd: tmpdir() });
  const { Dir } = JSON.parse(stdout) as { Dir: string };
  return readFileSync(join(Dir, path), 'utf8');
}

interface Definition {
  readonly spec: {
    readonly group: string;
    readonly names: { readonly plural: string };
    readonly versions: readonly { readonly name: string; readonly served: boolean }[];
  };
}

async function untilServed(send: ApiServer['send'], paths: readonly string[]): Promise<void> {
  for (const path of paths) {
    const isServed = () =>
      send('GET', path).then(
        () => true,
        () => false,
      );
    for (let attempt = 0; !(await isServed()); attempt += 1) {
      if (attempt === 300) throw new Error(`${path} is not served after 30 s`);
      await pause(100);
    }
  }
}

async function builtServer(): Promise<string> {
  const sources = ['main.go', 'go.mod', 'go.sum'].map((name) => readFileSync(join(SOURCE, name)));
  const key = createHash('sha256').update(Buffer.concat(sources)).digest('hex').slice(0, 12);
  const binary = join(cacheFolder('go'), `api-server-${key}`);
  if (existsSync(binary)) return binary;
  return withLock(`${binary}.lock`, async () => {
    if (existsSync(binary)) return binary;
    await exec('go', ['build', '-o', `${binary}.tmp`, '.'], { cwd: SOURCE, timeoutMs: BUILD_TIMEOUT_MS });
    renameSync(`${binary}.tmp`, binary);
    return binary;
  });
}

function kubeconfigFor(url: string, certificate: string): string {
  return `apiVersion: v1
kind: Config
current-context: test
clusters: [{ name: test, cluster: { server: '${url}', certificate-authority: '${certificate}' } }]
users: [{ name: nobody, user: {} }]
contexts: [{ name: test, context: { cluster: test, user: nobody, namespace: default } }]
`;
}
