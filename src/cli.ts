import { steeringNames } from './cli/steering-names.ts';
import { UsageError } from './cli/usage-error.ts';
import { errorMessage } from './error-message.ts';

const usage = `usage: npm run squall -- COMMAND [OPTION...]
  faults [NAME]     the catalogue of faults, or all there is to know of one
                    --output table|json (table)
  doctor            what squall left in a cluster: carriers, faults, leftovers
                    --context NAME (kubeconfig's current one)  --namespace NAME (all)  --output table|json (table)
  sweep             finds faults that nobody undoes any more, in all clusters of SQUALL_CLUSTERS, and undoes them with --yes;
                    neither API, worker nor Temporal needs to be up
                    --all: faults of living runs, too  --run ID: those of one run  --yes: not a dry run
                    --context NAME (all clusters)  --namespace NAME (all)  --output table|json (table)
the kill switch and the arbiter, straight by Temporal:
  halt              stops every run, undoes all faults, and refuses new runs until it is lifted; waits until all is undone
                    --reason TEXT (needed)  --actor NAME (user@host)  --cluster NAME (all)  --output table|json (table)
  lift              new runs are granted again
                    --actor NAME  --reason TEXT  --cluster NAME (all)
  holds             which run holds what, which wait, and whether all is halted
                    --cluster NAME (all)  --output table|json (table)
steering a run, straight by Temporal (TEMPORAL_ADDRESS), without the API:
  status RUN        where it is
  pause RUN         nothing new begins; --faults undo|hold (undo): what becomes of the faults under way
  resume RUN        goes on, and injects anew what a pause had undone
  abort RUN         undoes everything and ends it; --reason TEXT is needed
  approve RUN       the answer to the approval it waits for; --reject: no
  extend RUN EXPERIMENT            its fault holds longer, --by 30s
  skip RUN EXPERIMENT              it is undone and ends, or is not begun
  retry-experiment RUN EXPERIMENT  a failed one begins once more
  settle-undo RUN EXPERIMENT       an undo that does not succeed: --by force (what bears the fault is deleted) or
                                   --by acknowledge (a person takes it on); --reason TEXT is needed
                    --actor NAME (user@host)  --reason TEXT  --output table|json (table)
exit codes: 0 done, 1 not done, or doctor or sweep found something left, 64 usage, 69 cluster, Temporal or workers cannot be reached
`;

type Command = (argv: string[]) => Promise<number> | number;

// Each is loaded when it is asked for: the clients of Kubernetes and Temporal take a second of a small machine.
const commands: Record<string, () => Promise<Command>> = {
  faults: async () => (await import('./cli/faults.ts')).faults,
  doctor: async () => (await import('./cli/doctor.ts')).doctor,
  sweep: async () => (await import('./cli/sweep.ts')).sweep,
  halt: async () => (await import('./cli/halt.ts')).halt,
  lift: async () => (await import('./cli/halt.ts')).lift,
  holds: async () => (await import('./cli/halt.ts')).holds,
  ...Object.fromEntries(steeringNames.map((name) => [name, async () => (await import('./cli/steer.ts')).steeringCommand(name)])),
};

async function main([command, ...rest]: string[]): Promise<number> {
  if (command === '--help' || command === 'help') {
    process.stdout.write(usage);
    return 0;
  }
  const load = command !== undefined && Object.hasOwn(commands, command) ? commands[command] : undefined;
  try {
    if (load === undefined) throw new UsageError(`found ${command ?? 'no command'}, expected one of ${Object.keys(commands).join(', ')}`);
    return await (await load())(rest);
  } catch (error) {
    if (!(error instanceof UsageError)) {
      process.stderr.write(`squall: ${errorMessage(error)}\n`);
      return error instanceof Error && error.name === 'ConfigError' ? 64 : 69;
    }
    process.stderr.write(`squall: ${error.message}\n${usage}`);
    return 64;
  }
}

process.exitCode = await main(process.argv.slice(2));
