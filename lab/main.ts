import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { errorMessage } from '../src/error-message.ts';
import { clusterOf } from './cluster.ts';
import { diagnose, diagnosisText } from './doctor.ts';
import { down } from './down.ts';
import { LabFailure } from './failure.ts';
import { commandsOf } from './lab.ts';
import { ownCheckout } from './paths.ts';
import { Progress } from './progress.ts';
import { labInUse, refreshImages, share } from './share.ts';
import { statusOf, statusTable } from './status.ts';
import { type UpOptions, up } from './up.ts';

const usage = `usage: npm run lab -- COMMAND [OPTION...]
  up       bring the lab up: Temporal, Kubernetes, DNS, Prometheus, images
  down     take it down            --purge: its data and its slot, too
  status   what runs, where, and whether it is healthy
  doctor   what is missing on this machine, why, and how to mend it
  images   rebuild the project's changed images and import them into the running lab
options
  --nodes N          nodes of the cluster, 1 to 9 (3)
  --clusters N       2: a second cluster beside it, of one node; 1: without (as it is)
  --slot N           the slot, 0 to 31 (the lowest that is free)
  --checkout DIR     act for this checkout
  --share DIR        use the lab of that checkout (or SQUALL_LAB=DIR)
  --kubeconfig FILE  use that cluster (or SQUALL_LAB_KUBECONFIG=FILE)
  --engine NAME      who makes the cluster: native, kind or k3d (kind or k3d where Docker answers, else native)
environment
  TEMPORAL_ADDRESS   use that Temporal server
`;

async function main(argv: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: argv,
    allowPositionals: true,
    options: {
      nodes: { type: 'string' },
      clusters: { type: 'string' },
      slot: { type: 'string' },
      checkout: { type: 'string' },
      share: { type: 'string' },
      kubeconfig: { type: 'string' },
      engine: { type: 'string' },
      purge: { type: 'boolean' },
    },
  });
  const checkout = resolve(values.checkout ?? ownCheckout);
  const progress = new Progress();
  const [command, ...rest] = positionals;
  if (rest.length > 0) throw new LabFailure(`found "${rest.join(' ')}", expected one command\n${usage}`);
  switch (command) {
    case 'up': {
      const shared = values.share ?? (process.env.SQUALL_LAB || undefined);
      const state =
        shared !== undefined && resolve(shared) !== checkout
          ? await share(checkout, resolve(shared), progress)
          : await up(upOptions(), progress);
      process.stdout.write(`export KUBECONFIG=${state.kubeconfig}\nexport TEMPORAL_ADDRESS=${state.temporalAddress}\n`);
      process.stdout.write(`# Temporal Web UI: ${state.temporalUi ?? "not the lab's"}\n# Prometheus: ${state.prometheusUrl ?? 'none'}\n`);
      process.stdout.write(`# commands (kubectl, temporal): ${state.directory}/bin\n`);
      return 0;
    }
    case 'down':
      await down(checkout, values.purge === true, progress);
      return 0;
    case 'status': {
      const { lab, config } = await labInUse(checkout);
      const parts = await statusOf(lab, config);
      process.stdout.write(statusTable(parts));
      process.stdout.write(
        `\nkubeconfig ${clusterOf(lab, config).kubeconfig}\nkubectl    ${commandsOf(lab)}/kubectl\nlogs       ${lab.directory}/logs\n`,
      );
      return parts.every((part) => part.complaints.length === 0) ? 0 : 1;
    }
    case 'doctor': {
      const found = await diagnose(checkout);
      process.stdout.write(diagnosisText(found));
      return found.some(({ severity }) => severity === 'fatal') ? 1 : 0;
    }
    case 'images': {
      const { lab, config } = await labInUse(checkout);
      await refreshImages(lab, config, checkout, progress);
      return 0;
    }
    default:
      process.stderr.write(usage);
      return 64;
  }

  function upOptions(): UpOptions {
    return {
      checkout,
      slot: integer('--slot', values.slot),
      nodes: integer('--nodes', values.nodes),
      clusters: integer('--clusters', values.clusters),
      kubeconfig: values.kubeconfig ?? (process.env.SQUALL_LAB_KUBECONFIG || undefined),
      engine: values.engine,
      temporalAddress: process.env.TEMPORAL_ADDRESS || undefined,
    };
  }
}

function integer(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!/^\d+$/.test(text)) throw new LabFailure(`${name}: found "${text}", expected an integer`);
  return Number(text);
}

// Commands of administrators are not on every user's PATH.
process.env.PATH = `${process.env.PATH ?? ''}:/usr/sbin:/sbin`;

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  const expected =
    error instanceof LabFailure ||
    error instanceof RangeError ||
    (error as NodeJS.ErrnoException).code?.startsWith('ERR_PARSE_ARGS') === true;
  process.stderr.write(`lab: ${expected ? errorMessage(error) : error instanceof Error ? error.stack : String(error)}\n`);
  process.exitCode = 1;
}
