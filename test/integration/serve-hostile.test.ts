/** `infer-plan serve` beside modules that misbehave and clients that mean harm: each is answered or cut off, and everybody else is served. */
import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../helpers/folder.js';
import { CLI, type LocalEngine, runBuiltCli, startLocalEngine } from './servers/local-engine.js';
import { freePorts, pause, startServer } from './servers/server-process.js';

const folder = temporaryFolder();
const header = 'version: 1\nname: p\nprofiles: profiles.csv\nhardware: hardware.yaml\nstages:\n';
const PROFILE_COLUMNS = 'model,hardware,batch_size,mean_ms,p50_ms,p95_ms,p99_ms,samples,runtime,source';
const MODULES: Readonly<Record<string, string>> = {
  ok: 'run: (items) => items.map(() => ({ output: 1 }))',
  many: 'run: (items) => items.map(() => ({ send: { ok: new Array(130_000).fill(1) } }))',
  'post-strays': `run(items) {
    for (const stray of [null, 5, 'done', { is: 'done' }, { is: 'failed' }, { is: 'ready' }]) parentPort.postMessage(stray);
    return items.map(() => ({ output: 1 }));
  }`,
  exits: 'run: () => process.exit(7)',
  'throws-nothing': 'run() { throw Object.create(null); }',
  'rejects-later': 'run: (items) => (void Promise.reject(new Error("late")), items.map(() => ({ output: 1 })))',
  'throws-later': `run(items) {
    setTimeout(() => { throw new Error('later'); });
    return items.map(() => ({ output: 1 }));
  }`,
  'holds-itself': 'run: (items) => items.map(() => { const a = {}; a.a = a; return { output: a }; })',
  'gives-functions': 'run: (items) => items.map(() => ({ output: () => {} }))',
  'gives-symbols': 'run: (items) => items.map(() => ({ output: Symbol() }))',
  'gives-nothing': 'run: () => undefined',
  'gives-promises': 'run: (items) => items.map(async () => ({ output: 1 }))',
  'gives-nan': 'run: (items) => items.map(() => ({ output: [NaN, Infinity] }))',
  'gives-tensors-that-lie': 'run: (items) => items.map(() => ({ output: { y: { shape: [1e9], data: null } } }))',
  'sends-null': 'run: (items) => items.map(() => ({ output: 1, send: null }))',
  'sends-a-text': 'run: (items) => items.map(() => ({ send: { ok: "text" } }))',
  'never-returns': 'run: () => { for (;;); }',
  'never-resolves': 'run: () => new Promise((resolve) => setInterval(() => {}, 1e6))',
  hoards: 'run: () => { for (const all = []; ; ) all.push(new Array(1000).fill({})); }',
};
const names = Object.keys(MODULES);
for (const [name, member] of Object.entries(MODULES)) {
  folder.write(
    `${name}.mjs`,
    `import { parentPort } from 'node:worker_threads';\nexport const createStage = () => ({ ${member} });\nvoid parentPort;\n`,
  );
}
const stageLines = names.map((name) => {
  const parents = name === 'ok' ? `, parents: [${names.filter((one) => one !== 'ok').join(', ')}]` : '';
  return `  - { name: ${name}, module: ${name}.mjs${parents} }\n`;
});
folder.write('modules.yaml', header + stageLines.join(''));
folder.write(
  'many.yaml',
  `${header}  - { name: many, module: many.mjs }\n  - { name: ok, module: ok.mjs, parents: [many] }\n`,
);
folder.write('emulated.yaml', `${header}  - { name: a }\n  - { name: constructor, parents: [a] }\n`);
folder.write('hung.yaml', `${header}  - { name: a, module: hung.mjs }\n`);
folder.write('hung.mjs', 'export const createStage = () => new Promise(() => setInterval(() => {}, 1e6));\n');
folder.write(
  'hardware.yaml',
  'version: 1\nhardware:\n  - { name: cpu, kind: cpu, price_usd_per_hour: 1, activation_delay: 0s }\n',
);
folder.write('profiles.csv', `${PROFILE_COLUMNS}\na,cpu,1,1,,,,,none,test\nconstructor,cpu,1,400,,,,,none,test\n`);
folder.write('token.txt', 'right-token\n');

