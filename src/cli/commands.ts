import { clusterCommands } from './commands/clusters.ts';
import { documentCommands } from './commands/documents.ts';
import { keyCommands } from './commands/keys.ts';
import { runCommands } from './commands/runs.ts';
import { scheduleCommands } from './commands/schedules.ts';
import { serviceCommands } from './commands/service.ts';
import { shellCommands } from './commands/shell.ts';
import { steeringCommands } from './commands/steering.ts';
import { switchCommands } from './commands/switch.ts';
import type { Command, CommandGroup } from './declare.ts';

/** Every command, in the order of the help. */
export const commands: readonly Command[] = [
  ...documentCommands,
  ...runCommands,
  ...scheduleCommands,
  ...steeringCommands,
  ...switchCommands,
  ...clusterCommands,
  ...serviceCommands,
  ...keyCommands,
  ...shellCommands,
];

export const groupTitles: Record<CommandGroup, string> = {
  documents: 'campaigns',
  runs: 'runs, by the API',
  schedules: 'saved campaigns, by the API',
  steering: 'steering a run, by the API or straight by Temporal',
  switch: 'the kill switch, by the API or straight by Temporal',
  clusters: 'straight on the clusters',
  service: 'the service itself',
  shell: 'this command line',
};

/** The command that these words begin with, and the words left; undefined: there is none. Names may be of two words. */
export function findCommand(argv: readonly string[]): { command: Command; rest: string[] } | undefined {
  for (const length of [2, 1]) {
    const name = argv.slice(0, length).join(' ');
    const command = argv.length < length ? undefined : commands.find((one) => one.name === name);
    if (command !== undefined) return { command, rest: argv.slice(length) };
  }
  return undefined;
}

/** Commands of two words that begin with this one. */
export function commandsUnder(word: string): Command[] {
  return commands.filter(({ name }) => name.startsWith(`${word} `));
}
