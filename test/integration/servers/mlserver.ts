/** MLServer with models that sleep for the time of their batch, so that service times are known. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pythonWith } from './python.js';
import { freePorts, type ServerProcess, startServer } from './server-process.js';

const REQUIREMENTS = ['mlserver==1.7.1'];

export interface MlserverModel {
  readonly name: string;
  /** A batch of b rows takes `batchMs + b · rowMs`; 2 and 1 unless given. */
  readonly batchMs?: number;
  readonly rowMs?: number;
  /** Whether its metadata says what its input looks like; it does unless given. */
  readonly tellsInputs?: boolean;
}

export interface Mlserver extends ServerProcess {
  readonly url: string;
  /** Prometheus text. */
  readonly metricsUrl: string;
}

/** Starts MLServer with these models, in one process. Input of each: `x`, FP32 [rows, 4]; output `y`, FP32 [rows, 1], its sum; more than 8 rows are refused. */
export async function startMlserver({ models }: { models: readonly MlserverModel[] }): Promise<Mlserver> {
  const python = await pythonWith('mlserver', REQUIREMENTS);
  const folder = mkdtempSync(join(tmpdir(), 'infer-plan-mlserver-'));
  const [http, grpc, metrics] = await freePorts(3);
  const settings = { host: '127.0.0.1', http_port: http, grpc_port: grpc, metrics_port: metrics, parallel_workers: 0 };
  writeFileSync(join(folder, 'settings.json'), JSON.stringify({ ...settings, debug: false }));
  writeFileSync(join(folder, 'sleeper.py'), SLEEPER);
  for (const { name, batchMs = 2, rowMs = 1, tellsInputs = true } of models) {
    const inputs = tellsInputs ? { inputs: [{ name: 'x', datatype: 'FP32', shape: [-1, 4] }] } : {};
    const parameters = { extra: { batch_ms: batchMs, row_ms: rowMs } };
    mkdirSync(join(folder, name));
    writeFileSync(
      join(folder, name, 'model-settings.json'),
      JSON.stringify({ name, implementation: 'sleeper.Sleeper', ...inputs, parameters }),
    );
  }
  const url = `http://127.0.0.1:${http}`;
  const running = await startServer({
    command: join(dirname(python), 'mlserver'),
    args: ['start', folder],
    cwd: folder,
    env: { PYTHONPATH: folder },
    readyUrl: `${url}/v2/health/ready`,
    readyWithinMs: 120_000,
    cleanUp: () => rmSync(folder, { recursive: true, force: true }),
  });
  return { ...running, url, metricsUrl: `http://127.0.0.1:${metrics}/metrics` };
}

const SLEEPER = `import time

from mlserver import MLModel
from mlserver.codecs import NumpyCodec
from mlserver.errors import InferenceError
from mlserver.types import InferenceResponse


class Sleeper(MLModel):
    async def load(self):
        return True

    async def predict(self, payload):
        x = NumpyCodec.decode_input(payload.inputs[0])
        if x.shape[0] > 8:
            raise InferenceError("more than 8 rows")
        extra = self.settings.parameters.extra
        time.sleep((extra["batch_ms"] + extra["row_ms"] * x.shape[0]) / 1000)
        return InferenceResponse(model_name=self.name, outputs=[NumpyCodec.encode_output("y", x.sum(axis=1, keepdims=True))])
`;