const JSON_TYPE = { 'content-type': 'application/json' };
const items = (count: number) => ({
  inputs: [{ name: 'items', shape: [count], datatype: 'BYTES', data: new Array(count).fill('1') }],
});
const post = async (url: string, body: unknown) => {
  const answer = await fetch(url, { method: 'POST', headers: JSON_TYPE, body: JSON.stringify(body) });
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
};

describe('modules that misbehave', () => {
  let server: LocalEngine;
  const ask = (stage: string) => post(`${server.url}/v2/models/p.${stage}/infer`, items(1));

  beforeAll(async () => {
    const stages = names.flatMap((name) => ['--stage', `${name}=here:1:1`]);
    server = await startLocalEngine(folder.path, ['--pipeline', 'modules.yaml', ...stages, '--query-timeout', '5s']);
  });
  afterAll(() => server.stop());

  it.each<[string, number[], string]>([
    ['many', [200], ''],
    ['post-strays', [200], ''],
    ['exits', [500], 'ended with code 7'],
    ['throws-nothing', [500], 'cannot be shown'],
    ['rejects-later', [200, 500], ''],
    ['throws-later', [200, 500], ''],
    ['holds-itself', [500], 'nested too deeply'],
    ['gives-functions', [500], 'could not be cloned'],
    ['gives-symbols', [500], 'could not be cloned'],
    ['gives-nothing', [500], 'no list of results'],
    ['gives-promises', [500], 'a result is a promise'],
    ['gives-nan', [200], ''],
    ['gives-tensors-that-lie', [200, 500], ''],
    ['sends-null', [200], ''],
    ['sends-a-text', [500], 'send.ok is not a list'],
    ['never-returns', [504], 'not answered within 5000 ms'],
    ['never-resolves', [504], 'not answered within 5000 ms'],
    ['hoards', [500, 504], ''],
  ])('%s: answered %j, and others are served', async (stage, statuses, said) => {
    const answer = await ask(stage);
    expect(statuses).toContain(answer.status);
    if (said !== '') expect(answer.body.error).toContain(said);
    expect((await ask('ok')).status).toBe(200);
  });

  it('replaces the replicas that were lost', async () => {
    await pause(500);
    expect((await ask('exits')).status).toBe(500);
    expect((await ask('ok')).status).toBe(200);
  });
});

it('items sent beyond every limit are answered, and the server goes on', async () => {
  const args = ['--pipeline', 'many.yaml', '--stage', 'many=here:1:1', '--stage', 'ok=here:1:1'];
  const server = await startLocalEngine(folder.path, args);
  const answer = await post(`${server.url}/v2/models/p/infer`, items(1));
  expect([answer.status, answer.body.error]).toEqual([
    500,
    '130000 items for stage ok, must be at most 65535 of a query',
  ]);
  expect((await post(`${server.url}/v2/models/p.ok/infer`, items(1))).status).toBe(200);
  await server.stop();
});

it('a start that never returns is ended by one SIGTERM', async () => {
  const [port] = await freePorts(1);
  const server = await startServer({
    command: process.execPath,
    args: [CLI, 'serve', '--port', String(port), '--pipeline', 'hung.yaml', '--stage', 'a=here:1:1'],
    cwd: folder.path,
    readyUrl: `http://127.0.0.1:${port}/v2/health/live`,
    readyWithinMs: 60_000,
  });
  server.process.signal('SIGTERM');
  expect(await server.process.exited).toBe(0);
  expect(server.process.output()).toContain('ended before all replicas served');
  await server.stop();
});

/** A connection that sends what it is told to, and what came back over it. */
async function rawConnection(url: string): Promise<{ socket: Socket; text: () => string; closed: Promise<void> }> {
  const { port } = new URL(url);
  const socket = connect(Number(port), '127.0.0.1');
  let text = '';
  socket.on('data', (chunk: Buffer) => {
    text += chunk.toString('latin1');
  });
  socket.on('error', () => {});
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  await new Promise((resolve) => socket.once('connect', resolve));
  return { socket, text: () => text, closed };
}

