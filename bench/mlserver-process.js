/** MLServer as a process with a model that does nothing, where the integration suite has installed it. */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';

const UP_WITHIN_MS = 60_000;

const MODEL = `from mlserver import MLModel
from mlserver.types import InferenceResponse, ResponseOutput


class Nothing(MLModel):
    async def load(self):
        return True

    async def predict(self, payload):
        rows = payload.inputs[0].shape[0]
        output = ResponseOutput(name="y", shape=[rows], datatype="FP64", data=[1.0] * rows)
        return InferenceResponse(model_name=self.name, outputs=[output])
`;

/** The program of an environment that is complete; undefined when there is none. */
export function findMlserver() {
  const folder = join(process.env.INFER_PLAN_CACHE ?? join(homedir(), '.cache', 'infer-plan'), 'python');
  if (!existsSync(folder)) return undefined;
  const complete = readdirSync(folder).filter(
    (name) => name.startsWith('mlserver-') && existsSync(join(folder, name, 'complete')),
  );
  return complete.length === 0 ? undefined : join(folder, complete[0], 'bin', 'mlserver');
}

/** @param maxBatchSize above 1 turns its adaptive batching on */
export async function startMlserver(program, { maxBatchSize }) {
  const folder = mkdtempSync(join(tmpdir(), 'infer-plan-mlserver-'));
  const ports = await Promise.all(Array.from({ length: 3 }, freePort));
  const [http_port, grpc_port, metrics_port] = ports;
  const settings = { host: '127.0.0.1', http_port, grpc_port, metrics_port, parallel_workers: 0, debug: false };
  const batching = maxBatchSize > 1 ? { max_batch_size: maxBatchSize, max_batch_time: 0.001 } : {};
  mkdirSync(join(folder, 'nothing'));
  writeFileSync(join(folder, 'settings.json'), JSON.stringify(settings));
  writeFileSync(join(folder, 'nothing.py'), MODEL);
  writeFileSync(
    join(folder, 'nothing', 'model-settings.json'),
    JSON.stringify({ name: 'nothing', implementation: 'nothing.Nothing', ...batching }),
  );
  const env = { ...process.env, PYTHONPATH: folder };
  const child = spawn(program, ['start', folder], { cwd: folder, env, stdio: 'ignore' });
  const exited = new Promise((resolve) => child.once('exit', resolve));
  const stop = async () => {
    child.kill('SIGTERM');
    const timer = setTimeout(() => child.kill('SIGKILL'), 10_000);
    await exited;
    clearTimeout(timer);
    rmSync(folder, { recursive: true, force: true });
  };
  const url = `http://127.0.0.1:${http_port}/v2/models/nothing`;
  const begin = performance.now();
  while (
    !(await fetch(`${url}/ready`).then(
      ({ ok }) => ok,
      () => false,
    ))
  ) {
    if (performance.now() - begin > UP_WITHIN_MS) {
      await stop();
      throw new Error('MLServer is not up');
    }
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  return { url: `${url}/infer`, pid: child.pid, stop };
}

function freePort() {
  return new Promise((resolve) => {
    const server = createServer();
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}
