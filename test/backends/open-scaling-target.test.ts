import { expect, it } from 'vitest';
import { openScalingTarget, parseTarget } from '../../src/backends/open-scaling-target.js';

it.each([
  ['local', { kind: 'local', names: {} }],
  ['triton=http://a:8000', { kind: 'triton', names: {}, address: 'http://a:8000' }],
  ['ray-serve:http://a:8265', { kind: 'ray-serve', names: {}, address: 'http://a:8265' }],
  ['ec2=eu-west-1', { kind: 'ec2', names: {}, address: 'eu-west-1' }],
])('reads %s', (text, spec) => {
  expect(parseTarget(text, '--target')).toEqual(spec);
});

it.each([
  ['trition', /--target = trition, must be KIND.*triton/],
  ['', /--target = \(empty\)/],
])('refuses %j', (text, message) => {
  expect(() => parseTarget(text, '--target')).toThrow(message);
});

it('says what to use instead of a server that cannot be scaled', () => {
  expect.assertions(1);
  try {
    parseTarget('mlserver=http://a:8080', '--target');
  } catch (error) {
    expect(error).toMatchObject({
      problems: ['--target = mlserver=http://a:8080: this server cannot set replicas'],
      hint: expect.stringContaining('kubernetes'),
    });
  }
});

it.each(['local', 'triton', 'ray-serve'] as const)('opens %s without asking it anything', async (kind) => {
  const target = await openScalingTarget({ spec: { kind, names: {} }, pipeline: 'ocr', stages: ['detect'] });
  expect(target.describe()).toMatchObject({ kind, stages: ['detect'], place: expect.stringMatching(/^http:/) });
  await target.close();
});

it('opens EC2 with a launch template for each stage', { tags: ['slow'] }, async () => {
  const spec = { kind: 'ec2', names: {}, address: 'eu-west-1' } as const;
  const target = await openScalingTarget({ spec, pipeline: 'ocr', stages: ['detect'] });
  expect(target.describe()).toMatchObject({ kind: 'ec2', place: 'EC2 eu-west-1' });
  await target.close();
});

it.each([
  ['an address that is no URL', { kind: 'triton', names: {}, address: 'here' }, 'target.address = here'],
  ['a name of no stage', { kind: 'triton', names: { read: 'r', x: 'y' } }, 'target.names.read: unknown stage'],
  ['an object that is none', { kind: 'kubernetes', names: { detect: 'a/b' } }, 'target.names.detect = a/b'],
  ['a kubeconfig that is not there', { kind: 'kubernetes', names: {}, kubeconfig: '/nowhere' }, '/nowhere'],
] as const)('refuses %s', async (_, spec, message) => {
  const opened = openScalingTarget({ spec, pipeline: 'ocr', stages: ['detect'] });
  await expect(opened).rejects.toMatchObject({ name: 'InputError', message: expect.stringContaining(message) });
});
