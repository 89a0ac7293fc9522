import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { InputError } from '../../../src/errors.js';
import { readBackendFile } from '../../../src/files/pipeline/backend-file.js';
import type { BackendSpec } from '../../../src/model/backend-spec.js';

function read(text: string): BackendSpec {
  const folder = mkdtempSync(join(tmpdir(), 'backend-'));
  const path = join(folder, 'backend.yaml');
  writeFileSync(path, text);
  try {
    return readBackendFile(path);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function problemsOf(text: string): string[] {
  try {
    read(text);
  } catch (error) {
    if (error instanceof InputError)
      return error.problems.map((line) => line.replace(/^.*backend\.yaml/, 'backend.yaml'));
    throw error;
  }
  return [];
}

it.each<[string, string, BackendSpec]>([
  ['a kind alone', '{ version: 1, target: { kind: local } }', { target: { kind: 'local', names: {} } }],
  [
    'names, and counters for arrivals',
    `version: 1
target: { kind: triton, address: 'http://a:8000', names: { detect: detector } }
arrivals: { kind: counter, server: triton, address: 'http://a:8002/metrics', entry: detector, poll: 100ms }`,
    {
      target: { kind: 'triton', address: 'http://a:8000', names: { detect: 'detector' } },
      arrivals: { kind: 'counter', server: 'triton', address: 'http://a:8002/metrics', entry: 'detector', pollMs: 100 },
    },
  ],
  [
    'a namespace, and Prometheus',
    `version: 1
target: { kind: kubernetes, namespace: ml, kubeconfig: /k }
arrivals: { kind: promql, address: 'http://p:9090', selector: 'x{a="b"}', scrape_interval: 5s }`,
    {
      target: { kind: 'kubernetes', names: {}, namespace: 'ml', kubeconfig: '/k' },
      arrivals: { kind: 'promql', address: 'http://p:9090', selector: 'x{a="b"}', scrapeMs: 5000 },
    },
  ],
  [
    'EC2, and what somebody sends',
    '{ version: 1, target: { kind: ec2, address: eu-west-1, drain: 1m }, arrivals: { kind: push, port: 9100 } }',
    {
      target: { kind: 'ec2', address: 'eu-west-1', names: {}, drainMs: 60_000 },
      arrivals: { kind: 'push', port: 9100 },
    },
  ],
  [
    'an access log',
    '{ version: 1, target: { kind: local }, arrivals: { kind: access-log, address: /var/log/a.log, format: nginx, hold: 2s } }',
    {
      target: { kind: 'local', names: {} },
      arrivals: { kind: 'access-log', address: '/var/log/a.log', format: 'nginx', holdMs: 2000 },
    },
  ],
])('reads %s', (_, text, spec) => {
  expect(read(text)).toEqual(spec);
});

it('says everything that is wrong at once', () => {
  const text = `version: 1
target: { kind: tritn, namespace: ml, drain: 0s }
arrivals: { kind: promql, address: 5, scrape_interval: 5 }`;
  expect(problemsOf(text)).toEqual([
    expect.stringContaining('target.kind = tritn, must be one of local, triton, ray-serve, kubernetes, ec2'),
    expect.stringContaining('target.namespace = ml, must be left out: only kind kubernetes has it'),
    expect.stringContaining('target.drain = 0s, must be left out: only kind ec2 has it'),
    expect.stringContaining('target.drain = 0s, must be longer than 0'),
    expect.stringContaining('arrivals.selector is missing'),
    expect.stringContaining('arrivals.address = 5, must be text'),
    expect.stringContaining('arrivals.scrape_interval = 5, must be a duration with a unit'),
  ]);
});

it('asks for a kind before it says which keys there are', () => {
  expect(problemsOf('{ version: 1, target: { kind: local }, arrivals: { kind: nginx, address: a } }')).toEqual([
    expect.stringContaining('arrivals.kind = nginx, must be one of local, counter, access-log, promql, push'),
  ]);
});

it('paths start from the folder of the file', () => {
  const { target, arrivals } = read(`version: 1
target: { kind: kubernetes, kubeconfig: kube/config }
arrivals: { kind: access-log, address: ../a.log, format: envoy }`);
  expect(target.kubeconfig).toMatch(/^\/.*\/kube\/config$/);
  expect(arrivals).toMatchObject({ address: expect.stringMatching(/^\/[^.]*\/a\.log$/) });
});
