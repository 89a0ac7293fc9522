/** Ray Serve on one machine: a head node with more logical CPUs than there are, and one application `ocr` of two deployments, `Detect` and `Read`. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { exec } from '../../../src/backends/shared/exec.js';
import { callHttp } from '../../../src/backends/shared/http.js';
import { processTree, signalAll } from './process-tree.js';
import { pythonWith } from './python.js';
import { freePorts, pause, type ServerProcess, startServer } from './server-process.js';

const REQUIREMENTS = ['ray[serve]==2.60.0'];
const READY_WITHIN_MS = 180_000;

export interface RayServe extends ServerProcess {
  /** The dashboard, whose REST API sets replicas. */
  readonly url: string;
  /** Where the application answers. */
  readonly appUrl: string;
  readonly metricsUrl: string;
  /** To start again where a killed one stood. */
  readonly ports: readonly number[];
  /** Takes every application away. */
  clear(): Promise<void>;
  /** Puts this application configuration in force, alone, and waits until it runs. */
  deploy(application: unknown): Promise<void>;
}

/** An application configuration as `serve build` writes it. */
export function ocrApplication(more: Record<string, unknown> = {}): Record<string, unknown> {
  const deployment = (name: string) => ({ name, num_replicas: 1, ray_actor_options: { num_cpus: 0.01 } });
  return {
    name: 'ocr',
    route_prefix: '/',
    import_path: 'ocr:app',
    deployments: [deployment('Detect'), deployment('Read')],
    ...more,
  };
}

export async function startRayServe(options: { ports?: readonly number[] } = {}): Promise<RayServe> {
  const python = await pythonWith('ray', REQUIREMENTS);
  // Sockets in it have paths of at most 107 characters.
  const folder = mkdtempSync(join(tmpdir(), 'ray-'));
  writeFileSync(join(folder, 'ocr.py'), APPLICATION);
  const ports = options.ports ?? (await freePorts(8));
  const [gcs, dashboard, agent, agentGrpc, runtimeEnv, client, metrics, http] = ports;
  const url = `http://127.0.0.1:${dashboard}`;
  const running = await startServer({
    command: join(dirname(python), 'ray'),
    args: [
      'start',
      '--head',
      '--block',
      '--node-ip-address=127.0.0.1',
      `--port=${gcs}`,
      '--num-cpus=8',
      '--object-store-memory=80000000',
      '--dashboard-host=127.0.0.1',
      `--dashboard-port=${dashboard}`,
      `--dashboard-agent-listen-port=${agent}`,
      `--dashboard-agent-grpc-port=${agentGrpc}`,
      `--runtime-env-agent-port=${runtimeEnv}`,
      `--ray-client-server-port=${client}`,
      `--metrics-export-port=${metrics}`,
      '--min-worker-port=0',
      '--max-worker-port=0',
      `--temp-dir=${folder}`,
      '--disable-usage-stats',
    ],
    env: {
      PYTHONPATH: folder,
      PATH: `${dirname(python)}:${process.env.PATH ?? ''}`,
      // Stay on the loopback address, as on a desktop: Ray otherwise looks for an address that others reach.
      RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER: '0',
      // The processes start slowly where tests share two cores.
      RAY_raylet_start_wait_time_s: '150',
    },
    readyUrl: `${url}/api/serve/applications/`,
    readyWithinMs: READY_WITHIN_MS,
    cleanUp: () => rmSync(folder, { recursive: true, force: true }),
  });
  // Ray's processes are in groups of their own, and outlive a parent that is killed.
  const tree = () => processTree(running.process.pid);
  let frozen: number[] = [];
  let known: number[] = [];
  const address = `${url}/api/serve/applications/`;

  async function put(applications: readonly unknown[]): Promise<void> {
    // Not by fetch, whose sec-fetch headers look to Ray like a browser, which it refuses.
    const headers = { 'content-type': 'application/json' };
    const body = JSON.stringify({
      proxy_location: 'HeadOnly',
      http_options: { host: '127.0.0.1', port: http },
      applications,
    });
    const signal = AbortSignal.timeout(60_000);
    const answer = await callHttp({ method: 'PUT', url: address, headers, body, signal });
    if (answer.status !== 200) throw new Error(`Ray Serve refused the application: ${answer.status} ${answer.text}`);
  }

  return {
    ...running,
    url,
    appUrl: `http://127.0.0.1:${http}`,
    metricsUrl: `http://127.0.0.1:${metrics}/metrics`,
    stop: async () => {
      const all = [...new Set([...known, ...tree()])].filter((pid) => pid !== running.process.pid);
      signalAll(all, 'SIGKILL');
      await running.stop();
    },
    kill: () => {
      known = tree();
      signalAll(known, 'SIGKILL');
    },
    freeze: () => {
      frozen = tree();
      signalAll(frozen, 'SIGSTOP');
    },
    thaw: () => signalAll(frozen, 'SIGCONT'),
    ports,
    clear: () => put([]),
    deploy: async (application) => {
      await put([application]);
      const deadlineMs = performance.now() + READY_WITHIN_MS;
      for (;;) {
        const { applications } = (await (await fetch(address)).json()) as {
          applications: Record<string, { status: string }>;
        };
        const status = applications.ocr?.status;
        if (status === 'RUNNING') return;
        if (status === 'DEPLOY_FAILED' || performance.now() > deadlineMs) {
          throw new Error(`the application does not run: ${JSON.stringify(applications.ocr)}`);
        }
        await pause(500);
      }
    },
  };
}

/** What the real `serve build` writes of the application, as text. */
export async function serveBuild(): Promise<string> {
  const python = await pythonWith('ray', REQUIREMENTS);
  const folder = mkdtempSync(join(tmpdir(), 'serve-build-'));
  try {
    writeFileSync(join(folder, 'ocr.py'), APPLICATION);
    const args = ['build', '--app-dir', folder, 'ocr:app', '-o', join(folder, 'serve.yaml')];
    await exec(join(dirname(python), 'serve'), args, { timeoutMs: READY_WITHIN_MS });
    return readFileSync(join(folder, 'serve.yaml'), 'utf8');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const APPLICATION = `from ray import serve


@serve.deployment
class Read:
    async def __call__(self, x):
        return 2 * x


@serve.deployment
class Detect:
    def __init__(self, read):
        self.read = read

    async def __call__(self, request):
        return {"y": await self.read.remote(3)}


app = Detect.bind(Read.bind())
`;
