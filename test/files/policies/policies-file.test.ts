/** Every policy's parameters, read and refused; the example of docs/compare.md is right. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { readPoliciesFile } from '../../../src/files/policies/policies-file.js';
import { POLICY_KINDS } from '../../../src/policies/catalogue.js';
import { temporaryFolder } from '../../helpers/folder.js';

const folder = temporaryFolder();
const read = (text: string) => {
  folder.write('p.yaml', text);
  return readPoliciesFile(join(folder.path, 'p.yaml'));
};

it('reads the example of the page', () => {
  const page = readFileSync(join(import.meta.dirname, '../../../docs/compare.md'), 'utf8');
  const [, example] = /```yaml\n([\s\S]*?)```/.exec(page)!;
  const policies = read(example!);
  expect(policies.length).toBeGreaterThan(3);
  expect(policies.find(({ name }) => name === 'autoscale')!.own).toEqual({
    ...{ load: 0.9, waitMs: 15_000, intervalMs: 1000, windowMs: 10_000 },
  });
  const behavior = policies.find(({ name }) => name === 'hpa-cpu')!.own;
  expect(behavior).toMatchObject({
    ...{ minReplicas: 1, maxReplicas: 20, target: 70 },
    behavior: {
      up: { stabilizationS: 0, selectPolicy: 'Max' },
      down: { stabilizationS: 60, policies: [{ type: 'Pods', value: 1, periodS: 60 }] },
    },
  });
  expect(policies.find(({ name }) => name === 'kpa')!.own).toEqual({
    ...{ target: 10, stableWindowS: 60, panicThreshold: 2, maxScaleUpRate: 1000 },
  });
  expect(policies.find(({ name }) => name === 'ray')!.own).toEqual({
    ...{ minReplicas: 1, maxReplicas: 20, targetOngoing: 4, upscaleDelayS: 10 },
  });
  expect(policies.find(({ name }) => name === 'ds2')!.own).toEqual({
    ...{ policyIntervalMs: 10_000, warmUpTime: 0, activationTime: 1, scalingFactor: 0 },
  });
});

it("takes the old names of Ray's factors, and a new name before them", () => {
  const ray = (text: string) => read(`ray: { ${text} }\n`)[0]!.own;
  expect(ray('smoothing_factor: 0.5')).toEqual({ upscalingFactor: 0.5, downscalingFactor: 0.5 });
  expect(ray('smoothing_factor: 0.5, downscale_smoothing_factor: 0.2, upscaling_factor: 3')).toEqual({
    ...{ upscalingFactor: 3, downscalingFactor: 0.2 },
  });
  expect(() => ray('upscale_smoothing_factor: 0')).toThrow('ray.upscale_smoothing_factor = 0, must be more than 0');
});

it.each(POLICY_KINDS.map(({ name }) => name))('%s takes an empty mapping, and refuses an unknown key', (name) => {
  expect(read(`${name}: {}\n`)).toHaveLength(1);
  expect(() => read(`${name}:\n  no-such-key: 1\n`)).toThrow(/p\.yaml:2: .*no-such-key.* is not a known key/);
});

it.each([
  ['autoscale: { load: 0 }', 'autoscale.load = 0, must be a fraction up to 1'],
  ['autoscale: { t_wait: 5 }', 'autoscale.t_wait = 5, must be a duration with a unit'],
  ['ds2: { activation_time: 0 }', 'ds2.activation_time = 0, must be an integer between 1 and 1000'],
  ['hpa-cpu: { behavior: { scaleUp: { policies: [] } } }', 'must be a list of policies'],
  ['kpa: { window: 1s }', 'kpa.window = 1s, must be from 6s to 3600s'],
  ['ray: { upscale_delay_s: -1 }', 'ray.upscale_delay_s = -1, must be seconds from 0 to 86400'],
  ['- 1', 'must be a mapping of policies to their parameters'],
])('%s: %s', (text, problem) => {
  expect(() => read(text)).toThrow(problem);
});
