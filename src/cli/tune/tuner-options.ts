/** The options of the tuner's rules and limits, and what they say. */
import { type Command, Option } from 'commander';
import { InputError } from '../../errors.js';
import type { Problems } from '../../files/problems.js';
import { didYouMean } from '../../model/notation/nearest-name.js';
import { parseDuration } from '../../model/notation/quantity.js';
import type { TunerLimits } from '../../tuner/tuner-limits.js';
import { TUNER_RULES, type TunerRules } from '../../tuner/tuner-plan.js';
import { parseInventory, parseWhole } from '../inputs/flag-values.js';
import { collect } from '../inputs/options.js';

export interface TunerFlags {
  readonly rules: TunerRules;
  readonly interval: string;
  readonly checkChange?: boolean;
  readonly maxReplicas?: readonly string[];
  readonly inventory?: readonly string[];
  readonly maxStep?: string;
  readonly maxUsdPerHour?: string;
}

const USD = /^\d+(\.\d+)?$/;
const SHORTEST_INTERVAL_MS = 10;
const LONGEST_INTERVAL_MS = 5000;

export function addTunerOptions(command: Command): Command {
  return command
    .addOption(
      new Option(
        '--rules <which>',
        "inferline: the paper's; guarded: with what keeps them from swinging; lean: guarded, and quicker to remove",
      )
        .choices(TUNER_RULES)
        .default('guarded'),
    )
    .option('--interval <duration>', 'time between two checks', '100ms')
    .option('--max-replicas <stage=count>', 'most replicas of a stage (repeatable)', collect)
    .option(
      '--inventory <hardware=count>',
      "most replicas on a kind of hardware (repeatable; default: the hardware file's)",
      collect,
    )
    .option('--max-step <count>', 'most replicas of a stage that one decision adds or removes')
    .option('--max-usd-per-hour <number>', 'most that all replicas together may cost')
    .option('--check-change', 'simulate each change on the arrivals of the last minute before it is made')
    .option('--no-check-change', 'never do that (default: where it takes little time)');
}

/** `limits` needs the names of stages and hardware, so it is called once the files are read. */
export interface TunerChoices {
  readonly intervalMs: number | undefined;
  limits(names: { stages: readonly string[]; hardware: readonly { name: string; inventory?: number }[] }): TunerLimits;
}

/** Adds every problem of the flags to `problems`; the choices are then of no use. */
export function tunerChoices(flags: TunerFlags, problems: Problems): TunerChoices {
  const intervalMs = problems.attempt(() => parseInterval(flags.interval));
  const mostReplicas = problems.attempt(() =>
    parseInventory(flags.maxReplicas ?? [], '--max-replicas', 'STAGE=COUNT, such as classify=4'),
  );
  const inventory = problems.attempt(() => parseInventory(flags.inventory ?? [], '--inventory'));
  const { maxStep, maxUsdPerHour } = flags;
  const largestStep = maxStep && problems.attempt(() => parseWhole(maxStep, '--max-step', 1));
  const mostUsdPerHour = maxUsdPerHour && problems.attempt(() => parseUsd(maxUsdPerHour, '--max-usd-per-hour'));
  return {
    intervalMs,
    limits({ stages, hardware }) {
      const kinds = hardware.map(({ name }) => name);
      const unknown = [
        ...strangers('--max-replicas', mostReplicas ?? {}, { what: 'a stage of the plan', known: stages }),
        ...strangers('--inventory', inventory ?? {}, { what: 'hardware of the hardware file', known: kinds }),
      ];
      if (unknown.length > 0) throw new InputError('FLAG', unknown);
      const filed = hardware.flatMap(({ name, inventory: count }) => (count === undefined ? [] : [[name, count]]));
      return {
        mostReplicas: mostReplicas ?? {},
        inventory: { ...Object.fromEntries(filed), ...inventory },
        largestStep: largestStep || undefined,
        mostUsdPerHour: mostUsdPerHour || undefined,
      };
    },
  };
}

function parseInterval(text: string): number {
  const ms = parseDuration(text, '--interval');
  if (ms < SHORTEST_INTERVAL_MS || ms > LONGEST_INTERVAL_MS) {
    throw new InputError('FLAG', `--interval = ${text}, must be from 10ms to 5s`);
  }
  return ms;
}

function parseUsd(text: string, flag: string): number {
  const usd = USD.test(text) ? Number(text) : 0;
  if (usd <= 0) throw new InputError('FLAG', `${flag} = ${text}, must be dollars per hour, more than 0, such as 12.5`);
  return usd;
}

function strangers(
  flag: string,
  given: Readonly<Record<string, number>>,
  { what, known }: { what: string; known: readonly string[] },
): string[] {
  return Object.entries(given).flatMap(([name, count]) => {
    if (known.includes(name)) return [];
    return [`${flag} = ${name}=${count}, must name ${what}${didYouMean(name, known) || `: ${known.join(', ')}`}`];
  });
}
