/** The examples of docs/file-formats.md are files that infer-plan reads, and the plan there is a plan that it writes. */
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { readBackendFile } from '../../src/files/pipeline/backend-file.js';
import { readPipelineFile } from '../../src/files/pipeline/pipeline-file.js';
import { formatPlan, readPlanFile } from '../../src/files/plan/plan-file.js';
import { readHardwareFile } from '../../src/files/profile/hardware-file.js';
import { readProfileFiles } from '../../src/files/profile/profile-file.js';
import { readSamplesFiles } from '../../src/files/profile/samples-file.js';
import { readTraceFile } from '../../src/files/trace/trace-file.js';
import { examplesOf } from '../helpers/documented-examples.js';
import { temporaryFolder } from '../helpers/folder.js';

const folder = temporaryFolder();
const examples = examplesOf('docs/file-formats.md');
for (const [name, text] of examples) folder.write(name, text);

it('has an example of every format', () => {
  expect([...examples.keys()]).toEqual([
    'pipeline.yaml',
    'profiles/hardware.yaml',
    'profiles/measured.csv',
    'profiles/measured.samples.csv',
    'traces/bursty.csv',
    'plan.yaml',
    'backend.yaml',
    'infer-plan.yaml', // read by test/cli/defaults.test.ts
  ]);
});

it('reads the pipeline and what it names', () => {
  const { pipeline, slo, samplesPaths, hardwarePath, tracePath } = readPipelineFile(join(folder.path, 'pipeline.yaml'));
  expect(pipeline.stages.map(({ name }) => name)).toEqual([
    'preprocess',
    'detect',
    'read-plates',
    'name-people',
    'look-up-plate',
  ]);
  expect(slo).toEqual({ latencyMs: 300, percentile: 99 });
  expect(readHardwareFile(hardwarePath).map(({ name }) => name)).toEqual(['t4', 'cpu-1']);
  const profiles = readProfileFiles([join(folder.path, 'profiles/measured.csv')]);
  expect(readSamplesFiles(samplesPaths, profiles)[0]!.rows[0]!.samplesMs).toEqual([9.6, 9.7, 10.4]);
  expect([...readTraceFile(tracePath!).arrivalsUs]).toEqual([0, 4250, 4250, 11003]);
});

it('reads the backend file, whose paths start from its folder', () => {
  expect(readBackendFile(join(folder.path, 'backend.yaml'))).toEqual({
    target: {
      kind: 'kubernetes',
      address: 'production',
      kubeconfig: join(folder.path, 'kube/config'),
      namespace: 'ml',
      names: { detect: 'models.v1alpha1.mlops.seldon.io/detector' },
    },
    arrivals: {
      kind: 'promql',
      address: 'http://prometheus:9090',
      selector: 'nginx_http_requests_total{job="front"}',
      scrapeMs: 5000,
    },
  });
});

it('shows the plan as it is written, to the byte', () => {
  expect(formatPlan(readPlanFile(join(folder.path, 'plan.yaml')))).toBe(examples.get('plan.yaml'));
});
