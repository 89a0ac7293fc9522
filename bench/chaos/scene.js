/** The pipeline that is tuned, its plan, and the limits the tuner is given. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CLI } from '../measure.js';

export const STAGES = ['detect', 'classify'];
const HARDWARE = { detect: 'cpu', classify: 'cpu' };
/** Dollars a replica and hour, in millionths: whole numbers add up exactly. */
const PRICE_MICRO_USD = { detect: 100_000, classify: 100_000 };
const MOST = { detect: 7 };
const INVENTORY = { cpu: 10 };
const MOST_MICRO_USD = 900_000;

export const TUNE_LIMITS = [
  ...Object.entries(MOST).flatMap(([stage, most]) => ['--max-replicas', `${stage}=${most}`]),
  ...Object.entries(INVENTORY).flatMap(([name, most]) => ['--inventory', `${name}=${most}`]),
  '--max-usd-per-hour',
  `${MOST_MICRO_USD / 1e6}`,
];

/** Limits that these replicas (by stage) pass, in words. */
export function passedLimits(replicas) {
  const passed = [];
  for (const [stage, most] of Object.entries(MOST)) {
    if (replicas[stage] > most) passed.push(`${replicas[stage]} replicas of ${stage}, at most ${most}`);
  }
  for (const [name, most] of Object.entries(INVENTORY)) {
    const used = STAGES.reduce((sum, stage) => sum + (HARDWARE[stage] === name ? replicas[stage] : 0), 0);
    if (used > most) passed.push(`${used} on ${name}, at most ${most}`);
  }
  const cost = STAGES.reduce((sum, stage) => sum + replicas[stage] * PRICE_MICRO_USD[stage], 0);
  if (cost > MOST_MICRO_USD) passed.push(`${cost / 1e6} USD per hour, at most ${MOST_MICRO_USD / 1e6}`);
  return passed;
}

/** A folder of its own with the files and the plan. */
export function makeScene() {
  const folder = mkdtempSync(join(tmpdir(), 'infer-plan-chaos-'));
  for (const [name, text] of Object.entries(FILES)) writeFileSync(join(folder, name), text);
  const run = (line) => execFileSync(process.execPath, [CLI, ...line.split(' ')], { cwd: folder, stdio: 'pipe' });
  run('trace generate --rate 9/s --duration 5m --seed 3 -o planning.csv');
  run('plan --no-validate');
  return folder;
}

const FILES = {
  'pipeline.yaml': `version: 1
name: chaos
slo: 1s
profiles: profiles.csv
hardware: hardware.yaml
trace: planning.csv
stages:
  - name: detect
    model: detector
  - name: classify
    model: classifier
    parents:
      - { from: detect, probability: 0.6 }
`,
  'profiles.csv': `model,hardware,batch_size,mean_ms,p50_ms,p95_ms,p99_ms,samples,runtime,source
detector,cpu,1,120,,,,,emulated,made up
classifier,cpu,1,200,,,,,emulated,made up
`,
  'hardware.yaml': `version: 1
hardware:
  - { name: cpu, kind: cpu, price_usd_per_hour: 0.1, activation_delay: 30ms }
`,
};
