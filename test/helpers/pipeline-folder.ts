import { type TestFolder, temporaryFolder } from './folder.js';

/**
 * A folder with a pipeline of one stage that anyone can work by hand. A batch of one takes 10 ms on `cpu` and 4 ms on `gpu`;
 * three queries arrive at 0, 5 and 30 ms.
 */
export function pipelineFolder(): TestFolder {
  const folder = temporaryFolder();
  folder.write(
    'pipeline.yaml',
    `version: 1
name: one-stage
slo: 12ms
profiles: profiles.csv
hardware: hardware.yaml
trace: trace.csv
stages:
  - name: classify
    model: tiny
`,
  );
  folder.write(
    'profiles.csv',
    `model,hardware,batch_size,mean_ms,p50_ms,p95_ms,p99_ms,samples,runtime,source
tiny,cpu,1,10,,,,,by hand,test
tiny,cpu,2,16,,,,,by hand,test
tiny,gpu,1,4,,,,,by hand,test
tiny,gpu,4,5,,,,,by hand,test
`,
  );
  folder.write(
    'hardware.yaml',
    `version: 1
hardware:
  - { name: cpu, kind: cpu, price_usd_per_hour: 0.1 }
  - { name: gpu, kind: gpu, price_usd_per_hour: 1 }
`,
  );
  folder.write('trace.csv', 'arrival_ms\n0\n5\n30\n');
  return folder;
}
