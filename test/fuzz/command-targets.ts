/** Whole commands on a folder of which one file is mutated: from its text to the end of the command. */
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { execute } from '../../src/cli/execute.js';
import { mutatedCsv, mutatedYaml } from './documents.js';
import { scratchFolder } from './scratch.js';
import { type AnyTarget, checkWords, type Target, type Verdict } from './target.js';

const PIPELINE = `version: 1
name: small
slo: 50ms
percentile: 90
profiles: profiles.csv
hardware: hardware.yaml
trace: trace.csv
stages:
  - { name: a, model: m }
  - { name: b, model: n, batch_timeout: 2ms, parents: [{ from: a, probability: 0.5, fan_out: { 1: 0.5, 3: 0.5 } }] }
  - { name: c, model: n, min_replicas: 1, parents: [{ from: a, group: g }, { from: b, per: item }] }
`;
const PROFILES = `model,hardware,batch_size,mean_ms,p50_ms,p95_ms,p99_ms,samples,runtime,source
m,cpu,1,10,9,11,12,100,r,s
m,cpu,4,22,20,24,25,100,r,s
m,gpu,1,4,4,5,6,100,r,s
n,cpu,1,6,6,7,8,100,r,s
n,cpu,2,9,9,10,11,100,r,s
`;
const HARDWARE = `version: 1
hardware:
  - { name: cpu, kind: cpu, price_usd_per_hour: 0.1, takes: { cores: 1 }, activation_delay: 1s }
  - { name: gpu, kind: gpu, price_usd_per_hour: 1, instance: large, share: 0.5, inventory: 3 }
instances:
  - { name: box, price_usd_per_hour: 0.5, resources: { cores: 8 } }
`;
const TRACE = `arrival_ms\n${Array.from({ length: 60 }, (_, i) => 7 * i + (i % 5)).join('\n')}\n`;

const FILES = { 'pipeline.yaml': PIPELINE, 'profiles.csv': PROFILES, 'hardware.yaml': HARDWARE, 'trace.csv': TRACE };
type Name = keyof typeof FILES | 'plan.yaml';

interface MutatedFile {
  readonly name: Name;
  readonly content: string | Uint8Array;
}

const mutatedFile: fc.Arbitrary<MutatedFile> = fc.oneof(
  ...Object.entries(FILES).map(([name, text]) =>
    (name.endsWith('.csv') ? mutatedCsv(text) : mutatedYaml(text)).map((content) => ({ name: name as Name, content })),
  ),
);

/** @returns the exit code, after a look at what was printed */
async function run(args: readonly string[], cwd: string): Promise<number> {
  let stderr = '';
  const startMs = performance.now();
  const code = await execute(args, {
    stdout: () => {},
    stderr: (more) => {
      stderr += more;
    },
    progress: () => {},
    nowMs: () => performance.now() - startMs,
    breathe: () => Promise.resolve(),
    catchInterrupt: () => ({ isAsked: false, asked: new Promise<void>(() => {}), release: () => {} }),
    cwd,
    isTerminal: false,
    color: false,
    columns: 80,
  });
  if (![0, 2, 3].includes(code)) throw new Error(`${args.join(' ')} ended with ${code}: ${stderr.slice(0, 500)}`);
  if (code === 2) checkWords(stderr.trim().split('\n').slice(0, 51), { input: 'undefined NaN [object ' });
  return code;
}

/** A command, with the files of the folder as they are but one. */
function command(name: string, args: readonly string[], share: number, inputs = mutatedFile): Target<MutatedFile> {
  return {
    name: `command ${name}`,
    inputs,
    share,
    async open() {
      const folder = scratchFolder();
      const restore = () => {
        for (const [file, text] of Object.entries(FILES)) writeFileSync(join(folder, file), text);
      };
      restore();
      const planned = ['plan', '--search', 'greedy', '--no-validate', '-o', 'plan.yaml'];
      if ((await run(planned, folder)) !== 0) throw new Error('the files make no plan');
      return {
        async take({ name: file, content }): Promise<Verdict> {
          writeFileSync(join(folder, file), content);
          try {
            return (await run(args, folder)) === 2 ? 'refused' : 'accepted';
          } finally {
            if (file !== 'plan.yaml') writeFileSync(join(folder, file), FILES[file]);
          }
        },
        close: () => rmSync(folder, { recursive: true, force: true }),
      };
    },
  };
}

const LIMIT = ['--time-limit', '500ms', '--max-replicas', '8', '-o', 'other.yaml'];

export const COMMAND_TARGETS: readonly AnyTarget[] = [
  command('simulate', ['simulate'], 0.2),
  command(
    'simulate by hand',
    ['simulate', '--stage', 'a=cpu:1:1', '--stage', 'b=cpu:1:1', '--stage', 'c=cpu:2:1'],
    0.2,
  ),
  command('plan', ['plan', '--no-validate', ...LIMIT], 0.02),
  command('plan whole instances', ['plan', '--no-validate', '--pack', ...LIMIT], 0.02),
  command('plan with its test', ['plan', ...LIMIT], 0.01),
  command('verify', ['verify'], 0.05),
  command('tune a replay', ['tune', '--replay', 'trace.csv'], 0.05),
  command('trace info', ['trace', 'info', 'trace.csv'], 0.1),
];