/** What comes back for bytes that are sent, until the server closes or `isEnough`. */
async function exchange(
  url: string,
  bytes: string | Buffer,
  isEnough: RegExp | ((text: string) => boolean),
): Promise<string> {
  const { socket, text, closed } = await rawConnection(url);
  socket.write(bytes);
  let isClosed = false;
  void closed.then(() => {
    isClosed = true;
  });
  const hasEnough = (): boolean => (typeof isEnough === 'function' ? isEnough(text()) : isEnough.test(text()));
  while (!isClosed && !hasEnough()) await pause(20);
  socket.destroy();
  return text();
}

describe('clients that mean harm', () => {
  let server: LocalEngine;
  const ROUTES = [
    ['POST', '/v2/models/p/infer'],
    ['POST', '/v2/models/p.constructor/infer'],
    ['PUT', '/admin/stages/a'],
    ['POST', '/admin/stages/a/batches'],
  ] as const;
  const others = async () => (await post(`${server.url}/v2/models/p.a/infer`, items(1))).status;

  beforeAll(async () => {
    const stages = ['--stage', 'a=cpu:1:1', '--stage', 'constructor=cpu:1:1'];
    const limits = ['--queue-limit', '50', '--query-timeout', '2s'];
    server = await startLocalEngine(folder.path, ['--pipeline', 'emulated.yaml', ...stages, ...limits]);
  });
  afterAll(() => server.stop());

  const deep = '['.repeat(100_000) + ']'.repeat(100_000);
  const HARMFUL: readonly [string, string | Buffer][] = [
    ['JSON nested 100,000 deep', deep],
    ['a value nested 100,000 deep', `{"inputs":${deep},"replicas":${deep},"max_batch_size":${deep},"size":${deep}}`],
    ['objects in a value', '{"inputs":{"toString":1},"replicas":{"toString":1},"size":{"valueOf":2}}'],
    [
      'a tensor of nothing and beyond any count',
      '{"inputs":[{"name":"x","shape":[4000000000,4000000000,0],"datatype":"FP32","data":[]}],"replicas":1e999,"size":1e999}',
    ],
    ['keys of every object', '{"__proto__":{"replicas":2},"constructor":1,"toString":2}'],
    ['keys that stand twice', '{"inputs":1,"inputs":2,"replicas":"x","replicas":-1,"size":"x","size":-1}'],
    ['bytes that are no UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d])],
    ['nothing', ''],
    ['half of something', '{"inputs":[{'],
  ];
  it.each(ROUTES.flatMap(([method, path]) => HARMFUL.map(([what, body]) => [method, path, what, body] as const)))(
    '%s %s refuses %s',
    async (method, path, _, body) => {
      const answer = await fetch(server.url + path, { method, headers: JSON_TYPE, body });
      expect([400, 413]).toContain(answer.status);
      expect(await answer.json()).toEqual({ error: expect.any(String) });
      expect(await others()).toBe(200);
    },
  );

  it('are refused at once when they announce too much', async () => {
    for (const [method, path] of ROUTES) {
      const head = `${method} ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: 99999999999\r\n\r\n`;
      expect(await exchange(server.url, head, /^HTTP\/1\.1 \d+/)).toMatch(/^HTTP\/1\.1 413/);
    }
  });

  it('are cut off when they never end a head, or a body', async () => {
    const request = 'POST /v2/models/p/infer HTTP/1.1\r\nHost: 127.0.0.1\r\n';
    const { socket, text, closed } = await rawConnection(server.url);
    socket.write(request);
    const dripping = setInterval(() => socket.write('X-More: 1\r\n'), 500);
    await closed;
    clearInterval(dripping);
    expect(text()).toMatch(/^HTTP\/1\.1 408/);
    expect(await others()).toBe(200);
  });

  it('get 413 for a body in chunks without an end, before it has ended', async () => {
    const head =
      'PUT /admin/stages/a HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n';
    const chunk = `10000\r\n${'x'.repeat(0x10000)}\r\n`;
    expect(await exchange(server.url, head + chunk + chunk, /^HTTP\/1\.1 \d+/)).toMatch(/^HTTP\/1\.1 413/);
  });

  it.each<[string, string | Buffer, RegExp]>([
    ['garbage', Buffer.from(Array.from({ length: 3000 }, (_, n) => (n * 7919) % 256)), /^HTTP\/1\.1 400/],
    [
      'a head beyond 16 KiB',
      `GET /v2 HTTP/1.1\r\nHost: 127.0.0.1\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`,
      /^HTTP\/1\.1 431/,
    ],
    ['HTTP/1.0', 'GET /v2/health/live HTTP/1.0\r\n\r\n', /^HTTP\/1\.1 200/],
    [
      'two lengths',
      'POST /v2/models/p/infer HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}',
      /^HTTP\/1\.1 400/,
    ],
    [
      'a length and chunks',
      'POST /v2/models/p/infer HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
      /^HTTP\/1\.1 400/,
    ],
    ['a broken escape', 'GET /v2/models/%ff HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n', /^HTTP\/1\.1 400/],
    [
      'a whole address',
      'GET http://evil.example/admin/stages HTTP/1.1\r\nHost: evil.example\r\n\r\n',
      /^HTTP\/1\.1 404/,
    ],
    ['a method of its own', 'DELETE /v2/models/p/infer HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n', /^HTTP\/1\.1 404/],
    [
      'an upgrade',
      'GET /v2/health/live HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n',
      /^HTTP\/1\.1 200/,
    ],
    [
      'a length that is no number',
      'POST /v2/models/p/infer HTTP/1.1\r\nHost: 127.0.0.1\r\nInference-Header-Content-Length: 0x2\r\nContent-Length: 2\r\n\r\n{}',
      /^HTTP\/1\.1 400/,
    ],
  ])('that send %s are answered', async (_, bytes, answer) => {
    expect(await exchange(server.url, bytes, /\r\n\r\n/)).toMatch(answer);
    expect(await others()).toBe(200);
  });

  it('that send many requests at once over one connection get their answers in order', async () => {
    const one = (stage: string) => `GET /v2/models/p.${stage} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`;
    const text = await exchange(
      server.url,
      (one('a') + one('constructor')).repeat(500),
      (text) => text.split('p.constructor').length > 500,
    );
    const names = [...text.matchAll(/"name":"(p\.\w+)"/g)].map(([, name]) => name);
    expect(names).toEqual(Array.from({ length: 1000 }, (_, n) => (n % 2 === 0 ? 'p.a' : 'p.constructor')));
  });

  it('cannot bring a stage more than its queue limit, and leave it when they go', async () => {
    const slow = `${server.url}/v2/models/p.constructor/infer`;
    const waiting = async () => {
      const { stages } = (await (await fetch(`${server.url}/admin/stages`)).json()) as {
        stages: { queue_length: number }[];
      };
      return stages[1]!.queue_length;
    };
    expect((await post(slow, items(51))).body.error).toBe(
      '51 items for stage constructor, must be at most 50, the queue limit',
    );
    const nothing = { inputs: [{ name: 'x', shape: [4_000_000_000, 0], datatype: 'FP32', data: [] }] };
    expect((await post(slow, nothing)).body.error).toContain('must be a shape whose items hold something');
    const gone = new AbortController();
    const first = fetch(slow, {
      method: 'POST',
      headers: JSON_TYPE,
      body: JSON.stringify(items(40)),
      signal: gone.signal,
    }).catch(() => {});
    while ((await waiting()) < 30) await pause(20);
    expect((await post(slow, items(50))).status).toBe(503);
    gone.abort();
    await first;
    while ((await waiting()) > 0) await pause(20);
    const late = await post(slow, items(30));
    expect([late.status, await waiting()]).toEqual([504, 0]);
  });

  it('read answers as slowly as they like, while others are served', async () => {
    const body = JSON.stringify(items(1));
    const { socket } = await rawConnection(server.url);
    socket.pause();
    const length = `Content-Length: ${body.length}`;
    socket.write(`POST /v2/models/p.a/infer HTTP/1.1\r\nHost: 127.0.0.1\r\n${length}\r\n\r\n${body}`.repeat(20));
    expect(await others()).toBe(200);
    socket.destroy();
  });
});

describe('the guard', () => {
  const STAGES = ['--pipeline', 'emulated.yaml', '--stage', 'a=cpu:1:1', '--stage', 'constructor=cpu:1:1'];
  const FOREIGN = 'Host: rebind.evil.example\r\n';
  const ADMIN = [
    ['GET', '/admin/stages'],
    ['GET', '/admin/clock'],
    ['GET', '/admin/arrivals?from=0'],
    ['GET', '/admin/batches'],
    ['PUT', '/admin/stages/a'],
    ['POST', '/admin/stages/a/batches'],
    ['DELETE', '/admin/stages/a/replicas/0'],
    ['GET', '/metrics'],
  ] as const;
  const statusOf = async (url: string, method: string, path: string, heads: string) => {
    const text = await exchange(url, `${method} ${path} HTTP/1.1\r\n${heads}Content-Length: 0\r\n\r\n`, /\r\n\r\n/);
    return Number(/^HTTP\/1\.1 (\d+)/.exec(text)?.[1]);
  };

  it('keeps foreign pages from every call but inference', async () => {
    const server = await startLocalEngine(folder.path, STAGES);
    for (const [method, path] of ADMIN) {
      expect([path, await statusOf(server.url, method, path, FOREIGN)]).toEqual([path, 403]);
      const origin = 'Host: 127.0.0.1\r\nOrigin: http://evil.example\r\n';
      expect([path, await statusOf(server.url, method, path, origin)]).toEqual([path, 403]);
    }
    expect(
      await statusOf(server.url, 'POST', '/admin/stages/a/batches', 'Host: localhost\r\nContent-Type: text/plain\r\n'),
    ).toBe(415);
    expect(await statusOf(server.url, 'GET', '/v2/health/ready', FOREIGN)).toBe(200);
    await server.stop();
  });

  it('demands the token of a file, or of the environment, where there is one', async () => {
    const server = await startLocalEngine(folder.path, [...STAGES, '--token-file', 'token.txt']);
    for (const [method, path] of ADMIN) {
      expect([path, await statusOf(server.url, method, path, 'Host: localhost\r\n')]).toEqual([path, 401]);
    }
    const stages = await fetch(`${server.url}/admin/stages`, { headers: { authorization: 'Bearer right-token' } });
    expect(stages.status).toBe(200);
    expect((await post(`${server.url}/v2/models/p/infer`, { inputs: [] })).status).toBe(200);
    expect(server.process.output()).not.toContain('right-token');
    await server.stop();
  });

  it('closes what it guards beyond loopback without a token, and warns in words', async () => {
    const server = await startLocalEngine(folder.path, [...STAGES, '--host', '0.0.0.0']);
    for (const [method, path] of ADMIN) {
      expect([path, await statusOf(server.url, method, path, 'Host: localhost\r\n')]).toEqual([path, 401]);
    }
    expect((await post(`${server.url}/v2/models/p/infer`, { inputs: [] })).status).toBe(200);
    expect(server.process.output()).toContain('warning: --host 0.0.0.0: other machines can send queries');
    await server.stop();
  });

  it.each([
    ['empty', '\n', 'holds no token'],
    ['two-words', 'two words\n', 'holds no valid token'],
  ])('refuses a token file that is %s, without its text', async (name, text, said) => {
    folder.write(name, text);
    const args = ['serve', '--port', '0', ...STAGES, '--token-file', name];
    await expect(runBuiltCli(folder.path, args)).rejects.toThrow(new RegExp(`exit code 2: .*${said}`, 's'));
  });
});
