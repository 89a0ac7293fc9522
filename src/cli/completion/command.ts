import { command } from '../flags/command.js';

export const SHELLS = ['bash', 'zsh', 'fish'] as const;

/** `infer-plan completion`: the script that makes a shell complete commands, options and names. */
export const completionCommand = command({
  name: 'completion',
  description:
    'Prints a script for a shell. With it the shell completes commands, options, their choices, files, and the names of stages and ' +
    'hardware of the pipeline in this folder.',
  argument: { name: 'shell', help: SHELLS.join(', '), isRequired: true, choices: SHELLS },
  flags: {},
  examples: [
    { command: 'source <(infer-plan completion bash)', does: 'this bash; put the line into ~/.bashrc for all' },
    { command: 'source <(infer-plan completion zsh)', does: 'zsh, after compinit' },
    { command: 'infer-plan completion fish > ~/.config/fish/completions/infer-plan.fish', does: 'fish' },
  ],
  async run(shell: string, _, io) {
    const { scriptFor } = await import('./scripts.js');
    io.stdout(scriptFor(shell));
  },
});
