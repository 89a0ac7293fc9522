import { type CommandGroup, command } from '../flags/command.js';
import { REFRESH_FLAGS } from './flags.js';

const refreshCommand = command({
  name: 'refresh',
  summary: 'put current EC2 spot prices into a hardware file',
  description:
    'Asks EC2 for the types that a hardware file names as instance, and for their spot prices in one region (the cheapest zone), and writes ' +
    'price times share, the date and the source into the file. Everything else stays, comments among it. Kinds without an ' +
    'instance, and types without a spot price, stay as they are and are named. On-demand prices stay too: EC2 does not give them.',
  argument: { name: 'file', help: 'hardware file', default: 'profiles/hardware.yaml', completes: 'file' },
  flags: REFRESH_FLAGS,
  examples: [
    { command: 'infer-plan hardware refresh --dry-run', does: 'what would change in profiles/hardware.yaml' },
    { command: 'infer-plan hardware refresh --only t4 --region eu-west-1', does: 'the spot price of one kind' },
    { command: 'infer-plan hardware refresh my/hardware.yaml --add g5.xlarge', does: 'a new kind, by its EC2 type' },
  ],
  async run(file: string, flags, io, problems) {
    const { refresh } = await import('./refresh.js');
    await refresh(file, flags, io, problems);
  },
});

/** `infer-plan hardware`: the kinds of hardware and their prices. */
export const hardwareCommand: CommandGroup = {
  name: 'hardware',
  description: 'Kinds of hardware and their prices.',
  commands: [refreshCommand],
};
