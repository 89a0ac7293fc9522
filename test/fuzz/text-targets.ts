/** Texts that people type: the values of options, and whole command lines. */
import fc from 'fast-check';
import { execute } from '../../src/cli/execute.js';
import { parseBatchSizes, parseTarget } from '../../src/cli/profile/flag-values.js';
import {
  guessNotation,
  parseDurationUs,
  parseInstantUs,
  TIME_NOTATIONS,
} from '../../src/files/recording/time/instant-notation.js';
import { openTimeZone } from '../../src/files/recording/time/time-zone.js';
import { nearestName } from '../../src/model/notation/nearest-name.js';
import { formatOffered } from '../../src/model/notation/offered-value.js';
import { formatDuration, parseDuration, parsePercent, parseRate } from '../../src/model/notation/quantity.js';
import {
  parseConstantRate,
  parseCv,
  parseCvRamp,
  parseDiurnal,
  parseRamp,
  parseSpike,
  parseSteps,
  rateCurve,
} from '../../src/workload/curve-text.js';
import { mutatedText } from './mutations.js';
import { type AnyTarget, checkWords, type Target, type Verdict, verdictOf } from './target.js';

function text(name: string, valid: readonly string[], take: (text: string) => unknown): Target<string> {
  return {
    name: `text ${name}`,
    inputs: mutatedText(fc.constantFrom(...valid)),
    open: () => ({ take: (input) => verdictOf(() => take(input), { input }) }),
  };
}

function finite(value: number): number {
  if (!Number.isFinite(value) || value < 0) throw new Error(`read as ${value}`);
  return value;
}

const CURVES = [parseConstantRate, parseSteps, parseRamp, parseSpike, parseDiurnal];

/** Commands whose files are not there, so that nothing begins: what is tried is how they are read. */
const COMMANDS: readonly (readonly string[])[] = [
  ['plan', 'no.yaml', '--slo', '200ms', '--percentile', '99.9', '--max-replicas', 'a=3', '--inventory', 't4=2'],
  ['simulate', 'no.yaml', '--stage', 'a=t4:4:2', '--seed', '7', '--service-time', 'p95', '--records', 'no/r.csv'],
  ['frontier', 'no.yaml', '--slo', '100ms..1s', '--steps', '5', '--time-limit', '10s', '--json'],
  ['verify', 'no.yaml', '--trace', 'no.csv', '--profiles', 'a.csv,b.csv'],
  ['tune', 'no.yaml', '--replay', '--interval', '1s', '--max-usd-per-hour', '12.50', '--policy', 'guarded'],
  ['tune', 'no.yaml', '--arrivals', 'push=9000', '--target', 'triton=http://127.0.0.1:1', '--journal', 'no/j'],
  ['serve', 'no.yaml', '--port', '0', '--host', '127.0.0.1', '--queue-limit', '100', '--query-timeout', '30s'],
  [
    'load',
    'no.yaml',
    '--url',
    'http://127.0.0.1:1',
    '--rate',
    '10/s',
    '--duration',
    '1s',
    '--cv',
    '2',
    '--timeout',
    '1s',
  ],
  ['validate', 'no.yaml', '--duration', '1s', '--reprofile', '--runs', '2'],
  ['profile', 'no.yaml', '--as', 'cpu', '--batch-sizes', '1,2,4', '--target', 'ssh:no-such', '--budget', '1s'],
  [
    'trace',
    'import',
    'no.csv',
    '--counts',
    '1..4',
    '--interval',
    '1m',
    '--where',
    'a=b',
    '--separator',
    'tab',
    '-o',
    'no/t',
  ],
  ['trace', 'generate', '--steps', '1s:10/s,2s:20/s', '--cv', '1.5', '-o', 'no/such/folder/t.csv'],
  ['hardware', 'refresh', 'no.yaml', '--region', 'eu-west-1'],
  ['completion', 'bash'],
  ['__complete', 'plan', '--sl'],
];

