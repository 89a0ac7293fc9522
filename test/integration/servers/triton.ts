/**
 * The Triton server that the `nvidia-pytriton` wheel carries (tritonserver 2.51.0, its Python backend alone, no GPU needed), started as it is,
 * without the wheel's own Python wrapper. Each model sleeps for the time of its batch, so service times are known and instances do not compete for the processor.
 */
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { exec } from '../../../src/backends/shared/exec.js';
import { pythonWith } from './python.js';
import { freePorts, type ServerProcess, startServer } from './server-process.js';

/** No dependencies: the wheel's Python half is not used, only numpy is, by the models. */
const REQUIREMENTS = ['--no-deps', 'nvidia-pytriton==0.7.0', 'numpy==1.26.4'];

export interface TritonModel {
  readonly name: string;
  /** Most rows in a batch; 8 unless given. */
  readonly maxBatchSize?: number;
  /** Replicas it starts with; 1 unless given. */
  readonly instances?: number;
  /** A batch of b rows takes `batchMs + b · rowMs`; 2 and 1 unless given. */
  readonly batchMs?: number;
  readonly rowMs?: number;
  /** How long one instance takes to come up; 0 unless given. */
  readonly loadMs?: number;
  /** Configuration in place of ours; the tensors are added to it. */
  readonly config?: string;
}

export interface Triton extends ServerProcess {
  /** `http://127.0.0.1:port`, the inference and repository API. */
  readonly url: string;
  /** Prometheus text. */
  readonly metricsUrl: string;
  readonly port: number;
  /** The model repository it serves. */
  readonly repository: string;
  /** Processes that run the model, as the operating system counts them. */
  instancesOf(model: string): Promise<number>;
  /** From now on a new instance of the model fails to come up. */
  breakModel(model: string): Promise<{ undo(): Promise<void> }>;
}

/**
 * Starts Triton with these models, under explicit model control. Input of each: `x`, FP32 [rows, 1]; output `y`, the same shape, twice `x`.
 */
export async function startTriton({
  models,
  port,
}: {
  models: readonly TritonModel[];
  /** Of the HTTP API; a free one unless given. */
  port?: number;
}): Promise<Triton> {
  const python = await pythonWith('triton', REQUIREMENTS);
  const [site, version, base] = await askPython(python);
  const folder = mkdtempSync(join(tmpdir(), 'infer-plan-triton-'));
  const server = join(site!, 'pytriton', 'tritonserver');
  const binary = join(server, 'bin', 'tritonserver');
  chmodSync(binary, 0o755);
  const backend = join(folder, 'backends', 'python');
  cpSync(join(server, 'backends', 'python'), backend, { recursive: true });
  const stub = join(server, 'python_backend_stubs', version!, 'triton_python_backend_stub');
  if (!existsSync(stub)) throw new Error(`the nvidia-pytriton wheel has no stub for Python ${version}`);
  cpSync(stub, join(backend, 'triton_python_backend_stub'));
  chmodSync(join(backend, 'triton_python_backend_stub'), 0o755);
  for (const model of models) writeModel(join(folder, 'models', model.name), model);

  const [freePort, metricsPort] = await freePorts(2);
  const httpPort = port ?? freePort!;
  const url = `http://127.0.0.1:${httpPort}`;
  const running = await startServer({
    command: binary,
    args: [
      `--model-repository=${join(folder, 'models')}`,
      `--backend-directory=${join(folder, 'backends')}`,
      '--model-control-mode=explicit',
      '--load-model=*',
      '--http-address=127.0.0.1',
      `--http-port=${httpPort}`,
      '--allow-grpc=false',
      '--metrics-address=127.0.0.1',
      `--metrics-port=${metricsPort}`,
      // Two servers that share a region of memory by name disturb each other, and a killed one leaves its region behind.
      `--backend-config=python,shm-region-prefix-name=infer-plan-${httpPort}`,
      '--exit-timeout-secs=2',
    ],
    // The stub embeds a Python: its library must be on the loader's path. It ignores PYTHONPATH and takes the packages of the first `python3` in PATH.
    env: {
      LD_LIBRARY_PATH: `${join(site!, 'nvidia_pytriton.libs')}:${join(base!, 'lib')}`,
      PATH: `${dirname(python)}:${process.env.PATH ?? ''}`,
    },
    readyUrl: `${url}/v2/health/ready`,
    readyWithinMs: 120_000,
    cleanUp: () => rmSync(folder, { recursive: true, force: true }),
  });
  return {
    ...running,
    url,
    metricsUrl: `http://127.0.0.1:${metricsPort}/metrics`,
    port: httpPort,
    repository: join(folder, 'models'),
    instancesOf: async (model) => processesNaming(join(folder, 'models', model, '1', 'model.py')),
    breakModel: async (model) => {
      const flag = join(folder, 'models', model, 'broken');
      writeFileSync(flag, '');
      return { undo: async () => rmSync(flag) };
    },
  };
}

/** Processes with this text among their arguments. */
function processesNaming(text: string): number {
  const isProcess = (name: string) => /^\d+$/.test(name);
  return readdirSync('/proc')
    .filter(isProcess)
    .filter((pid) => {
      try {
        return readFileSync(join('/proc', pid, 'cmdline'), 'utf8').includes(text);
      } catch {
        return false;
      }
    }).length;
}

async function askPython(python: string): Promise<string[]> {
  const code =
    'import sys, sysconfig; print(sysconfig.get_paths()["purelib"]); ' +
    'print("%d.%d" % sys.version_info[:2]); print(sys.base_prefix)';
  const { stdout } = await exec(python, ['-c', code], { timeoutMs: 30_000 });
  return stdout.trim().split('\n');
}

function writeModel(folder: string, model: TritonModel): void {
  const { maxBatchSize = 8, instances = 1, batchMs = 2, rowMs = 1, loadMs = 0 } = model;
  mkdirSync(join(folder, '1'), { recursive: true });
  const own = `backend: "python"
max_batch_size: ${maxBatchSize}
dynamic_batching { }
instance_group [ { kind: KIND_CPU count: ${instances} } ]
`;
  const tensors = `input [ { name: "x" data_type: TYPE_FP32 dims: [ 1 ] } ]
output [ { name: "y" data_type: TYPE_FP32 dims: [ 1 ] } ]
`;
  writeFileSync(join(folder, 'config.pbtxt'), (model.config ?? own) + tensors);
  writeFileSync(
    join(folder, '1', 'model.py'),
    `import os
import time
import triton_python_backend_utils as pb_utils


class TritonPythonModel:
    def initialize(self, args):
        time.sleep(${loadMs} / 1000)
        if os.path.exists(${JSON.stringify(join(folder, 'broken'))}):
            raise RuntimeError("this instance does not come up")

    def execute(self, requests):
        inputs = [pb_utils.get_input_tensor_by_name(request, "x").as_numpy() for request in requests]
        time.sleep((${batchMs} + ${rowMs} * sum(x.shape[0] for x in inputs)) / 1000)
        return [pb_utils.InferenceResponse([pb_utils.Tensor("y", 2 * x)]) for x in inputs]
`,
  );
}
