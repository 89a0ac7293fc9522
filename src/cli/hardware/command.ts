import type { Command } from 'commander';
import { collect, examplesText } from '../inputs/options.js';
import type { CliIo } from '../io/io.js';
import type { RefreshFlags } from './flags.js';

const EXAMPLES = examplesText(
  { command: 'infer-plan hardware refresh --dry-run', does: 'what would change in profiles/hardware.yaml' },
  { command: 'infer-plan hardware refresh --only t4 --region eu-west-1', does: 'the spot price of one kind' },
  { command: 'infer-plan hardware refresh my/hardware.yaml --add g5.xlarge', does: 'a new kind, by its EC2 type' },
);

/** `infer-plan hardware`: the kinds of hardware and their prices. */
export function registerHardware(program: Command, io: CliIo): void {
  const hardware = program.command('hardware').description('Kinds of hardware and their prices.');
  hardware
    .command('refresh')
    .summary('put current EC2 spot prices into a hardware file')
    .description(
      'Asks EC2 for the types that a hardware file names as instance, and for their spot prices in one region (the cheapest zone), and writes ' +
        'price times share, the date and the source into the file. Everything else, comments among it, stays. Kinds without an ' +
        'instance, and types without a spot price, stay as they are and are told. On-demand prices are not asked for: EC2 does not tell them.',
    )
    .argument('[file]', 'hardware file', 'profiles/hardware.yaml')
    .option('--only <name>', 'refresh this kind only (repeatable)', collect)
    .option('--add <type>', 'add a kind for this EC2 type (repeatable)', collect)
    .option('--region <name>', "region (default: the AWS command line's)")
    .option('--endpoint <url>', 'another endpoint than that of AWS')
    .option('--dry-run', 'print what would change, and change nothing')
    .option('--json', 'print the result as JSON')
    .addHelpText('after', EXAMPLES)
    .action(async (file: string, flags: RefreshFlags) => {
      const { refreshCommand } = await import('./refresh.js');
      await refreshCommand(file, flags, io);
    });
}