const commandLine: fc.Arbitrary<readonly string[]> = fc
  .tuple(
    fc.constantFrom(...COMMANDS),
    fc.array(fc.tuple(fc.nat(20), mutatedText(fc.constantFrom('5', '1s', '-1', '--json', '=', 'x')), fc.nat(5)), {
      minLength: 1,
      maxLength: 3,
    }),
  )
  .map(([command, edits]) => {
    const words = [...command];
    for (const [at, word, act] of edits) {
      // What is a command stays: another one may begin to work.
      const place = 2 + (at % words.length);
      if (act === 0) words.splice(place, 1);
      else if (act === 1) words.splice(place, 0, word);
      else if (act === 2) words.push(words[at % words.length]!);
      else if (act === 3 && words[place]?.startsWith('--')) words[place] = `${words[place]}${word}`;
      else if (place < words.length) words[place] = word;
    }
    return words.map((word) => word.slice(0, 5000));
  });

/** Runs a command line in a folder where nothing is. Its end is one that the program has words for. */
async function takeCommand(args: readonly string[]): Promise<Verdict> {
  let stderr = '';
  const code = await execute(args, {
    stdout: () => {},
    stderr: (more) => {
      stderr += more;
    },
    progress: () => {},
    nowMs: () => 0,
    breathe: () => Promise.resolve(),
    catchInterrupt: () => ({ isAsked: true, asked: Promise.resolve(), release: () => {} }),
    cwd: '/no/such/folder',
    isTerminal: false,
    color: false,
    columns: 80,
  });
  if (code === 0) return 'accepted';
  if (code !== 2) throw new Error(`ended with ${code}: ${stderr.slice(0, 500)}`);
  checkWords(stderr.trim().split('\n').slice(0, 51), { input: args.join(' ') });
  return 'refused';
}

export const TEXT_TARGETS: readonly AnyTarget[] = [
  text('duration', ['200ms', '1.5s', '2h30m', '7d', '50us'], (given) => formatDuration(finite(parseDuration(given)))),
  text('rate and share', ['200/s', '1500/m', '0.5/h', '25%', '0%'], (given) =>
    given.includes('%') ? finite(parsePercent(given)) : finite(parseRate(given)),
  ),
  text(
    'curve',
    [
      '100/s',
      '10s:50/s,20s:100/s',
      '1m:0.5x',
      '50/s..200/s',
      'at=10s,for=5s,to=3x',
      'period=1d,low=10/s,high=50/s',
      '1..4',
    ],
    (given) => {
      const curves = CURVES.map((parse) => parse).filter((parse) => {
        try {
          rateCurve([parse(given)]);
          return true;
        } catch {
          return false;
        }
      });
      if (curves.length > 0) return;
      parseCv(given);
      parseCvRamp(given);
      parseSteps(given);
    },
  ),
  text(
    'instant',
    ['2026-11-22T12:26:05.123Z', '22/Nov/2026:12:26:05 +0100', '1795350365.123', '1795350365123', '12.5'],
    (given) => {
      const zone = openTimeZone(given) ?? openTimeZone('Europe/Berlin');
      guessNotation(given, 'time');
      for (const notation of TIME_NOTATIONS) {
        const us = parseInstantUs(given, notation, zone);
        if (us !== undefined && !Number.isSafeInteger(us)) throw new Error(`${notation}: ${us}`);
      }
      for (const unit of ['s', 'ms', 'us'] as const) {
        const us = parseDurationUs(given, unit);
        if (us !== undefined) finite(us);
      }
    },
  ),
  text('name', ['detect', 'yolov5s', '__proto__', 'pipeline.yaml'], (given) => {
    nearestName(given, ['detect', 'read', 'constructor']);
    const shown = formatOffered(given);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: the pattern finds control characters
    if (/[\u0000-\u001f\u007f-\u009f\u202a-\u202e]/.test(shown)) throw new Error(`shown as ${JSON.stringify(shown)}`);
  }),
  text('target and sizes', ['ssh:gpu-box', 'oip:http://127.0.0.1:1', 'ec2:g4dn.xlarge', 'local', '1,2,4'], (given) =>
    /^[\d,]+$/.test(given) ? parseBatchSizes(given) : parseTarget(given),
  ),
  {
    name: 'text command line',
    inputs: commandLine,
    examples: [
      ['tune', 'no.yaml', '--target', 'a\n='],
      ['tune', 'no.yaml', '--arrivals', '\n=x'],
    ],
    share: 0.2,
    open: () => ({ take: takeCommand }),
  } satisfies Target<readonly string[]>,
];
