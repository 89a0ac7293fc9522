/** `infer-plan serve` as a process, through its HTTP calls. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../helpers/folder.js';
import { type LocalEngine, runBuiltCli, startLocalEngine } from './servers/local-engine.js';
import { pause } from './servers/server-process.js';
import { smallModel } from './small-model.js';

const folder = temporaryFolder();
const header = 'version: 1\nname: p\nprofiles: profiles.csv\nhardware: hardware.yaml\nstages:\n';

folder.write(
  'hardware.yaml',
  'version: 1\nhardware:\n  - { name: cpu, kind: cpu, price_usd_per_hour: 1, activation_delay: 300ms }\n',
);
folder.write(
  'profiles.csv',
  'model,hardware,batch_size,mean_ms,p50_ms,p95_ms,p99_ms,samples,runtime,source\nslow,cpu,1,400,,,,,none,test\nslow,cpu,4,400,,,,,none,test\n',
);
folder.write('emulated.yaml', `${header}  - { name: slow }\n`);
folder.write(
  'modules.yaml',
  `${header}  - { name: net, module: net.js }\n  - { name: odd, module: odd.js, parents: [net] }\n`,
);
folder.write('patient.yaml', `${header}  - { name: slow, batch_timeout: 500ms }\n`);
folder.write('small.onnx', smallModel());
folder.write(
  'net.js',
  `export async function createStage({ openModel }) {
  const model = await openModel('small.onnx');
  return {
    async run(items) {
      const data = Float32Array.from(items.flatMap(({ x }) => [...x.data]));
      const { y } = await model.run({ x: { data, dims: [items.length, 8] } });
      return items.map((_, n) => ({ output: y.data.slice(8 * n, 8 * n + 8) }));
    },
  };
}
`,
);
// What the first number of the network's answer asks for: 4 halves of the sum of the inputs.
folder.write(
  'odd.js',
  `export const createStage = () => ({
  run(items) {
    for (const [first] of items) {
      if (first === 1) throw new Error('one is not wanted');
      if (first === 2) process.exit(3);
      if (first === 3) for (;;);
    }
    return items.map((values) => ({ output: { first: values[0], thread: typeof values } }));
  },
});
`,
);
folder.write('broken.yaml', `${header}  - { name: net, module: broken.js }\n`);
folder.write('broken.js', 'export const createStage = () => {\n  throw new Error("weights are missing");\n};\n');

interface Answer {
  readonly id?: string;
  readonly model_name: string;
  readonly parameters: { readonly arrival_ms: number; readonly end_ms: number };
  readonly outputs: readonly { readonly name: string; readonly datatype: string; readonly data: readonly string[] }[];
}

const query = (first: number) => ({
  id: `q${first}`,
  inputs: [{ name: 'x', shape: [8], datatype: 'FP32', data: [2 * first, 0, 0, 0, 0, 0, 0, 0] }],
});
const send = (url: string, method: string, body?: unknown) =>
  fetch(url, {
    method,
    ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
  });

describe('stages with modules', () => {
  let server: LocalEngine;
  const infer = (first: number) => send(`${server.url}/v2/models/p/infer`, 'POST', query(first));

  beforeAll(async () => {
    const args = [
      '--pipeline',
      'modules.yaml',
      '--stage',
      'net=here:4:1',
      '--stage',
      'odd=here:4:2',
      '--query-timeout',
      '2s',
    ];
    server = await startLocalEngine(folder.path, args);
  });
  afterAll(() => server.stop());

  it('answer with what ONNX Runtime computed', async () => {
    const answer = await infer(5);
    expect(answer.status).toBe(200);
    const { outputs, id, model_name, parameters } = (await answer.json()) as Answer;
    expect([id, model_name, outputs[0]!.name, outputs[0]!.datatype]).toEqual(['q5', 'p', 'odd', 'BYTES']);
    expect(JSON.parse(outputs[0]!.data[0]!)).toEqual({ first: 5, thread: 'object' });
    expect(parameters.end_ms).toBeGreaterThan(parameters.arrival_ms);
  });

  it('can be asked one by one, a batch at a time', async () => {
    const inputs = [
      { name: 'x', shape: [2, 8], datatype: 'FP32', data: Array.from({ length: 16 }, (_, n) => (n < 8 ? 1 : 2)) },
    ];
    const { outputs } = (await (
      await send(`${server.url}/v2/models/p.net/infer`, 'POST', { inputs })
    ).json()) as Answer;
    expect(outputs).toEqual([
      { name: 'net', shape: [2, 8], datatype: 'FP32', data: [...Array(8).fill(4), ...Array(8).fill(8)] },
    ]);
  });

  it.each([
    ['throws', 1, 500, 'one is not wanted', 0],
    ['ends its thread, twice', 2, 500, 'ended with code 3', 2],
    ['does not come back', 3, 504, 'not answered within 2000 ms', 1],
  ])(
    'a module that %s: the query is answered with an error and the server goes on',
    async (_, first, status, reason, restarts) => {
      const restartsNow = async () => {
        const { stages } = (await (await fetch(`${server.url}/admin/stages`)).json()) as {
          stages: { restarts: number }[];
        };
        return stages[1]!.restarts;
      };
      const before = await restartsNow();
      const answer = await infer(first);
      expect([answer.status, ((await answer.json()) as { error: string }).error]).toEqual([
        status,
        expect.stringContaining(reason),
      ]);
      expect((await restartsNow()) - before).toBeGreaterThanOrEqual(restarts);
      expect((await infer(7)).status).toBe(200);
    },
  );

  it.each<[string, string, string, unknown, number, string]>([
    ['an unknown model', 'POST', '/v2/models/nobody/infer', {}, 404, 'must be one of p, p.net, p.odd'],
    ['an unknown call', 'GET', '/v2/nothing', undefined, 404, 'no such call'],
    ['a body without inputs', 'POST', '/v2/models/p/infer', {}, 400, 'inputs = (missing), must be a list of tensors'],
    ['an unknown stage', 'PUT', '/admin/stages/nobody', { replicas: 1 }, 404, 'must be one of net, odd'],
    ['no replicas', 'PUT', '/admin/stages/net', { replicas: 0 }, 400, 'must be an integer from 1'],
    [
      'an unknown key',
      'PUT',
      '/admin/stages/net',
      { replica: 1 },
      400,
      'must be a JSON object with replicas, max_batch_size or both',
    ],
    ['a replica that is not there', 'DELETE', '/admin/stages/net/replicas/99', undefined, 404, 'has no replica 99'],
    [
      'a batch of none',
      'POST',
      '/admin/stages/net/batches',
      { size: 0 },
      400,
      'size = 0, must be an integer from 1 to 4',
    ],
    [
      'a batch of more than the stage may take',
      'POST',
      '/admin/stages/net/batches',
      { size: 5 },
      400,
      'size = 5, must be an integer from 1 to 4',
    ],
    ['arrivals from nowhere', 'GET', '/admin/arrivals?from=-1', undefined, 400, 'must be a whole number from 0'],
  ])('refuse %s', async (_, method, path, body, status, reason) => {
    const answer = await send(`${server.url}${path}`, method, body);
    expect([answer.status, ((await answer.json()) as { error: string }).error]).toEqual([
      status,
      expect.stringContaining(reason),
    ]);
  });

  it('run a batch of items that came before, and tell how long it took', async () => {
    expect((await infer(7)).status).toBe(200);
    const answer = await send(`${server.url}/admin/stages/net/batches`, 'POST', { size: 3 });
    const told = (await answer.json()) as { service_ms: number };
    expect(told).toEqual({ stage: 'net', size: 3, service_ms: expect.any(Number) });
    expect(told.service_ms).toBeGreaterThan(0);
  });

  it('gain and lose replicas while they serve', async () => {
    const change = async (body: object) =>
      (await (await send(`${server.url}/admin/stages/net`, 'PUT', body)).json()) as Record<string, number>;
    expect(await change({ replicas: 2, max_batch_size: 8 })).toMatchObject({
      replicas: 2,
      ready_replicas: 2,
      max_batch_size: 8,
    });
    expect(await change({ replicas: 1 })).toMatchObject({ replicas: 1, ready_replicas: 1, activation_ms: 0 });
    expect((await infer(7)).status).toBe(200);
  });
});

describe('an emulated stage', () => {
  let server: LocalEngine;
  const infer = () => send(`${server.url}/v2/models/p/infer`, 'POST', { inputs: [] });
  const start = async (...args: string[]) => {
    server = await startLocalEngine(folder.path, ['--pipeline', 'emulated.yaml', '--stage', 'slow=cpu:1:1', ...args]);
  };

  it('refuses what does not fit its queue, with when to come back, and counts it among the arrivals', async () => {
    await start('--queue-limit', '2');
    const answers = await Promise.all(Array.from({ length: 5 }, infer));
    const refused = answers.filter(({ status }) => status === 503);
    expect(answers.filter(({ status }) => status === 200).length).toBe(3);
    expect(refused.map(({ headers }) => headers.get('retry-after'))).toEqual(['1', '1']);
    const arrivals = await fetch(`${server.url}/admin/arrivals?from=1`);
    const { value } = await arrivals.body!.getReader().read();
    expect(Buffer.from(value!).toString()).toMatch(/^(\d+\.\d{3}\n){4}$/);
    const metrics = await (await fetch(`${server.url}/metrics`)).text();
    expect(metrics).toContain('infer_plan_queries_total{outcome="refused"} 2');
    expect(metrics).toContain('infer_plan_batch_size_count{stage="slow"} 3');
    await server.stop();
  });

  it('has no items that could be measured', async () => {
    await start();
    await infer();
    const answer = await send(`${server.url}/admin/stages/slow/batches`, 'POST', { size: 1 });
    expect(await answer.json()).toEqual({
      stage: 'slow',
      size: 1,
      failure: 'no query has brought the stage any items that could be measured',
    });
    await server.stop();
  });

  it('takes its hardware’s activation delay, and no larger batch than was measured', async () => {
    await start();
    const answer = await send(`${server.url}/admin/stages/slow`, 'PUT', { replicas: 2 });
    expect(((await answer.json()) as { activation_ms: number }).activation_ms).toBeGreaterThanOrEqual(300);
    const refused = await send(`${server.url}/admin/stages/slow`, 'PUT', { max_batch_size: 5 });
    expect(((await refused.json()) as { error: string }).error).toBe(
      'max_batch_size = 5, must be an integer from 1 to 4',
    );
    await server.stop();
  });

  it('when told to end answers what is in, refuses what comes, writes its batches and exits 0', async () => {
    await start('--batches', 'batches.ndjson');
    const inside = [infer(), infer()];
    const stream = await fetch(`${server.url}/admin/batches`);
    await pause(200);
    server.process.signal('SIGTERM');
    await pause(100);
    const late = await infer();
    expect([late.status, late.headers.get('retry-after')]).toEqual([503, '5']);
    expect((await Promise.all(inside)).map(({ status }) => status)).toEqual([200, 200]);
    expect(await server.process.exited).toBe(0);
    const lines = readFileSync(join(folder.path, 'batches.ndjson'), 'utf8');
    expect(lines.trim().split('\n')).toHaveLength(2);
    expect(await stream.text()).toBe(lines);
  });

  it('waits to fill a batch as long as it may, and no longer', async () => {
    const args = ['--pipeline', 'patient.yaml', '--stage', 'slow=cpu:4:2', '--batches', 'patient.ndjson'];
    server = await startLocalEngine(folder.path, args);
    await infer();
    await Promise.all([infer(), infer(), infer(), infer()]);
    await server.stop();
    const lines = readFileSync(join(folder.path, 'patient.ndjson'), 'utf8').trim().split('\n');
    const [alone, full] = lines.map((line) => JSON.parse(line) as { start_ms: number; entered_ms: number[] });
    expect(alone!.entered_ms).toHaveLength(1);
    expect(alone!.start_ms - alone!.entered_ms[0]!).toBeGreaterThanOrEqual(500);
    expect(full!.start_ms).toBe(full!.entered_ms[3]);
  });

  it('gives queries up when they take longer than the drain limit', async () => {
    await start('--drain-limit', '100ms');
    const inside = [infer(), infer(), infer()];
    await pause(100);
    server.process.signal('SIGTERM');
    const statuses = (await Promise.all(inside)).map(({ status }) => status);
    expect(statuses.at(-1)).toBe(503);
    expect(await server.process.exited).toBe(0);
  });
});

describe('what cannot be served', () => {
  const serve = (...args: string[]) => runBuiltCli(folder.path, ['serve', '--port', '0', ...args]);

  it.each([
    [
      'a module that cannot start',
      ['--pipeline', 'broken.yaml', '--stage', 'net=x:1:1'],
      /exit code 4: .*stage net: a replica cannot start: weights are missing/s,
    ],
    [
      'a stage left out',
      ['--pipeline', 'modules.yaml', '--stage', 'net=x:1:1'],
      /exit code 2: .*stage odd is missing/s,
    ],
    [
      'hardware nobody measured',
      ['--pipeline', 'emulated.yaml', '--stage', 'slow=gpu:1:1'],
      /exit code 2: .*hardware = gpu, must be listed hardware/s,
    ],
    [
      'a batch nobody measured',
      ['--pipeline', 'emulated.yaml', '--stage', 'slow=cpu:9:1'],
      /exit code 2: .*must be at most 4/s,
    ],
    [
      'a port that is no port',
      ['--pipeline', 'emulated.yaml', '--stage', 'slow=cpu:1:1', '--port', '99999'],
      /exit code 2: .*--port = 99999/s,
    ],
  ])('%s is said, and nothing is left running', async (_, args, said) => {
    await expect(serve(...args)).rejects.toThrow(said);
  });
});
