/** Options that several commands share, worded once. Most values stay text until the command runs, so that all problems are reported at once. */
import { type Command, Option } from 'commander';
import { SERVICE_MODELS, type ServiceModel } from '../../model/profile.js';

/** What commander hands over for the options of `addInputOptions`. */
export interface InputFlags {
  readonly slo?: string;
  readonly percentile?: string;
  readonly trace?: string;
  readonly hardware?: string;
  readonly profiles?: readonly string[];
  readonly serviceTime?: ServiceModel;
  readonly seed?: string;
  readonly json?: true;
}

/** The objective, the traffic (unless the command names it otherwise), the profiles and the seed; `origin` is where they come from without a flag. */
export function addInputOptions(
  command: Command,
  origin: 'pipeline file' | 'plan',
  { hasTrace = true }: { hasTrace?: boolean } = {},
): Command {
  const otherwise = `(default: the ${origin}'s`;
  const planned = origin === 'plan' ? "the plan's, or " : '';
  command
    .option('--slo <duration>', `latency objective, such as 200ms ${otherwise})`)
    .option('--percentile <number>', `share of queries that must meet it, in percent ${otherwise}, or 99)`);
  if (hasTrace) command.option('--trace <file>', `arrival trace, CSV ${otherwise})`);
  return command
    .option('--hardware <file>', `kinds of hardware and their prices, YAML ${otherwise})`)
    .option('--profiles <files...>', `service times, CSV ${otherwise})`)
    .addOption(
      new Option('--service-time <which>', `service time of a batch (default: ${planned}mean)`).choices(SERVICE_MODELS),
    )
    .option('--seed <number>', `seed of every random draw (default: ${planned}1)`)
    .option('--json', 'print the result as JSON');
}

/** Gathers the values of an option that may be given several times. */
export function collect(value: string, previous: readonly string[] = []): readonly string[] {
  return [...previous, value];
}

/** The examples at the end of a command's help. */
export function examplesText(...examples: readonly { does: string; command: string }[]): string {
  return ['', 'Examples:', ...examples.map(({ command, does }) => `  # ${does}\n  $ ${command}`)].join('\n');
}
