/** Pipelines whose replicas take no time, so that what is left is the engine. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A chain of stages, emulated or with a module that answers at once. */
export function chainOf(count, { module } = {}) {
  const stages = Array.from({ length: count }, (_, n) => ({
    name: `s${n}`,
    kind: 'model',
    model: 'nothing',
    parents: [{ from: n === 0 ? 'query' : `s${n - 1}`, probability: 1, fanOut: 1 }],
    ...(module === undefined ? {} : { module }),
  }));
  return { name: 'chain', stages };
}

/** Writes the module, and a pipeline file of one stage without and one with it. */
export function writeChains(folder) {
  mkdirSync(folder, { recursive: true });
  const files = {
    'nothing.js': 'export const createStage = () => ({ run: (items) => items.map(() => ({ output: 1 })) });\n',
    'profiles.csv': `model,hardware,batch_size,mean_ms,p50_ms,p95_ms,p99_ms,samples,runtime,source
nothing,cpu,1,0.001,,,,,none,made up
nothing,cpu,64,0.001,,,,,none,made up
`,
    'hardware.yaml': 'version: 1\nhardware:\n  - { name: cpu, kind: cpu, price_usd_per_hour: 0.1 }\n',
    'emulated.yaml': pipelineFile('{ name: s0, model: nothing }'),
    'threads.yaml': pipelineFile('{ name: s0, module: nothing.js }'),
  };
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
}

const pipelineFile = (stage) => `version: 1
name: chain
profiles: profiles.csv
hardware: hardware.yaml
stages:
  - ${stage}
`;
