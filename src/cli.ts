import { doctor } from './cli/doctor.ts';
import { faults } from './cli/faults.ts';
import { UsageError } from './cli/usage-error.ts';
import { errorMessage } from './error-message.ts';

const usage = `usage: npm run squall -- COMMAND [OPTION...]
  faults [NAME]     the catalogue of faults, or all there is to know of one
                    --output table|json (table)
  doctor            what squall left in a cluster: carriers, faults, leftovers
                    --context NAME (kubeconfig's current one)  --namespace NAME (all)  --output table|json (table)
exit codes: 0 done, 1 doctor found something left, 64 usage, 69 the cluster cannot be reached
`;

const commands: Record<string, (argv: string[]) => Promise<number> | number> = { faults, doctor };

async function main([command, ...rest]: string[]): Promise<number> {
  if (command === '--help' || command === 'help') {
    process.stdout.write(usage);
    return 0;
  }
  const run = command !== undefined && Object.hasOwn(commands, command) ? commands[command] : undefined;
  try {
    if (run === undefined) throw new UsageError(`found ${command ?? 'no command'}, expected one of ${Object.keys(commands).join(', ')}`);
    return await run(rest);
  } catch (error) {
    if (!(error instanceof UsageError)) {
      process.stderr.write(`squall: ${errorMessage(error)}\n`);
      return 69;
    }
    process.stderr.write(`squall: ${error.message}\n${usage}`);
    return 64;
  }
}

process.exitCode = await main(process.argv.slice(2));
