/**
 * What a broken system, a proxy or a stranger answers instead of `serve`. Each acts on one request: `proper()` gives
 * the right answer `{ status, text }`, after `serve` has done what was asked.
 */
import { STAGES } from './scene.js';

const READS = ['read', 'change', 'clock'];
const ALL = [...READS, 'arrivals', 'batches'];

const json = (response, value, status = 200) => text(response, JSON.stringify(value), status, 'application/json');

function text(response, body, status = 200, type = 'text/html') {
  response.writeHead(status, { 'content-type': type });
  response.end(body);
}

const HTML = '<!doctype html>\n<html><head><title>Sign in</title></head>\n<body>\n1\n2\n3\n</body></html>\n';

/** Answers of the right form that say what cannot be. */
const CONTRADICTIONS = [
  (answer) => ({ ...answer, version: 2 }),
  (answer) => ({ ...answer, stages: [] }),
  (answer) => ({ ...answer, stages: [...(answer.stages ?? []), ...(answer.stages ?? [])] }),
  (answer) => ({ ...answer, stages: (answer.stages ?? []).slice(1) }),
  (answer) => withNumbers(answer, () => -1),
  (answer) => withNumbers(answer, (n) => n + 0.5),
  (answer) => withNumbers(answer, (n) => `${n}`),
  (answer) => withNumbers(answer, () => null),
  (answer) => withNumbers(answer, () => 2 ** 53),
  (answer) => withNumbers(answer, () => []),
  () => [],
  () => null,
  () => 0,
];

function withNumbers(value, change) {
  if (typeof value === 'number') return change(value);
  if (Array.isArray(value)) return value.map((inner) => withNumbers(inner, change));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [key, key === 'version' ? inner : withNumbers(inner, change)]),
  );
}

const pickFrom = (list, draw) => list[Math.floor(draw * list.length)];

/** By kind: which calls it may meet, and what it does to one of them. `fault.ended` resolves when the fault is over. */
export const HTTP_FAULTS = {
  'hang, then reset': {
    calls: ALL,
    async act({ fault, response }) {
      await fault.ended;
      response.destroy();
    },
  },
  'hang, then the answer': {
    calls: READS,
    async act({ fault, response, proper }) {
      await fault.ended;
      const { status, text: body } = await proper();
      text(response, body, status, 'application/json');
    },
  },
  'slow answer': {
    calls: READS,
    async act({ fault, response, proper }) {
      const { status, text: body } = await proper();
      await fault.ended;
      text(response, body, status, 'application/json');
    },
  },
  reset: { calls: ALL, act: ({ response }) => response.destroy() },
  'done, answer lost': {
    calls: ['change'],
    async act({ response, proper }) {
      await proper();
      response.destroy();
    },
  },
  'done twice': {
    calls: ['change'],
    async act({ response, proper }) {
      await proper();
      const { status, text: body } = await proper();
      text(response, body, status, 'application/json');
    },
  },
  'not done, said to be': {
    calls: ['change'],
    act: ({ response, asked }) =>
      json(response, {
        stage: asked.stage,
        replicas: asked.replicas,
        ready_replicas: asked.replicas,
        activation_ms: 1,
      }),
  },
  'status 500': { calls: ALL, act: ({ response }) => text(response, 'Internal Server Error', 500) },
  'status 503': { calls: ALL, act: ({ response }) => text(response, 'no healthy upstream', 503) },
  'status 401': { calls: ALL, act: ({ response }) => text(response, HTML, 401) },
  'status 302': {
    calls: READS,
    act({ response }) {
      response.writeHead(302, { location: '/login' });
      response.end();
    },
  },
  'HTML with status 200': { calls: ALL, act: ({ response }) => text(response, HTML) },
  'nothing with status 200': { calls: ALL, act: ({ response }) => text(response, '') },
  garbage: {
    calls: ALL,
    act({ fault, response }) {
      const bytes = Buffer.from(Array.from({ length: 300 }, (_, i) => (Math.imul(i + 1, 2654435761) >>> 13) & 255));
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(bytes.subarray(Math.floor(fault.draw * 200)));
    },
  },
  'half an answer, then reset': {
    calls: READS,
    async act({ response, proper }) {
      const { text: body } = await proper();
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': body.length });
      response.write(body.slice(0, body.length >> 1), () => response.destroy());
    },
  },
  'half an answer': {
    calls: READS,
    async act({ fault, response, proper }) {
      const { text: body } = await proper();
      text(response, body.slice(0, Math.floor(fault.draw * body.length)), 200, 'application/json');
    },
  },
  'an answer without end': {
    calls: ['read', 'change', 'clock'],
    async act({ fault, response }) {
      response.writeHead(200, { 'content-type': 'application/json' });
      while (!fault.isOver && !response.destroyed) {
        response.write(' '.repeat(65536));
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      response.destroy();
    },
  },
  'another pipeline': {
    calls: ['read'],
    act({ fault, response }) {
      const names = fault.draw < 0.5 ? ['resize', 'caption'] : STAGES;
      const stages = names.map((stage) => ({ stage, replicas: 40, ready_replicas: 40 }));
      json(response, { version: 1, pipeline: 'captions', stages });
    },
  },
  'an answer that cannot be': {
    calls: READS,
    async act({ fault, response, proper }) {
      const { text: body } = await proper();
      json(response, pickFrom(CONTRADICTIONS, fault.draw)(JSON.parse(body)));
    },
  },
  'infinite numbers': {
    calls: READS,
    async act({ response, proper }) {
      const { text: body } = await proper();
      text(response, body.replaceAll(/:\s*\d[\d.]*/g, ':1e999'), 200, 'application/json');
    },
  },
  'arrivals that never come': {
    calls: ['clock'],
    async act({ fault, response, proper }) {
      const answer = JSON.parse((await proper()).text);
      json(response, { ...answer, arrivals: answer.arrivals + 1 + Math.floor(fault.draw * 1e9) });
    },
  },
  'lines that are no arrivals': {
    calls: ['arrivals'],
    act({ fault, response }) {
      const line = pickFrom(['NaN', '<tr>', '', '-5.000', '9e15', '1e999', '{}', 'null'], fault.draw);
      text(response, `${line}\n`.repeat(200), 200, 'text/plain');
    },
  },
};
