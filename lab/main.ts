import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { down } from './down.ts';
import { LabFailure, messageOf } from './failure.ts';
import { ownCheckout } from './paths.ts';
import { Progress } from './progress.ts';
import { up } from './up.ts';

const usage = `usage: npm run lab -- COMMAND [OPTION...]
  up       bring the lab up: Temporal, Kubernetes, DNS, Prometheus, images
  down     take it down            --purge: its data and its slot, too
  status   what runs, where, and whether it is healthy
  doctor   what is missing on this machine, why, and how to mend it
  images   rebuild the project's changed images and import them into the running lab
options
  --nodes N          nodes of the cluster, 1 to 9 (3)
  --slot N           the slot, 0 to 31 (the lowest that is free)
  --checkout DIR     act for this checkout
  --share DIR        use the lab of that checkout (or SQUALL_LAB=DIR)
  --kubeconfig FILE  use that cluster (or SQUALL_LAB_KUBECONFIG=FILE)
`;

async function main(argv: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: argv,
    allowPositionals: true,
    options: {
      nodes: { type: 'string' },
      slot: { type: 'string' },
      checkout: { type: 'string' },
      share: { type: 'string' },
      kubeconfig: { type: 'string' },
      purge: { type: 'boolean' },
    },
  });
  const checkout = resolve(values.checkout ?? ownCheckout);
  const progress = new Progress();
  const [command, ...rest] = positionals;
  if (rest.length > 0) throw new LabFailure(`found "${rest.join(' ')}", expected one command\n${usage}`);
  switch (command) {
    case 'up': {
      const state = await up(
        {
          checkout,
          slot: integer('--slot', values.slot),
          nodes: integer('--nodes', values.nodes),
          temporalAddress: process.env['TEMPORAL_ADDRESS'] || undefined,
        },
        progress,
      );
      process.stdout.write(`export KUBECONFIG=${state.kubeconfig}\nexport TEMPORAL_ADDRESS=${state.temporalAddress}\n`);
      return 0;
    }
    case 'down':
      await down(checkout, values.purge === true, progress);
      return 0;
    default:
      process.stderr.write(usage);
      return 64;
  }
}

function integer(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!/^\d+$/.test(text)) throw new LabFailure(`${name}: found "${text}", expected an integer`);
  return Number(text);
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  const expected =
    error instanceof LabFailure ||
    error instanceof RangeError ||
    (error as NodeJS.ErrnoException).code?.startsWith('ERR_PARSE_ARGS') === true;
  process.stderr.write(`lab: ${expected ? messageOf(error) : error instanceof Error ? error.stack : String(error)}\n`);
  process.exitCode = 1;
}
