/**
 * `npm run fuzz -- --runs 100000 [--seed 1] [--only NAME]`: every target with many inputs, each in a process of its own,
 * and a table of what came of them. Ends with 1 when anything was found. An input that takes more than ten seconds of
 * the processor counts as found; a target that hangs for a minute is ended.
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import fc from 'fast-check';
import type { AnyTarget, Subject } from './target.js';
import { TARGETS } from './targets.js';

const SLOW_MS = 10_000;
const WORTH_A_LOOK_MS = 1_000;
const HUNG_MS = 60_000;
const MOST_BYTES = 2 ** 30;
const MOST_SHOWN = 5;

interface Outcome {
  readonly target: string;
  readonly inputs: number;
  readonly accepted: number;
  readonly refused: number;
  readonly faults: number;
  readonly slowestMs: number;
  /** The input that took so long. */
  readonly slowest: string;
  readonly peakBytes: number;
  readonly found: readonly { readonly input: string; readonly error: string }[];
}

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '10000' },
    seed: { type: 'string', default: '1' },
    only: { type: 'string', multiple: true },
    inside: { type: 'string' },
    last: { type: 'string' },
  },
});
const runs = Number(values.runs);
const seed = Number(values.seed);

if (values.inside === undefined) process.exitCode = await runAll();
else {
  const outcome = await runOne(TARGETS.find(({ name }) => name === values.inside)!, values.last!);
  process.stdout.write(`${JSON.stringify(outcome)}\n`);
  process.exit();
}

async function runAll(): Promise<number> {
  const only = values.only ?? [''];
  const chosen = TARGETS.filter(({ name }) => only.some((part) => name.includes(part)));
  process.stdout.write(row(['target', 'inputs', 'accepted', 'refused', 'faults', 'slowest', 'peak memory']));
  process.stdout.write(row(['---', '--:', '--:', '--:', '--:', '--:', '--:']));
  let faults = 0;
  for (const target of chosen) {
    const outcome = await inProcess(target.name);
    const slowest = `${(outcome.slowestMs / 1000).toFixed(outcome.slowestMs < 995 ? 2 : 1)} s`;
    const peak = `${Math.round(outcome.peakBytes / 2 ** 20)} MiB`;
    const { inputs, accepted, refused } = outcome;
    process.stdout.write(row([target.name, inputs, accepted, refused, outcome.faults, slowest, peak]));
    for (const { input, error } of outcome.found) process.stderr.write(`${target.name}: ${error}\n  input: ${input}\n`);
    if (outcome.slowestMs > WORTH_A_LOOK_MS) process.stderr.write(`${target.name}: slowest: ${outcome.slowest}\n`);
    faults += outcome.faults + (outcome.peakBytes > MOST_BYTES ? 1 : 0);
  }
  return faults > 0 ? 1 : 0;
}

function row(cells: readonly (string | number)[]): string {
  return `| ${cells.map((cell) => (typeof cell === 'number' ? cell.toLocaleString('en-US') : cell)).join(' | ')} |\n`;
}

/** One target in a process of its own, which is ended when an input takes more than a minute. */
async function inProcess(target: string): Promise<Outcome> {
  const folder = mkdtempSync(join(tmpdir(), 'infer-plan-night-'));
  const last = join(folder, 'last');
  const args = ['--runs', String(runs), '--seed', String(seed), '--inside', target, '--last', last];
  const child = spawn(process.execPath, [...process.execArgv, process.argv[1]!, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  let seen = '';
  const watch = setInterval(() => {
    const now = existsSync(last) ? readFileSync(last, 'latin1') : '';
    if (now === seen && now !== '') child.kill('SIGKILL');
    seen = now;
  }, HUNG_MS);
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  clearInterval(watch);
  const lost = existsSync(last) ? readFileSync(last, 'latin1') : '';
  rmSync(folder, { recursive: true, force: true });
  const line = output.trim().split('\n').at(-1) ?? '';
  if (line.startsWith('{')) return JSON.parse(line) as Outcome;
  const found = [{ input: lost.slice(0, 2000), error: `the process ended with ${code ?? 'a signal'}, or hung` }];
  return {
    target,
    inputs: 0,
    accepted: 0,
    refused: 0,
    faults: 1,
    slowestMs: HUNG_MS,
    slowest: '',
    peakBytes: 0,
    found,
  };
}

async function runOne(target: AnyTarget, last: string): Promise<Outcome> {
  const subject: Subject<unknown> = await target.open();
  const seen = { accepted: 0, refused: 0 };
  const found: { input: string; error: string }[] = [];
  const kinds = new Set<string>();
  let count = 0;
  let faults = 0;
  let slowestMs = 0;
  let slowest = '';
  const tell = (input: unknown, error: unknown) => {
    faults++;
    const text = error instanceof Error ? `${error.stack?.split('\n').slice(0, 4).join(' | ')}` : String(error);
    const kind = text.replace(/\d+/g, '0').slice(0, 120);
    if (kinds.has(kind) || found.length >= MOST_SHOWN) return;
    kinds.add(kind);
    found.push({ input: shown(input).slice(0, 2000), error: text.slice(0, 1000) });
  };
  let present: unknown;
  const onStray = (error: unknown) => tell(present, error);
  process.on('uncaughtException', onStray).on('unhandledRejection', onStray);
  const property = fc.asyncProperty(target.inputs, async (input: unknown) => {
    present = input;
    // The number tells an input that takes long from one that comes again.
    writeFileSync(last, `${++count} ${shown(input)}`);
    const start = process.cpuUsage();
    try {
      seen[await subject.take(input)]++;
    } catch (error) {
      tell(input, error);
    }
    const { user, system } = process.cpuUsage(start);
    const tookMs = (user + system) / 1000;
    if (tookMs > slowestMs) {
      slowestMs = tookMs;
      slowest = shown(input);
    }
    if (tookMs > SLOW_MS) tell(input, new Error(`took ${Math.round(tookMs)} ms`));
  });
  await fc
    .assert(property, { seed, numRuns: Math.ceil(runs * (target.share ?? 1)) })
    .catch((error) => tell(present, error));
  await subject.close?.();
  const peakBytes = process.resourceUsage().maxRSS * 1024;
  const inputs = seen.accepted + seen.refused + faults;
  return { target: target.name, inputs, ...seen, faults, slowestMs, slowest: slowest.slice(0, 2000), peakBytes, found };
}

function shown(input: unknown): string {
  if (typeof input === 'string') return input;
  return input instanceof Uint8Array ? Buffer.from(input).toString('latin1') : JSON.stringify(input);
}
