import { command } from '../declare.ts';

const shells = ['bash', 'zsh', 'fish'] as const;

export const shellCommands = [
  command({
    name: 'completion',
    group: 'shell',
    summary: 'prints what makes a shell complete commands, options, faults and runs',
    arguments: [{ name: 'SHELL', what: 'bash, zsh or fish', choices: shells }],
    options: {},
    examples: [
      { words: 'completion bash > /etc/bash_completion.d/squall', what: 'or, for one shell: source <(squall completion bash)' },
      { words: 'completion zsh > ~/.zfunc/_squall', what: 'with fpath+=~/.zfunc before compinit in .zshrc' },
      { words: 'completion fish > ~/.config/fish/completions/squall.fish', what: 'fish loads it by itself' },
    ],
    run: async (given) => (await import('../completion/completion.ts')).completion(given),
  }),
  command({
    name: 'help',
    group: 'shell',
    summary: 'tells of all commands, or of one',
    arguments: [{ name: 'COMMAND', optional: true, many: true, what: 'its name', complete: 'command' }],
    options: {},
    examples: [{ words: 'help run', what: 'all of one command' }],
    run: async (given) => (await import('../help.ts')).showHelp(given.words),
  }),
];
