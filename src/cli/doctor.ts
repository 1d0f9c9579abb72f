import { readConfig } from '../config.ts';
import { connectCluster } from '../kubernetes/connect-cluster.ts';
import { sweep } from '../sweep/sweep.ts';
import { readOptions, readOutput } from './options.ts';
import { tellFindings } from './tell-findings.ts';
import { UsageError } from './usage-error.ts';

/** `squall doctor`: what there is of squall's in a cluster, read from the cluster alone. 1 when something is left that nobody undoes. */
export async function doctor(argv: string[]): Promise<number> {
  const { values, positionals } = readOptions(argv, {
    output: { type: 'string', default: 'table' },
    context: { type: 'string' },
    namespace: { type: 'string' },
  });
  if (positionals.length > 0) throw new UsageError(`doctor: found ${positionals.join(' ')}, expected options only`);
  const output = readOutput(values.output);
  const { agentImage, reach } = readConfig();
  await using cluster = connectCluster({ name: values.context ?? 'default', context: values.context });
  const context = { cluster, agentImage, reach, signal: new AbortController().signal };
  const scope = values.namespace === undefined ? {} : { namespace: values.namespace, nodes: false };
  const { findings } = await sweep(context, { scope, dryRun: true });
  process.stdout.write(output === 'json' ? `${JSON.stringify(findings, null, 2)}\n` : tellFindings(findings));
  return findings.some(({ state }) => state === 'overdue' || state === 'orphan') ? 1 : 0;
}
